"""What the detectors of TypeScript and JavaScript share: names, test blocks, assertions, and what a branch added."""
