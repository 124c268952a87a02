"""Commands that judge in the recipes of make and just, and in shell scripts. Pure."""

from collections.abc import Iterator
from posixpath import basename

from gatekeeper.integrity.commands.command import Judge, Soft
from gatekeeper.integrity.commands.shell import HARMLESS, harmless, judges
from gatekeeper.integrity.commands.tools import category_of


def makefile(text: str) -> Iterator[Judge]:
    """Recipes of a Makefile or justfile. A line of its own is a shell of its own; `-` forgives; simple variables are
    put in.
    """
    variables: dict[str, str] = {}
    target, ignored, began = "", _shell_forgives(text), 0
    recipes: list[str] = []
    for number, line in (*_joined(text), (0, "end:")):
        if not line[:1].isspace():
            named = _target(line, variables)
            if named:
                yield from empty(target, recipes, began)
                target, recipes, began = named, [], number
            ignored = ignored or line.startswith(".IGNORE")
        elif line.strip():
            recipe = line.strip()
            prefix = recipe[: len(recipe) - len(recipe.lstrip("@-+"))]
            soft = Soft.FORGIVEN if "-" in prefix or ignored else Soft.NO
            shell = _filled(recipe.lstrip("@-+ "), variables)
            recipes.append(shell)
            yield from (judge.softened(soft, target) for judge in judges(shell, errexit=False, line=number))


def _shell_forgives(text: str) -> bool:
    """A SHELL that runs nothing, or flags for make that ignore errors, anywhere in the file."""
    for _, line in _joined(text):
        name, equals, value = line.removeprefix("export ").partition("=")
        words = value.split()
        if equals and name.strip(" :?+") == "SHELL" and words and basename(words[0]) in HARMLESS:
            return True
        if (
            equals
            and name.strip(" :?+") in ("MAKEFLAGS", "GNUMAKEFLAGS")
            and {"-i", "i", "--ignore-errors"} & set(words)
        ):
            return True
    return False


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; those that end with a backslash are one with the next."""
    waiting, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.endswith("\\"):
            waiting += line[:-1] + " "
        else:
            yield first, waiting + line
            waiting, first = "", 0


def _target(line: str, variables: dict[str, str]) -> str:
    """Note a variable, or give the name of the target that begins here."""
    name, equals, value = line.partition("=")
    if equals and ":" not in name.rstrip(":?+ ") and "#" not in name:
        variables[name.rstrip(":?+! \t").removeprefix("export ")] = value.strip()
        return ""
    head, colon, _ = line.partition(":")
    return head.strip().split(" ")[0] if colon and not line.startswith("#") else ""


def _filled(text: str, variables: dict[str, str]) -> str:
    """`$(NAME)` and `{{name}}` by their values, three deep; what remains becomes one word, `$$` a dollar."""
    for _ in range(3):
        for name, value in variables.items():
            if name and name in text and len(text) < 10_000:
                text = text.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    for opening, closing in (("$(", ")"), ("{{", "}}")):
        while opening in text:
            before, _, after = text.partition(opening)
            text = f"{before}VARIABLE{after.partition(closing)[2]}"
    return text.replace("$$", "$")


def empty(name: str, texts: list[str], line: int) -> Iterator[Judge]:
    """A script or target that is called `test` and does nothing that could fail."""
    category = category_of(name)
    if category and texts and all(harmless(text) for text in texts):
        yield Judge(name, category, (), line, Soft.NEVER, name)


def shell_script(text: str) -> Iterator[Judge]:
    """A script with `#!/bin/sh` or the like; `-e` may stand there."""
    first = text.partition("\n")[0]
    yield from judges(text, errexit=first.startswith("#!") and " -e" in first)


def is_shell_script(path: str, text: str) -> bool:
    """By its ending, or by the interpreter that its first line names."""
    first = text.partition("\n")[0]
    interpreters = {basename(word) for word in first[2:].split()} if first.startswith("#!") else set()
    return path.endswith((".sh", ".bash")) or bool(interpreters & {"sh", "bash", "dash", "zsh"})
