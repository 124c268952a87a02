"""What `gate show RUN --export KIND` prints: the verdict in the words of others, signed as a stamp is."""

from collections.abc import Mapping

from gatekeeper.errors import CannotEstablish, GateError, UsageError
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home
from gatekeeper.stamp import exports
from gatekeeper.stamp.circumstances import remote_of
from gatekeeper.stamp.envelope import IN_TOTO, BadEnvelope, digest_of, read, sign
from gatekeeper.stamp.keys import PrivateKey, load_key
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.sigstore import sign_keyless
from gatekeeper.stamp.statement import PREDICATE_TYPE
from gatekeeper.stamp.strict import dump

SIGSTORE = "sigstore-bundle"
KINDS = (*exports.KINDS, SIGSTORE)


def exported(report: Report, kind: str, home: Home, env: Mapping[str, str]) -> str:
    """Signed envelopes, one a line; for `sigstore-bundle` the bundle over the stamp of this run.

    Raises UsageError (a trial, no stamp, no extra, no identity) and CannotEstablish (a blocked run has nothing to say).
    """
    key = load_key(home, env)
    stamp = _stamp_of(report, key)
    if kind == SIGSTORE:
        if not stamp:
            raise UsageError(
                f"there is no stamp of run {report.run} by this machine's key", "`gate check` makes one; then export it"
            )
        return sign_keyless(stamp) + "\n"
    remote = remote_of(report.subject.repository)
    statements = exports.export(kind, report, remote=remote, stamp=digest_of(stamp) if stamp else "")
    if not statements:
        raise CannotEstablish(
            f"run {report.run} was blocked: {kind} has no word for that, so nothing is exported",
            f"see what was missing: `gate show {report.run[:12]}`",
        )
    return "".join(sign(dump(one), IN_TOTO, key).decode() + "\n" for one in statements)


def _stamp_of(report: Report, key: PrivateKey) -> bytes:
    """The stamp of this run by this key (anybody can write into the log); empty when there is none any more."""
    try:
        lines = Log(report.subject.repository).lines(report.subject.head)
    except GateError:
        return b""
    return next((line for line in lines if _is_of(report, line, key)), b"")


def _is_of(report: Report, line: bytes, key: PrivateKey) -> bool:
    try:
        envelope = read(line)
        statement = envelope.statement()
    except BadEnvelope:
        return False
    predicate = statement.get("predicate")
    chain = predicate.get("chain") if isinstance(predicate, dict) else None
    told = chain.get("run") if isinstance(chain, dict) else None
    wanted = statement.get("predicateType") == PREDICATE_TYPE and told == report.run
    return wanted and envelope.signer((key.as_signer,)) is not None
