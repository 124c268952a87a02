"""The proof of the gate: branches that lie, each really broken and green to the naive eye, and honest twins of them."""
