"""One file per check; `registry.py` holds them in their order."""
