"""`gate policy show` and `gate policy schema`: what judges a branch, and what may be written."""

import argparse
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gatekeeper.cli import policy_cases
from gatekeeper.cli.output import emit
from gatekeeper.cli.policy_rules import rules_text
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.plain import plain
from gatekeeper.model.policy import CheckSettings, Policy, Waiver
from gatekeeper.model.rule import RULES
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Signer
from gatekeeper.policy.document import BUILT_IN
from gatekeeper.policy.load import load_policy
from gatekeeper.policy.resolve import BUILT_IN_ORIGIN
from gatekeeper.policy.schema import schema_text
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line

HELP = "show, test, compare and mutate the policy"
_FIELD_OF = {"timeout": "timeout_s", "memory": "memory_bytes", "ready_timeout": "ready_timeout_s",
             "perturb_timeout": "perturb_timeout_s"}  # fmt: skip
"""Keys of gate.toml whose resolved field has the unit in its name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs and options of `gate policy`."""
    verbs = parser.add_subparsers(dest="policy_verb", required=True, metavar="VERB")
    show = verbs.add_parser("show", help="the resolved policy, where each value came from, its digest")
    show.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    show.add_argument("--base", metavar="REV", help="the base whose policy is shown")
    show.add_argument("--format", choices=("text", "json"), default="text")
    verbs.add_parser("schema", help="the JSON Schema of gate.toml, for editors")
    policy_cases.add_arguments(verbs)


def run(args: argparse.Namespace) -> int:
    """Prints; 0. Raises what reading the base's policy raises: ConfigurationError, NothingToJudge, UsageError."""
    if args.policy_verb == "schema":
        emit(schema_text())
        return 0
    if args.policy_verb != "show":
        return policy_cases.run(args)
    policy = base_policy(args.repo, args.base)
    emit(_json(policy) if args.format == "json" else _text(policy))
    return 0


def base_policy(directory: str, base: str | None) -> Policy:
    """The policy at the tip of the base (without any base: at HEAD, as for a first look at a whole tree)."""
    repository = find_repository(directory)
    store = Store.open(find_home(os.environ), repository)
    return policy_for(resolve(repository, None, base, True, store=store), store)


def policy_for(subject: Subject, store: Store) -> Policy:
    """The policy that judges a subject, as it stands at the tip of its base. Raises ConfigurationError."""
    tip = subject.base.tip if subject.base else subject.head
    where = f"{subject.base.name} ({tip[:12]})" if subject.base else f"the head itself ({tip[:12]})"
    return load_policy(lambda path: store.read(tip, path), names=lambda: tuple(store.list_tree(tip)), where=where)


def _text(policy: Policy) -> str:
    lines = [
        f"# policy   {policy.origin}",
        f"# extends  {', '.join(policy.extends) or 'nothing'}",
        f"# digest   {policy.digest}",
        *(f"# note     {note}" for note in policy.notes),
    ]
    for settings in policy.checks.values():
        lines += _check(settings, policy) if settings.id != RULES else ()
    for name, table in (
        ("environment", policy.environment),
        ("stamp", policy.stamp),
        ("isolation", policy.isolation),
        ("fixtures", policy.fixtures),
        ("memory", policy.memory),
    ):
        values = {_key(field): value for field, value in plain(table).items()}
        lines += ["", f"[{name}]", *_rows(name, values, policy)]
    lines += [*_repeated("signer", policy.signers, policy), *rules_text(policy)]
    lines += _repeated("waiver", policy.waivers, policy)
    return "".join(single_line(line) + "\n" if line else "\n" for line in lines)


def _check(settings: CheckSettings, policy: Policy) -> tuple[str, ...]:
    place = f"{'target' if settings.target else 'check'}.{settings.id}"
    return ("", f"[{place}]", *_rows(place, _values(settings), policy))


def _repeated(table: str, items: Sequence[Signer | Waiver], policy: Policy) -> Iterator[str]:
    """[[signer]] and [[waiver]]: each with where it came from; the id of a key is derived, and a comment."""
    for index, item in enumerate(items, start=1):
        values = plain(item)
        yield from ("", f"[[{table}]]  # {policy.origins.get(f'{table}[{index}]', policy.origin)}")
        if "id" in values:
            yield f"# id {values.pop('id')}"
        yield from (f"{name} = {_value(value)}" for name, value in values.items())


def _values(settings: CheckSettings) -> Mapping[str, object]:
    """Keys as they are written in gate.toml. A check that is switched off has nothing else to say."""
    fields = plain(settings)
    target = fields.pop("target") or {}
    values = {_key(name): value for name, value in {**fields, **target}.items() if name not in {"id", "own"}}
    # A target must say what it is even when it is switched off.
    return values if settings.enabled else {"enabled": False, **{_key(name): value for name, value in target.items()}}


def _key(field: str) -> str:
    return next((key for key, name in _FIELD_OF.items() if name == field), field)


def _rows(prefix: str, values: Mapping[str, object], policy: Policy) -> Iterable[str]:
    """`key = value  # origin`. Keys that the check does not have, and empty ones that nobody wrote, are left out."""
    for key, value in values.items():
        origin = policy.origins.get(f"{prefix}.{key}")
        if origin is None or (origin == BUILT_IN_ORIGIN and value in ((), "", None)):
            continue
        yield f"{key} = {_value(value, key)}  # {origin}"


def _value(value: object, key: str = "") -> str:
    if key in {"timeout", "ready_timeout", "perturb_timeout"} and isinstance(value, float):
        return f'"{_duration(value)}"'
    if key == "effects" and isinstance(value, tuple):
        return "{ " + ", ".join(f"{rule} = {json.dumps(effect)}" for rule, effect in value) + " }"
    if isinstance(value, (bool, int, float, str, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _duration(seconds: float) -> str:
    if seconds < 1 or seconds % 1:
        return f"{round(seconds * 1000)}ms"
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def _json(policy: Policy) -> str:
    value = {
        "schema": "gatekeeper/policy/1",
        "origin": policy.origin,
        "extends": policy.extends,
        "digest": policy.digest,
        "notes": policy.notes,
        "checks": {name: plain(settings) for name, settings in policy.checks.items()},
        "environment": plain(policy.environment),
        "signers": [plain(signer) for signer in policy.signers],
        "stamp": plain(policy.stamp),
        "fixtures": plain(policy.fixtures),
        "rules": [plain(rule) for rule in policy.rules],
        "isolation": plain(policy.isolation),
        "memory": plain(policy.memory),
        "waivers": [plain(waiver) for waiver in policy.waivers],
        "origins": dict(policy.origins),
        "built_in": BUILT_IN,
    }
    return json.dumps(value, indent=2, default=str) + "\n"
