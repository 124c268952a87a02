"""The label function: how many labels per second, for a mix of everything that it can be asked.

Limit: 100,000 per second on one core. No process, no file: the median of batches is all that is needed.
"""

import itertools
import statistics
import sys
import time

from msgspec.structs import replace

from gatekeeper.evidence.label import label
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.target import Artefact, Attestation, Identity, ProbeFacts, Target
from gatekeeper.model.vocabulary import CheckId, CommitId, Ended

LEAST_PER_SECOND = 100_000
BATCH = 20_000
BATCHES = 15

RUN = CommandRun(("python", "probes/shop.py"), Ended.EXITED, 0, 0.2, 30 << 20, "/logs/shop-probe.out", "ab" * 32)
TRUST = {"lab": frozenset({"device"}), "colleague": frozenset[str]()}


def attested(signer: str, label_: str, problem: str = "") -> Attestation:
    return Attestation(
        target="shop", label=label_, reason="ran the suite", by="Device lab", signer=signer,
        commit=CommitId("c" * 40), made="2026-01-01T00:00:00Z", digest=signer * 8, problem=problem,
    )  # fmt: skip


def mix() -> list[tuple[Observation, Target | None]]:
    """Checks of the tree, and targets of every kind, identity and ending, with and without attestations."""
    seen = Observation(CheckId("shop"), "t" * 40, commands=(RUN, RUN))
    cases: list[tuple[Observation, Target | None]] = [(seen, None), (replace(seen, missing=("no tool",)), None)]
    brought = (
        (),
        (attested("lab", "direct"),),
        (attested("lab", "direct", "it has expired"), attested("colleague", "proxy"), attested("other", "direct")),
    )
    shot = (Artefact("body.json", "cd" * 32, 120),)
    for surface, identity, attestations, stand_in in itertools.product(
        ("runtime", "device"), Identity, brought, (False, True)
    ):
        facts = ProbeFacts(surface == "runtime", identity, "c0ffee", shot)
        target = Target(surface, ("python", "probes/shop.py"), identify=("curl", "$URL"), stand_in=stand_in)
        cases.append((replace(seen, probe=facts, attestations=attestations), target))
        late = replace(RUN, ended=Ended.TIMEOUT, exit=None)
        cases.append((replace(seen, commands=(late,), probe=facts, attestations=attestations), target))
    return cases


def batch(cases: list[tuple[Observation, Target | None]]) -> float:
    """Labels per second over one batch."""
    started = time.perf_counter()
    for observation, target in itertools.islice(itertools.cycle(cases), BATCH):
        label(observation, target, TRUST)
    return BATCH / (time.perf_counter() - started)


def main() -> int:
    cases = mix()
    batch(cases)
    rates = [batch(cases) for _ in range(BATCHES)]
    median = statistics.median(rates)
    print(
        f"\n### Labels\n\nMedian of {BATCHES} batches of {BATCH}, {len(cases)} cases, Python {sys.version.split()[0]}\n"
    )
    print("| | per second |\n|---|---:|")
    for name, rate in (("median", median), ("least", min(rates)), ("most", max(rates))):
        print(f"| {name} | {rate:,.0f} |")
    kept = median >= LEAST_PER_SECOND
    print(
        f"\n{'within' if kept else 'UNDER'}: labels: {median:,.0f} per second, at least {LEAST_PER_SECOND:,} asked for"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
