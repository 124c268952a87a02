"""One file per verb; the only floor that prints and exits."""
