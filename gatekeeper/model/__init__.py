"""The words of the house as frozen dataclasses, enums and NewType ids. No I/O, no pydantic."""
