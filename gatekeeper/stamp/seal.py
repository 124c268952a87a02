"""Sign a verdict and append it to the log of its repository."""

from collections.abc import Iterable, Mapping

from gatekeeper.model.result import Report
from gatekeeper.process.home import Home
from gatekeeper.stamp.circumstances import circumstances
from gatekeeper.stamp.envelope import IN_TOTO, sign
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.keys import chain_id, load_key
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.statement import statement
from gatekeeper.stamp.strict import dump


def seal(report: Report, home: Home, env: Mapping[str, str], environments: Iterable[tuple[str, str]] = ()) -> Chain:
    """Where the stamp stands in the chain of this machine's key.

    `environments` are (digest, origin in words) of those that checks ran in. Raises UsageError, ConfigurationError (an
    unusable key) and CannotEstablish (nothing can be written): the verdict stands, unsigned.
    """
    key = load_key(home, env)
    about = circumstances(report.subject, report.policy, home, env, environments)

    def make(chain: Chain) -> bytes:
        return sign(dump(statement(report, chain, about)), IN_TOTO, key)

    log = Log(report.subject.repository, home)
    return log.append(report.subject.head, chain_id(key, home), make, signer=key.as_signer)
