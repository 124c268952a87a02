"""The only door to git: facts, store, slots, changes, worktrees. Nothing here runs what a worker configured."""
