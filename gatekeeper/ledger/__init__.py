"""The SQLite record of what was observed. This package file stays empty of imports: the cached path goes through it."""
