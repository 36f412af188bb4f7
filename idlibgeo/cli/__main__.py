"""``python -m idlibgeo.cli``: the command line without the installed script."""

from __future__ import annotations

from idlibgeo.cli import main

if __name__ == "__main__":
    main()
