"""Host towns: camps as destinations, one a sub-district, standing at its main town.

A route that ended at a camp would point at it. Routes and flows therefore go to the main town of the sub-district
that the camps lie in.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from idlibgeo.geo import WGS84

PEOPLE = ["people_low", "people_mid", "people_high"]
TOWNS = ("city", "town", "village")


def main_towns(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The most important town of each sub-district, indexed by its P-code.

    Parameters
    ----------
    places
        The layer of places.
    """
    towns = places[places["kind"].isin(TOWNS) & places["adm3_pcode"].notna()]
    ranked = towns.sort_values(["importance", "place_id"], ascending=[False, True])
    return ranked.drop_duplicates("adm3_pcode").set_index("adm3_pcode").sort_index()


def host_towns(camps: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Sum camps over sub-districts and stand each sum at the main town.

    Returns
    -------
    GeoDataFrame
        A row a sub-district: ``camp_id`` (its P-code), ``place_id``, ``name``, ``name_ar``, ``radius_m``,
        ``sites``, ``people_low``, ``people_mid``, ``people_high``, the point of the town.
    DataFrame
        The camps that no town could be found for; nobody is lost.
    """
    towns = main_towns(places)
    placed = camps["adm3_pcode"].isin(towns.index)
    sums = camps[placed].groupby("adm3_pcode", sort=True)[["sites", *PEOPLE]].sum()
    hosts = towns.loc[sums.index, ["place_id", "name", "name_ar", "radius_m", "geometry"]].join(sums)
    hosts.insert(0, "camp_id", hosts.index)
    return gpd.GeoDataFrame(hosts.reset_index(drop=True), geometry="geometry", crs=WGS84), camps[~placed]
