"""The words of the house as frozen structs, enums and NewType ids. No I/O, no pydantic."""
