"""The cases that the project ships, written down shortly: `python -m tests.lawbook` writes fixtures/ and policies/."""
