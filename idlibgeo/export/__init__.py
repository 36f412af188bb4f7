"""One file per product; each writer takes a `Release` and a path, and nothing else makes files of a bundle.

======================  =====================================================
`write_bundle`          every product into one folder, all or nothing
`write_geopackage`      all layers and tables, styled
`write_project`         the QGIS project
`write_rasters`         Cloud-Optimised GeoTIFFs
`write_tables`          CSV with a row of HXL tags
`write_figures`         printed maps, PNG and PDF
`write_webmap`          the page that opens without a network
`write_method`          METHOD.html
`explore`               the page's map inside a notebook
======================  =====================================================

Each is imported from its own module, so that the one that needs matplotlib does not slow down the others.
"""
