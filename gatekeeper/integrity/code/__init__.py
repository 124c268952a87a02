"""What the detectors of Python code share: names, places, assertions, and what is new across a diff. Pure."""
