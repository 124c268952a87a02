"""Does a branch weaken what it is judged by? Pure functions from contents before and after to hits."""
