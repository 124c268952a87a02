"""The policy that judges a branch: read from the base, never from the branch."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gatekeeper.errors import ConfigurationError, NothingToJudge
from gatekeeper.model.policy import FixtureSettings, IsolationSettings, MemorySettings, Policy, StampSettings
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.policy.detect import Detected, Read, detect
from gatekeeper.policy.document import Document, mistake, near, parse_toml, read_document
from gatekeeper.policy.facts import facts
from gatekeeper.policy.lines import scan_lines
from gatekeeper.policy.resolve import Merged, digest, merge, waivers
from gatekeeper.policy.rules import rule_origins, rules, with_rules
from gatekeeper.policy.settings import environment_settings, settings
from gatekeeper.policy.shipped import LANGUAGE_POLICIES, NAMES, closure, shipped
from gatekeeper.policy.signers import signers
from gatekeeper.policy.targets import targets

GATE_FILE = "gate.toml"
PYPROJECT = "pyproject.toml"
_SERVE_LANGUAGES = frozenset(
    {CheckId("types"), CheckId("lint"), CheckId("complexity"), CheckId("build"), CheckId("tests")}
)

_WITHOUT_LANGUAGE = "paths, integrity, worktree, sync and self-review"


def load_policy(
    read: Read,
    *,
    names: Callable[[], Sequence[str]],
    where: str,
    trial: bool = False,
    document: tuple[str, bytes] | None = None,
    elsewhere: Read | None = None,
) -> Policy:
    """Resolve the policy of the commit that `read` and `names` look at (the tip of the base).

    `where` names that commit in words. `document` (name, contents) stands in for the base's policy file: the
    `--policy FILE` of a trial. `elsewhere` reads the policy file at another commit, which `where` then names; languages
    and tools are those of the base all the same. Raises ConfigurationError (with file and line) and NothingToJudge (no
    check enabled).
    """
    own, origin = _own_document(elsewhere or read, where, document)
    return _resolved(own, origin, read, names, trial=trial)


def _own_document(read: Read, where: str, document: tuple[str, bytes] | None) -> tuple[Document, str]:
    if document is not None:
        name, raw = document
        from_pyproject = name.endswith(PYPROJECT)
        return (table_in_pyproject(name, raw) if from_pyproject else None) or _gate_file(
            name, raw
        ), f"{name} (on trial)"
    gate, pyproject = read(GATE_FILE), read(PYPROJECT)
    table = table_in_pyproject(PYPROJECT, pyproject, tolerant=gate is not None) if pyproject is not None else None
    if gate is not None and table is not None:
        raise ConfigurationError(
            f"two policies at {where}: {GATE_FILE} and {table.origin(())} [tool.gate]",
            f"keep one of them; {GATE_FILE} is the usual place",
        )
    if gate is not None:
        return _gate_file(GATE_FILE, gate), f"{GATE_FILE} at {where}"
    if table is not None:
        return table, f"[tool.gate] in {PYPROJECT} at {where}"
    return Document(GATE_FILE, {}, scan_lines("")), f"shipped default (no policy at {where})"


def _gate_file(name: str, raw: bytes) -> Document:
    text, tables = parse_toml(name, raw)
    return read_document(name, text, tables)


def table_in_pyproject(name: str, raw: bytes, *, tolerant: bool = False) -> Document | None:
    """[tool.gate], or None. A broken pyproject.toml matters only while the policy could be inside it."""
    try:
        text, tables = parse_toml(name, raw)
    except ConfigurationError:
        if tolerant:
            return None
        raise
    tool = tables.get("tool")
    table = tool.get("gate") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        line = scan_lines(text).find(("tool", "gate"))
        raise ConfigurationError(f"{name}:{line}: tool.gate is not a table", "write [tool.gate] and keys below it")
    return read_document(name, text, table, ("tool", "gate"))


def _resolved(own: Document, origin: str, read: Read, names: Callable[[], Sequence[str]], *, trial: bool) -> Policy:
    wanted = _wanted(own)
    detected = detect(names(), read) if wanted else None
    applied, notes = _applied(wanted, detected)
    mentioned = _mentioned(own)
    stances = [name for name in applied if name != "default" and name not in LANGUAGE_POLICIES]
    merged = merge(
        [shipped(name) for name in applied if name not in stances],
        facts(detected, applied, mentioned) if detected else (),
        [shipped(name) for name in stances],
        own,
    )
    policy = _policy(own, merged, applied, origin, notes=_opening(own, origin) + notes + merged.notes, trial=trial)
    return policy if wanted else _with_languages(policy, mentioned, detect(names(), read).languages)


def _with_languages(policy: Policy, mentioned: Sequence[str], languages: tuple[str, ...]) -> Policy:
    """Without any shipped policy, a check that names no language serves those found at base."""
    checks = {
        name: replace(check, languages=languages)
        if name in mentioned and name in _SERVE_LANGUAGES and not check.languages
        else check
        for name, check in policy.checks.items()
    }
    return _with_digest(replace(policy, checks=checks))


def _with_digest(policy: Policy) -> Policy:
    said = digest(
        policy.checks,
        policy.waivers,
        policy.environment,
        signers=policy.signers,
        stamp=policy.stamp,
        isolation=policy.isolation,
        rules=policy.rules,
        fixtures=policy.fixtures,
    )
    return replace(policy, digest=said)


def _opening(own: Document, origin: str) -> tuple[str, ...]:
    if origin.startswith("shipped default"):
        return (f"policy: {origin}; gate init writes one",)
    return () if own.tables else (f"policy: {origin} is empty: the shipped default applies",)


def _wanted(own: Document) -> list[str]:
    """Names under extends; nothing said means the default."""
    extends = own.tables.get("extends")
    if not isinstance(extends, list):
        return ["default"]
    for name in extends:
        if name not in NAMES:
            raise mistake(own, ("extends",), f"extends: no shipped policy {name!r}", near(str(name), NAMES))
    return [str(name) for name in extends]


def _applied(wanted: Sequence[str], detected: Detected | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What applies, and what the reader must know about it. Languages not named are taken from the tree at base."""
    applied = closure(wanted)
    if detected is None:
        return applied, ()
    notes = [f"policy: {problem}" for problem in detected.problems]
    named = [name for name in applied if name in LANGUAGE_POLICIES]
    if not named:
        applied = closure([*applied, *detected.languages])
        found = ", ".join(detected.languages) or f"none; only {_WITHOUT_LANGUAGE} are judged"
        notes.append(f"policy: languages found at base: {found}")
    unjudged = [language for language in (*detected.languages, *detected.minor) if language not in applied]
    notes += [f'policy: {name} is also in the tree and not judged; extends = ["{name}"] adds it' for name in unjudged]
    return applied, tuple(notes)


