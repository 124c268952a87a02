"""Stamps: what was judged as a signed statement that anyone can verify. Imported lazily by `cli/`."""
