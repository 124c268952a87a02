"""gatekeeper: may this branch be merged, and what exactly has been proven about it?"""

__version__ = "0.1.0"
