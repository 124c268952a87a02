"""Commands that judge (tests, linters, type checkers) in CI files, make files and scripts: which there are, and
whether they may fail.
"""
