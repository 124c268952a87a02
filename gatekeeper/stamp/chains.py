"""Is a chain of stamps whole? Pure: over how it lies in the log, and what its newest stamp says about the rest."""

from collections.abc import Mapping, Sequence

from gatekeeper.model.target import Signer
from gatekeeper.stamp.envelope import BadEnvelope, digest_of, read
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.strict import Json
from gatekeeper.stamp.view import ChainState


def chain_of(statement: Mapping[str, Json]) -> Chain:
    """What a statement says of its place. Raises BadEnvelope when it says none."""
    predicate = statement.get("predicate")
    said = predicate.get("chain") if isinstance(predicate, dict) else None
    if not isinstance(said, dict):
        raise BadEnvelope("the statement names no place in a chain")
    sequence = said.get("sequence")
    texts = {name: said.get(name) for name in ("id", "previous", "time", "run", "earlier")}
    if type(sequence) is not int or sequence < 1 or not all(isinstance(value, str) for value in texts.values()):
        raise BadEnvelope("the statement names no place in a chain")
    return Chain(sequence=sequence, **{name: str(value) for name, value in texts.items()})


def problem_of(state: ChainState, before: str, signers: Sequence[Signer] | None) -> str:
    """Why the chain cannot be relied on, "" when it can. `before` is the digest of the place before the newest one.

    The newest stamp vouches for all earlier ones (`Chain.earlier`); each was written by a gate that had found the chain
    whole. `signers`: who may have signed the newest one; None for not asking that.
    """
    try:
        envelope = read(state.newest)
        said = chain_of(envelope.statement())
    except BadEnvelope as error:
        return f"place {state.sequence} of chain {state.id} holds no stamp: {error.reason}"
    if signers is not None and envelope.signer(signers) is None:
        return f"place {state.sequence} of chain {state.id} was not signed by the signer of the chain"
    if (said.id, said.sequence) != (state.id, state.sequence):
        return f"place {state.sequence} of chain {state.id} holds the stamp of another place"
    if said.earlier != state.earlier or said.previous != before:
        return f"chain {state.id}: a stamp before place {state.sequence} was changed, added or removed"
    return ""


def digest(state: ChainState) -> str:
    """`Chain.previous` of whatever comes next."""
    return digest_of(state.newest)
