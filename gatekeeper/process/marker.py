"""The name of the mark by which the processes of a run are found. On its own, since nearly everything needs it."""

RUN_MARKER = "GATE_RUN_ID"
"""Carried by every process that the gate starts, so that it is found even when it left its process group."""
