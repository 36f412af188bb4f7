"""Opens a layer in real QGIS, prints its rows, waits for a line, and prints them again. Run by /usr/bin/python3.

/usr/bin/python3 qgis_hold.py FILE.gpkg LAYER
"""

import os
import sys
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())

from qgis.core import QgsApplication, QgsVectorLayer

application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer(f"{sys.argv[1]}|layername={sys.argv[2]}", "held", "ogr")
reading = layer.getFeatures()
next(reading)
print(sum(1 for _ in layer.getFeatures()), flush=True)
sys.stdin.readline()
print(1 + sum(1 for _ in reading), flush=True)
# QGIS crashes on exit where layers are still alive; everything is said.
os._exit(0)
