"""From results to a verdict. Pure: no I/O, no clock."""
