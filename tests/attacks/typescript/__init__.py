"""Attacks on, and honest changes of, a small TypeScript project that runs without npm packages."""
