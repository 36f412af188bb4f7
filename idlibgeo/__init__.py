"""idlibgeo."""
