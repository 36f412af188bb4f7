"""Names of places in Latin, Turkish and Arabic script: every spelling, no silent homonym, areas as areas.

>>> import pandas as pd
>>> towns = pd.DataFrame(
...     {"place_id": ["a", "b"], "name": ["Saraqab", "Jarjnaz"], "name_ar": ["سراقب", "جرجناز"],
...      "lon": [36.80, 36.77], "lat": [35.86, 35.62]})
>>> places = Gazetteer.from_table(towns, source="example")
>>> [(c.name, c.reasons) for c in places.candidates("Cercanaz", limit=1)]
[('Jarjnaz', ('j = c', 'nearest to جرجناز'))]
"""

from idlibgeo.gazetteer.book import Gazetteer
from idlibgeo.gazetteer.values import Candidate, Context, Place, Resolution, Span

__all__ = ["Candidate", "Context", "Gazetteer", "Place", "Resolution", "Span"]
