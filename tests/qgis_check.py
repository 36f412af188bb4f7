"""Opens files in real QGIS and prints what it found as JSON. Run by Debian's /usr/bin/python3, not by our environment.

/usr/bin/python3 qgis_check.py project FILE.qgs [--pictures FOLDER]
/usr/bin/python3 qgis_check.py geopackage FILE.gpkg
/usr/bin/python3 qgis_check.py raster FILE.tif
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayoutExporter,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRenderContext,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize


def legend_of(layer):
    if layer.renderer() is None:
        return []
    if isinstance(layer, QgsRasterLayer):
        return [item.label for item in layer.renderer().shader().rasterShaderFunction().colorRampItemList()]
    return [item.label() for item in layer.renderer().legendSymbolItems()]


def drawn_rows(layer):
    """How many rows with a geometry the renderer gives a symbol, and how many there are."""
    renderer = layer.renderer().clone()
    context = QgsRenderContext()
    context.expressionContext().appendScope(QgsExpressionContextUtils.layerScope(layer))
    context.setRendererScale(1000)
    renderer.startRender(context, layer.fields())
    drawn = rows = 0
    for row in layer.getFeatures():
        if row.geometry().isNull():
            continue
        rows += 1
        context.expressionContext().setFeature(row)
        drawn += renderer.willRenderFeature(row, context)
    renderer.stopRender(context)
    return drawn, rows


def newest_rows(layer):
    """How many rows with a geometry are of the newest date; all where the layer has no dates."""
    rows = [row for row in layer.getFeatures() if not row.geometry().isNull()]
    if layer.fields().indexOf("date") < 0 or not rows:
        return len(rows)
    newest = max(row["date"].toString("yyyy-MM-dd") for row in rows)
    return sum(row["date"].toString("yyyy-MM-dd") == newest for row in rows)


def facts(layer):
    found = {
        "valid": layer.isValid(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "renderer": layer.renderer().type() if layer.renderer() else None,
        "legend": legend_of(layer),
        "title": layer.metadata().title(),
        "abstract": layer.metadata().abstract(),
        "source": layer.publicSource(),
    }
    if isinstance(layer, QgsVectorLayer):
        found["rows"] = layer.featureCount()
        found["aliases"] = {
            field.name(): layer.attributeDisplayName(i) for i, field in enumerate(layer.fields())
        }
        found["types"] = {field.name(): field.typeName() for field in layer.fields()}
        found["scales"] = (
            [layer.minimumScale(), layer.maximumScale()] if layer.hasScaleBasedVisibility() else None
        )
        if layer.geometryType() != QgsWkbTypes.NullGeometry:
            found["drawn"], found["located"] = drawn_rows(layer)
            found["of_the_newest_date"] = newest_rows(layer)
        if layer.labeling():
            text = layer.labeling().settings().format()
            found["label"] = {
                "expression": layer.labeling().settings().fieldName,
                "halo": text.buffer().enabled(),
                "families": text.families(),
                "scale": layer.labeling().settings().minimumScale,
            }
    return found


def render(layers, extent, crs, path, background, size=(1000, 760), labels=True):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(crs)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(*size))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(background)
    settings.setFlag(QgsMapSettings.Antialiasing, True)
    settings.setFlag(QgsMapSettings.DrawLabeling, labels)
    # As QGIS's own canvas does: styles ask for the scale.
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(path))
    return [error.message for error in job.errors()]


def colours(path):
    from qgis.PyQt.QtGui import QImage

    image = QImage(str(path))
    seen = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    return len(seen)


def check_project(file, pictures):
    project = QgsProject.instance()
    read = project.read(str(file))
    root = project.layerTreeRoot()
    nodes = root.findLayers()
    found = {
        "qgis": Qgis.QGIS_VERSION,
        "read": read,
        "title": project.title(),
        "crs": project.crs().authid(),
        "groups": [group.name() for group in root.findGroups()],
        "legend": [node.layerId().rsplit("_", 5)[0] for node in nodes],
        "visible": [node.layerId().rsplit("_", 5)[0] for node in nodes if node.isVisible()],
        "order": [layer.id().rsplit("_", 5)[0] for layer in root.layerOrder()],
        "relations": {one.id(): one.isValid() for one in project.relationManager().relations().values()},
        "layouts": {
            layout.name(): sorted(item.id() for item in layout.items() if hasattr(item, "id") and item.id())
            for layout in project.layoutManager().layouts()
        },
        "layers": {layer.id().rsplit("_", 5)[0]: facts(layer) for layer in project.mapLayers().values()},
        "metadata": project.metadata().abstract(),
    }
    if pictures:
        found["pictures"] = draw(project, pictures)
    return found


def draw(project, folder):
    folder.mkdir(parents=True, exist_ok=True)
    extent = project.viewSettings().defaultViewExtent()
    if extent.isNull():
        layout = project.layoutManager().layouts()[0]
        extent = next(
            item.extent() for item in layout.items() if item.__class__.__name__ == "QgsLayoutItemMap"
        )
    background = project.backgroundColor()
    root = project.layerTreeRoot()
    shown = [layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()]
    found = {"map": render(shown, extent, project.crs(), folder / "map.png", background)}
    counts = {}
    for layer in root.layerOrder():
        name = layer.id().rsplit("_", 5)[0]
        # Without labels: where these go depends on which thread is first.
        path = folder / f"layer_{name}.png"
        found[name] = render([layer], extent, project.crs(), path, background, (500, 380), labels=False)
        counts[name] = colours(path)
    for layout in project.layoutManager().layouts():
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.dpi = 110
        code = QgsLayoutExporter(layout).exportToImage(str(folder / "layout.png"), settings)
        found["layout"] = [] if code == QgsLayoutExporter.Success else [f"export code {code}"]
    return {"errors": {key: value for key, value in found.items() if value}, "colours": counts}


def check_geopackage(file):
    first = QgsVectorLayer(str(file), "all", "ogr")
    names = [text.split("!!::!!")[1] for text in first.dataProvider().subLayers()]
    layers = {name: QgsVectorLayer(f"{file}|layername={name}", name, "ogr") for name in names}
    found = {name: facts(layer) for name, layer in layers.items()}
    layers.clear()
    return {"layers": found}


def check_raster(file):
    layer = QgsRasterLayer(str(file), "raster")
    return {"layers": {"raster": facts(layer)}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["project", "geopackage", "raster"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    messages = []
    application = QgsApplication([], False)
    application.initQgis()
    QgsApplication.messageLog().messageReceived.connect(
        lambda text, tag, level: messages.append(f"{tag}: {text}") if level == Qgis.Warning else None
    )
    if given.what == "project":
        found = check_project(given.file, given.pictures)
    else:
        found = {"geopackage": check_geopackage, "raster": check_raster}[given.what](given.file)
    found["messages"] = messages
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    # QGIS crashes on exit where layers are still alive; everything is said.
    os._exit(0)


main()
