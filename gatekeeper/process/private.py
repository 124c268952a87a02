"""What of the machine is nobody's business, and which folder would show it. Light: every run has it."""

from collections.abc import Iterable

from msgspec import Struct


def contains(folder: str, places: Iterable[str]) -> bool:
    """Is one of the places the folder itself, or in it? All are real paths."""
    start = folder.rstrip("/") + "/"
    return any(place == folder or place.startswith(start) for place in places)


class Private(Struct, frozen=True):
    """What is not to be shown, as real paths: home folders (installations in them may be), and folders with secrets."""

    homes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def forbids(self, folder: str) -> bool:
        """Would this folder show one of them?"""
        return contains(folder, (*self.homes, *self.folders))

    def holds(self, path: str) -> bool:
        """Does it lie in one of `folders`?"""
        return any(contains(folder, (path,)) for folder in self.folders)


NOTHING_PRIVATE = Private()
