"""How contracts are shown: as text for people, as JSON for programs."""

import json
from collections.abc import Iterator, Mapping, Sequence

from gatekeeper.ledger.contracts import Stated, Version
from gatekeeper.model.contract import Contract
from gatekeeper.report.escape import single_line, unicode_only
from gatekeeper.report.summary import short

Problems = Mapping[str, Sequence[str]]
"""Branch → what its repository looks like against the contract, each "rule: message"."""
_WIDTH = 400


def listed(contracts: Sequence[Contract], problems: Problems) -> str:
    """One line per contract, problems below it."""
    if not contracts:
        return "No contracts. gate contract set BRANCH … makes one.\n"
    lines = []
    for contract in contracts:
        asked = ", ".join(sorted({word for word, _ in terms(contract)})) or "nothing beyond the policy"
        cells = (single_line(contract.branch, 60), f"version {contract.version}", contract.made[:10], asked)
        lines += ["  ".join(cells), *_problems(problems.get(contract.branch, ()))]
    return "\n".join(lines) + "\n"


def shown(contract: Contract, problems: Sequence[str]) -> str:
    """The whole contract, one term per line."""
    lines = [
        f"contract of {single_line(contract.branch)}, version {contract.version}",
        _row("digest", contract.digest),
        _row("set", f"{contract.made} by {contract.by}"),
        *(_row(word, value) for word, value in terms(contract)),
    ]
    if contract.base_tip:
        lines.append(_row("begins at", f"{short(contract.base_tip)}, the tip of the base when the contract began"))
    return "\n".join([*lines, *_problems(problems)]) + "\n"


def stated(now: Stated, notes: Sequence[str]) -> str:
    """What `gate contract set` answers: the contract, and what of the earlier version holds no longer."""
    if not now.new:
        since = f"version {now.contract.version} of {now.contract.made} by {single_line(now.contract.by)}"
        return f"contract of {single_line(now.contract.branch)}: unchanged, {since} holds\n"
    dropped = [term for term in terms(now.before) if term not in set(terms(now.contract))] if now.before else []
    lines = [_row("no longer", " ".join(term)) for term in dropped]
    lines += [_row("note", note) for note in notes]
    return shown(now.contract, ()) + "".join(line + "\n" for line in lines)


def told(branch: str, versions: Sequence[Version]) -> str:
    """The history, oldest first: what each version added (+) and dropped (-)."""
    lines, before = [], set[tuple[str, str]]()
    for version in versions:
        contract = version.contract
        now = list(terms(contract)) if contract else []
        what = f"sha256 {short(contract.digest)}" if contract else "the contract ends"
        lines.append(
            f"{single_line(branch)}  version {version.number}  {version.made}  {single_line(version.by)}  {what}"
        )
        lines += [f"    - {_term(term)}" for term in sorted(before.difference(now))]
        lines += [f"    + {_term(term)}" for term in now if term not in before]
        before = set(now)
    return "\n".join(lines) + "\n"


def terms(contract: Contract) -> Iterator[tuple[str, str]]:
    """(word, value) of everything that is agreed, in a fixed order."""
    every = (
        ("package", (contract.package,)),
        ("base", (contract.base,)),
        ("worktree", (contract.worktree,)),
        ("allow", contract.allow),
        ("forbid", contract.forbid),
        ("require", tuple(f"{name}={label}" for name, label in (contract.requires or {}).items())),
        ("title", (contract.title,)),
        ("pr title", (contract.pr_title,)),
        ("commit format", (contract.commit_format,)),
    )
    yield from ((word, value) for word, values in every for value in values if value)


def as_json(contracts: Sequence[Contract], problems: Problems, history: Sequence[Version] | None = None) -> str:
    """`gatekeeper/contracts/1`; `history` is there when it was asked for, a version without a contract ended it."""
    value: dict[str, object] = {
        "schema": "gatekeeper/contracts/1",
        "contracts": [_values(one) | {"problems": list(problems.get(one.branch, ()))} for one in contracts],
    }
    if history is not None:
        value["history"] = [
            {
                "version": version.number,
                "made": version.made,
                "by": version.by,
                "contract": _values(version.contract) if version.contract else None,
            }
            for version in history
        ]
    return json.dumps(_clean(value), indent=2) + "\n"


def _clean(value: object) -> object:
    """Bytes that were no UTF-8 made visible, at every depth."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return unicode_only(value) if isinstance(value, str) else value


def _values(contract: Contract) -> dict[str, object]:
    """Keys as in a file of contracts, and what was filled in."""
    return {
        "branch": contract.branch,
        "version": contract.version,
        "made": contract.made,
        "by": contract.by,
        "digest": contract.digest,
        "package": contract.package,
        "base": contract.base,
        "base_tip": contract.base_tip,
        "head": contract.head,
        "worktree": contract.worktree,
        "allow": list(contract.allow),
        "forbid": list(contract.forbid),
        "require": dict(contract.requires or {}),
        "title": contract.title,
        "pr_title": contract.pr_title,
        "commit_format": contract.commit_format,
    }


def _problems(problems: Sequence[str]) -> list[str]:
    return [_row("problem", problem) for problem in problems]


def _term(term: tuple[str, str]) -> str:
    return f"{term[0]:<14} {single_line(term[1], _WIDTH)}"


def _row(word: str, value: str) -> str:
    return f"  {_term((word, value))}"
