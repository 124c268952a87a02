"""The policy: its shape, its shipped parts, and how it is read from the base."""
