"""Pure functions from a report to text. Nothing here reads a clock, a file or the environment."""
