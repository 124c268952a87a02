"""A base commit as a dictionary."""

from collections.abc import Mapping

from gatekeeper.model.policy import Policy
from gatekeeper.policy.load import load_policy

PYTHON = {
    "pyproject.toml": "[build-system]\nrequires = []\n[project]\nname = 'x'\n[tool.mypy]\n[tool.ruff]\n",
    "x.py": "",
    "tests/test_x.py": "",
}
NODE = {
    "package.json": '{"scripts": {"test": "vitest"}, "devDependencies": {"vitest": "3"}}',
    "tsconfig.json": "{}",
    "eslint.config.js": "",
    "src/a.ts": "",
    "src/a.test.ts": "",
}


def load(
    files: Mapping[str, str | bytes], gate: str | bytes | None = None, trial: tuple[str, bytes] | None = None
) -> Policy:
    """The policy of a commit that holds `files` (and gate.toml, when given)."""
    every = {**files, **({} if gate is None else {"gate.toml": gate})}
    raw = {name: text.encode() if isinstance(text, str) else text for name, text in every.items()}
    return load_policy(raw.get, names=lambda: list(raw), where="main (123)", trial=trial is not None, document=trial)
