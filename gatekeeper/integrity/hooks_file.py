"""Hooks of pre-commit: which kinds of gate they are, and what they leave out."""

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import get, rows, table

_KINDS = {
    "types": ("mypy", "pyright", "tsc", "pyrefly"),
    "lint": ("ruff", "flake8", "pylint", "eslint", "bandit", "biome", "oxlint", "xenon", "radon", "vulture"),
    "tests": ("pytest", "tox", "nox", "vitest", "jest", "unittest"),
    "secrets": ("detect-secrets", "gitleaks", "trufflehog"),
    "gate": ("gate",),
}
_FORMATTERS = ("format", "fmt", "isort")


def hook_kind(name: str) -> str:
    """types, lint, tests, secrets, gate, or "" for hooks that format or tidy."""
    word = name.lower()
    if any(part in word for part in _FORMATTERS):
        return ""
    parts = set(word.replace("_", "-").split("-")) | {word}
    return next((kind for kind, tools in _KINDS.items() if any(tool in parts or tool == word for tool in tools)), "")


def pre_commit(panel: Panel, data: object) -> None:
    """A kind of gate that no hook is left of is another thing than a hook that went."""
    active = _active(data)
    names = frozenset(str(hook.get("id", "")) for hook in active)
    panel.add("hook-relaxed", Kind.SCOPE, "hooks", names, at=("repos",), absent=frozenset())
    kinds = frozenset(kind for name in names if (kind := hook_kind(name)))
    panel.add("hook-removed", Kind.SCOPE, "hooks that check", kinds, at=("repos",), absent=frozenset())
    top = get(data, "exclude")
    panel.add("hook-relaxed", Kind.QUIET, "exclude", frozenset({top}) if isinstance(top, str) else frozenset())
    for hook in active:
        name = str(hook.get("id", ""))
        excluded = hook.get("exclude")
        if hook_kind(name) and isinstance(excluded, str):
            panel.add("hook-relaxed", Kind.QUIET, f"exclude of {name}", frozenset({excluded}), at=("repos", name))


def _active(data: object) -> list[dict[str, object]]:
    """Hooks that run by themselves, in some stage."""
    hooks = [table(hook) for repository in rows(get(data, "repos")) for hook in rows(table(repository).get("hooks"))]
    default = get(data, "default_stages")
    return [hook for hook in hooks if hook.get("stages", default) not in ([], ["manual"])]
