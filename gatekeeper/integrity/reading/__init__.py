"""Configuration as data: TOML, INI, YAML, JSON with comments, and the literals of JavaScript and TypeScript. Bounded;
never raises.
"""
