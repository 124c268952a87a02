"""Who may run now. Nothing that spawns a tool runs without a lease."""
