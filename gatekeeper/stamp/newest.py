"""Is this the newest that a chain says about a commit, and is the chain whole? Pure, over how it lies in the log."""

from collections.abc import Collection

from gatekeeper.model.target import Signer
from gatekeeper.stamp.answer import Place
from gatekeeper.stamp.chains import problem_of
from gatekeeper.stamp.form import Chain


def newest_problem(chain: Chain, digest: str, signer: Signer, place: Place | None, known: Collection[int]) -> str:
    """Why an envelope (its place, its digest) may not be what its signer said last about the commit; "" when it is.

    `known`: places of the chain about the commit that are understood and believed.
    """
    lost = f"chain {chain.id} is not in the log"
    if place is None:
        return lost
    if place.state is None:
        return place.problem or lost
    unread = [number for number in place.about if number > chain.sequence and number not in known]
    if unread:
        return (
            f"place {unread[-1]} of the chain holds something newer about this commit that cannot be read or is missing"
        )
    before = place.digests.get(place.state.sequence - 1, "")
    return _displaced(chain, digest, place) or problem_of(place.state, before, [signer])


def _displaced(chain: Chain, digest: str, place: Place) -> str:
    """Why the envelope and the one before it are not where the chain says."""
    if place.digests.get(chain.sequence) != digest:
        return f"it is not what lies at place {chain.sequence} of its chain"
    if place.digests.get(chain.sequence - 1, "") != chain.previous:
        return "what was before it in its chain was changed or removed"
    return ""
