"""A [[signer]] table at the end of a policy file: the text is only ever added to."""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gatekeeper.errors import UsageError
from gatekeeper.policy.document import parse_toml, read_document
from gatekeeper.policy.public_key import PublicKey, read_public_key


class NewSigner(Struct, frozen=True, kw_only=True):
    """What is to be trusted, and with what (see `model.target.Signer`)."""

    key: PublicKey
    name: str
    stamps: bool = True
    surfaces: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()


def addition(file: str, raw: bytes, signer: NewSigner, table: tuple[str, ...] = ()) -> str:
    """What to add to the policy `raw` in `file`; `table` is ("tool", "gate") in pyproject.toml.

    Raises ConfigurationError (the policy cannot be read, now or then) and UsageError (the name or key is there
    already, or the name is not one line).
    """
    if not signer.name.strip() or not signer.name.isprintable():
        raise UsageError(f"{signer.name!r} is no name for a signer", "a name that people know, on one line: --name ci")
    text, tables = parse_toml(file, raw)
    _must_be_new(file, _listed(tables, table), signer)
    added = _block(signer, ".".join((*table, "signer")), lead=bool(text.strip()))
    if raw and not text.endswith("\n"):
        added = "\n" + added
    after, tables = parse_toml(file, (text + added).encode())
    read_document(file, after, _below(tables, table), table)
    return added.replace("\n", "\r\n") if b"\r\n" in raw else added


def _block(signer: NewSigner, header: str, *, lead: bool) -> str:
    rows = [f"name = {_quoted(signer.name)}", f"key = {_quoted(signer.key.line)}"]
    rows += [] if signer.stamps else ["stamps = false"]
    rows += [f"surfaces = {_list(signer.surfaces)}"] if signer.surfaces else []
    rows += [f"approves = {_list(signer.approves)}"] if signer.approves else []
    return "\n" * lead + "\n".join([f"[[{header}]]", *rows, ""])


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's is one too, as long as there are neither controls nor escaped pairs in it."""
    return json.dumps(text, ensure_ascii=False)


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _below(tables: Mapping[str, object], path: tuple[str, ...]) -> Mapping[str, object]:
    for part in path:
        found = tables.get(part)
        tables = found if isinstance(found, dict) else {}
    return tables


def _listed(tables: Mapping[str, object], path: tuple[str, ...]) -> list[Mapping[str, object]]:
    listed = _below(tables, path).get("signer")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _must_be_new(file: str, listed: Sequence[Mapping[str, object]], signer: NewSigner) -> None:
    for one in listed:
        name = one.get("name")
        if name == signer.name:
            raise UsageError(f"{file} has a signer {signer.name!r} already", "another name, or change that one by hand")
        if _id(one.get("key")) == signer.key.id:
            raise UsageError(f"{file} trusts this key already, as {name!r}", "change that [[signer]] by hand")


def _id(key: object) -> str:
    try:
        return read_public_key(key).id if isinstance(key, str) else ""
    except ValueError:
        return ""  # a mistake of the policy, which read_document explains
