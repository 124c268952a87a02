"""What runs inside the process of the tests, in the project's own Python: standard library only, Python 3.8 and later.

This folder lies on the import path of test workers: nothing may be in it whose name somebody else could want.
"""
