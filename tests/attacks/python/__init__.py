"""Attacks on, and honest changes of, a small Python project."""
