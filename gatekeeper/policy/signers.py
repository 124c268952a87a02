"""[[signer]] → `model.target.Signer`: the public keys that are known, and what each may say."""

from collections.abc import Sequence

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.target import Signer
from gatekeeper.policy.evidence_schema import SignerTable
from gatekeeper.policy.public_key import read_public_key
from gatekeeper.policy.settings import Origin


def signers(tables: Sequence[SignerTable], origin: Origin) -> tuple[Signer, ...]:
    """In the order of the policy. ConfigurationError for a key that cannot be read, or a name or key given twice."""
    found: list[Signer] = []
    for number, table in enumerate(tables, 1):
        where = f"signer[{number}]"
        try:
            key_id = read_public_key(table.key).id
        except ValueError as error:
            raise ConfigurationError(
                f"{origin(where)}: {where}.key is not an ed25519 public key: {error}",
                'write the line of its .pub file: key = "ssh-ed25519 AAAA… name"',
            ) from error
        for other in found:
            if table.name == other.name or key_id == other.id:
                twice = "name" if table.name == other.name else "key"
                raise ConfigurationError(
                    f"{origin(where)}: {where} has the {twice} of {other.name!r}", "keep one [[signer]] for each key"
                )
        found.append(
            Signer(
                name=table.name,
                key=table.key.strip(),
                id=key_id,
                stamps=table.stamps,
                surfaces=tuple(table.surfaces),
                approves=tuple(table.approves),
            )
        )
    return tuple(found)
