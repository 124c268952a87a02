"""How strong is what was observed, and what does the worker say about it? Pure functions."""