def _mentioned(own: Document) -> tuple[str, ...]:
    checks = own.tables.get("check")
    return tuple(checks) if isinstance(checks, dict) else ()


def _policy(
    own: Document, merged: Merged, applied: tuple[str, ...], origin: str, *, notes: tuple[str, ...], trial: bool
) -> Policy:
    def origin_of(key: str) -> str:
        return merged.origins.get(key, own.name)

    checks = {CheckId(name): settings(name, table, origin_of) for name, table in merged.tables().items()}
    checks |= targets(merged.file.target, tuple(checks), origin_of)
    if not any(check.enabled for check in checks.values()):
        raise NothingToJudge(f"{origin} enables no check", "remove extends = [], or enable a check: [check.lint]")
    ruling = rules(merged.file.rule, tuple(checks), origin_of)
    checks = with_rules(checks, ruling)
    exceptions = waivers(merged)
    for index, waiver in enumerate(exceptions):
        if waiver.check not in checks:
            what = f"waiver[{index + 1}] names an unknown check {waiver.check!r}"
            raise mistake(own, ("waiver", index, "check"), what, near(waiver.check, list(checks)))
    return _with_digest(
        Policy(
            checks=checks,
            waivers=exceptions,
            environment=environment_settings(merged.file.environment, origin_of),
            extends=applied,
            digest="",
            origin=origin,
            signers=signers(merged.file.signer, origin_of),
            stamp=StampSettings(enabled=merged.file.stamp.enabled),
            isolation=IsolationSettings(merged.file.isolation.use, tuple(merged.file.isolation.visible)),
            rules=ruling,
            fixtures=FixtureSettings(merged.file.fixtures.checked),
            memory=MemorySettings(merged.file.memory.share),
            notes=notes,
            trial=trial,
            origins={**merged.origins, **rule_origins(merged.file.rule, origin_of)},
        )
    )
