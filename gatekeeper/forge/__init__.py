"""What a forge says, and how it is answered."""
