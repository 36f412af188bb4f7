"""Host towns: camps as destinations, standing at the main town of the sub-district that they lie in.

A route that ended at a camp would point at it. Routes and flows therefore go to the main town of the sub-district.
Where sub-districts are not known, they go to the nearest town.
"""

from __future__ import annotations

import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from idlibgeo.geo import WGS84, Bounds, equal_area_crs

PEOPLE = ["people_low", "people_mid", "people_high"]
TOWNS = ("city", "town", "village")
# A sum over a wider area than this belongs to no one town.
WIDEST_M = 10_000
# A town is named like its sub-district if their names agree to this part of 100 (rapidfuzz's ratio).
NAMESAKE = 75
ARTICLES = {"al", "ad", "an", "ar", "as", "ash", "at", "az", "el"}


def _plain(name: str) -> str:
    """A name without marks, article and the word for its area, for comparing a town with its sub-district."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if c.isalpha() or c in " -")
    words = [word for word in letters.lower().replace("-", " ").split() if word not in {"sub", "district"}]
    return "".join(words[1:] if len(words) > 1 and words[0] in ARTICLES else words)


def _main_towns(places: gpd.GeoDataFrame) -> pd.Series:
    """The town that a sub-district is named after, else its most important one: place id by P-code."""
    towns = places[places["kind"].isin(TOWNS) & places["adm3_pcode"].notna()]
    name_of = places[places["kind"] == "adm3"].drop_duplicates("pcode").set_index("pcode")["name"]
    namesake = [
        fuzz.ratio(_plain(town), _plain(area)) if isinstance(area, str) else 0.0
        for town, area in zip(towns["name"], towns["adm3_pcode"].map(name_of), strict=True)
    ]
    ranked = towns.assign(namesake=[score if score >= NAMESAKE else 0.0 for score in namesake])
    ranked = ranked.sort_values(["namesake", "importance", "place_id"], ascending=[False, False, True])
    return ranked.drop_duplicates("adm3_pcode").set_index("adm3_pcode")["place_id"]


def _nearest_towns(camps: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> pd.Series:
    """The place id of the nearest town of each camp that has a position, for sums that are not too wide."""
    seats = towns[towns["kind"] != "village"]
    towns = seats if len(seats) else towns
    near = camps[camps.geometry.notna() & (camps["radius_m"].fillna(np.inf) <= WIDEST_M)]
    if near.empty or towns.empty:
        return pd.Series(index=camps.index, dtype="str")
    plane = equal_area_crs(Bounds(*towns.total_bounds))
    tree = shapely.STRtree(towns.geometry.to_crs(plane).array)
    nearest = tree.nearest(near.geometry.to_crs(plane).array)
    return pd.Series(towns["place_id"].to_numpy()[nearest], index=near.index).reindex(camps.index)


def host_towns(
    camps: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Sum camps over their host towns.

    Parameters
    ----------
    camps, places
        Layers of the schema.

    Returns
    -------
    GeoDataFrame
        A row a town: ``camp_id`` (the sub-district's P-code, else the town's id), ``place_id``, ``name``,
        ``name_ar``, ``radius_m``, ``sites``, ``people_low``, ``people_mid``, ``people_high`` and its point.
    GeoDataFrame
        The camps that no town could be found for; nobody is lost.
    """
    towns = places[places["kind"].isin(TOWNS)]
    unknown = camps["adm3_pcode"].isna()
    town = camps["adm3_pcode"].map(_main_towns(places))
    town = town.where(~unknown, _nearest_towns(camps, towns))
    sums = camps.assign(place_id=town).dropna(subset="place_id").groupby("place_id")[["sites", *PEOPLE]].sum()
    found = towns.set_index("place_id").loc[sums.index]
    hosts = found[["name", "name_ar", "radius_m", "geometry"]].join(sums).reset_index()
    hosts.insert(0, "camp_id", found["adm3_pcode"].fillna(found.index.to_series()).to_numpy())
    return gpd.GeoDataFrame(hosts, geometry="geometry", crs=WGS84), camps[town.isna()]
