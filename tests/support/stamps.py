"""A repository whose policy trusts a key, and stamps of its branch as `gate check` would make them."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.git.facts import find_repository
from gatekeeper.git.store import Store
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult, Decision, Report
from gatekeeper.model.subject import Base, Repository, Subject
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId, Label, Outcome, TreeId, Verdict
from gatekeeper.policy.load import load_policy
from gatekeeper.policy.public_key import key_id, write_public_key
from gatekeeper.process.home import Home
from gatekeeper.stamp.envelope import IN_TOTO, sign
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.statement import Chain, Circumstances, statement
from gatekeeper.stamp.strict import dump
from tests.support.repo import Repo
from tests.support.reports import a_report, a_result

POLICY = 'extends = []\n[check.tests]\ncommand = "pytest -q"\n[check.lint]\nrequired = false\n'


class Key:
    """An ed25519 key that is the same for the same name."""

    def __init__(self, name: str = "ci") -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        raw = self._private.public_key().public_bytes_raw()
        self.name, self.id, self.public = name, key_id(raw), write_public_key(raw)

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.public, self.id)

    @property
    def table(self) -> str:
        """For gate.toml."""
        return f'[[signer]]\nname = "{self.name}"\nkey = "{self.public}"\n'


class Yard(Struct, dict=True):
    """`repo` stands on the branch `work`, one commit ahead of main, whose policy trusts `key`."""

    repo: Repo
    home: Home
    key: Key = field(default_factory=Key)

    @classmethod
    def create(
        cls,
        path: Path,
        home: Home,
        policy: str = POLICY,
        *,
        trusts: str | None = "",
        flags: tuple[str, ...] = (),
    ) -> "Yard":
        """`trusts`: the tables of the signers; None for nobody, "" for the key that stamps by default."""
        repo = Repo(path)
        path.mkdir(parents=True, exist_ok=True)
        repo.git("init", "--quiet", "-b", "main", *flags)
        signers = "" if trusts is None else trusts or Key().table
        repo.commit("begin", {"gate.toml": policy + signers, "README.md": "# p\n"})
        repo.branch("work")
        repo.commit("work", {"work.txt": "work\n"})
        return cls(repo, home)

    @property
    def repository(self) -> Repository:
        return find_repository(str(self.repo.path))

    @property
    def log(self) -> Log:
        return Log(self.repository, self.home)

    @property
    def policy(self) -> Policy:
        """That of main, as `gate verify` resolves it."""
        store, tip = Store(self.repo.path / ".git", str(self.repo.path / ".git")), self.repo.head("main")
        names = tuple(store.list_tree(tip))
        return load_policy(lambda path: store.read(tip, path), names=lambda: names, where=f"main ({tip[:12]})")

    def report(
        self,
        verdict: Verdict = Verdict.ACCEPTED,
        results: tuple[CheckResult, ...] = (),
        rev: str = "work",
        **changes: object,
    ) -> Report:
        """A run about `rev` against main as both stand now."""
        base, head = self.repo.head("main"), self.repo.head(rev)
        subject = Subject(
            repository=self.repository,
            branch=rev,
            base=Base("main", "main", CommitId(base)),
            head=CommitId(head),
            head_tree=TreeId(self.repo.tree(rev)),
            merge_base=CommitId(self.repo.git("merge-base", "main", rev)),
            base_tree=TreeId(self.repo.tree("main")),
            merge_tree=TreeId(self.repo.tree(rev)),
            ahead=1,
            behind=0,
        )
        outcome = {Verdict.ACCEPTED: Outcome.PASSED, Verdict.REJECTED: Outcome.FAILED}.get(verdict, Outcome.BLOCKED)
        made = a_report(*(results or (a_result("tests", outcome),)), subject=subject, policy=self.policy)
        return replace(made, decision=Decision(verdict, (f"tests {outcome.value}",)), **changes)  # type: ignore[arg-type]

    def stamp(
        self,
        verdict: Verdict = Verdict.ACCEPTED,
        *results: CheckResult,
        key: Key | None = None,
        machine: str = "laptop",
        rev: str = "work",
        **changes: object,
    ) -> Chain:
        """Append one stamp to the log, signed by `key` on `machine`."""
        signing, report = key or self.key, self.report(verdict, results, rev, **changes)

        def make(chain: Chain) -> bytes:
            made = statement(report, chain, Circumstances(same_user=False, machine=machine, gate_version="1"))
            return sign(dump(made), IN_TOTO, signing)

        head = CommitId(self.repo.head(rev))
        return self.log.append(head, f"{signing.id}-{machine}", make, signer=signing.signer)

    def files(self, rev: str = "gate-log") -> Mapping[str, str]:
        """Path → object id of everything in the log."""
        said = self.repo.git("ls-tree", "-r", "-z", rev)
        rows = (row.split("\t", 1) for row in said.split("\0") if row)
        return {path: meta.split(" ")[2] for meta, path in rows}

    def commit_log(self, files: Mapping[str, bytes | None], message: str = "by hand") -> str:
        """Change the log as somebody with a text editor would: a new commit on top; None removes a file."""
        index = {"GIT_INDEX_FILE": str(self.repo.path / ".git" / "by-hand")}
        git = ["git", "-C", str(self.repo.path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
        run = lambda *words, data=None: _run([*git, *words], index, data)  # noqa: E731
        run("read-tree", "gate-log")
        for path, content in files.items():
            if content is None:
                run("update-index", "--force-remove", "--", path)
            else:
                blob = run("hash-object", "-w", "--stdin", data=content)
                run("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        made = run("commit-tree", "-p", "gate-log", "-m", message, run("write-tree"))
        run("update-ref", "refs/heads/gate-log", made)
        return made


def of_label(name: str, label: Label | None, outcome: Outcome = Outcome.PASSED) -> CheckResult:
    """A result with that label."""
    return a_result(name, outcome, label=label)


def _run(argv: list[str], env: Mapping[str, str], data: bytes | None) -> str:
    import subprocess  # noqa: PLC0415

    done = subprocess.run(argv, env={**os.environ, **env}, input=data, capture_output=True, check=False)
    assert done.returncode == 0, (argv, done.stderr)
    return done.stdout.decode().strip()
