"""The log of stamps: the branch `gate-log` of the user's repository, written with plumbing, by many at once.

Compare-and-swap on the reference makes it right; a lock of the kernel, which ends with its holder, makes it quick. The
state of a chain is read from the log itself. Whoever is killed on the way leaves objects that nobody names, no more.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git, decode
from gatekeeper.git.draft import Draft, Move, move, own_git
from gatekeeper.git.lock import folder_locked, jitter
from gatekeeper.git.objects import FILE, Entry, Objects
from gatekeeper.git.store import key_of
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp import chains, layout, notes
from gatekeeper.stamp.envelope import read
from gatekeeper.stamp.form import Chain, commit_of
from gatekeeper.stamp.seen import Memory
from gatekeeper.stamp.view import ChainState, View

PATIENCE_S = 60.0
"""How long an append waits for others."""
STALE_S = 60.0
"""Age from which a lock file of git belongs to nobody: git holds one for milliseconds."""
_HOPELESS = ("Permission denied", "Read-only file system", "No space left", "quota exceeded", "; cannot create ")
"""Why a reference cannot be written, however long one waits."""
_SWITCH_OFF = "make the repository writable; or sign nothing: `enabled = false` under [stamp] in the policy"

Make = Callable[[Chain], bytes]
"""Gives the signed envelope (one line) for a place in the chain. Called again when somebody else was faster."""


class Log:
    """The log of one repository. With `home`, its verifiers remember what was appended."""

    def __init__(
        self,
        repository: Repository,
        home: Home | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._folder = repository.common_dir
        self._clone = key_of(repository)[:8]
        self._git = own_git(repository.common_dir)
        self._memory = Memory(home, repository) if home is not None else None
        self._now = now
        self._patience_s = patience_s

    def lines(self, commit: CommitId) -> tuple[bytes, ...]:
        """Every envelope about the commit, in order of arrival; what cannot be one is left out. Nothing is verified."""
        with Objects(self._git) as objects:
            return tuple(one.raw for one in View(objects).about(commit) if one.raw)

    def append(self, commit: CommitId, chain: str, make: Make, *, signer: Signer | None = None) -> Chain:
        """Store what `make` gives at the next place of the chain, and give that place.

        `chain` names signer and machine; the log adds which clone it is, so that two clones do not fork one chain.
        `signer` is whose chain it is: the newest stamp in it must be theirs. Raises CannotEstablish: the chain was
        tampered with, the repository cannot be written, or others kept it busy for too long.
        """
        chain = f"{chain}-{self._clone}"
        if not layout.is_chain(chain) or not layout.is_commit(commit):
            raise ValueError(f"no chain or no commit: {chain!r} {commit!r}")
        deadline = time.monotonic() + self._patience_s
        pause_s = 0.02
        while True:
            # Without the lock (a stopped holder, a network file system) it is still right, and slower.
            with folder_locked(self._folder, self._patience_s):
                refused = _Append(self._git, commit, chain, signer, self._now(), self._memory).run(make)
            if isinstance(refused, Chain):
                return refused
            if time.monotonic() > deadline:
                raise refused
            self._remove_stale_lock()
            time.sleep(jitter(pause_s))
            pause_s = min(1.0, 2 * pause_s)

    def _remove_stale_lock(self) -> None:
        """The lock file of a git that was killed would stop everybody for ever."""
        for ref in (layout.REF, notes.REF):
            lock = Path(self._folder, f"{ref}.lock")
            try:
                if time.time() - lock.stat().st_mtime > STALE_S:
                    lock.unlink()
            except OSError:
                continue


class _Append(Struct, frozen=True):
    """One attempt."""

    git: Git
    commit: CommitId
    chain: str
    signer: Signer | None
    now: datetime
    memory: Memory | None

    def run(self, make: Make) -> Chain | CannotEstablish:
        """The place that was taken, or why somebody has to try again."""
        with Objects(self.git) as objects:
            view = View(objects)
            place = self._place(view)
            line = make(place)
            _must_fit(line, self.commit, place)
            draft = Draft(objects, len(self.commit))
            moves = self._moves(objects, view, draft, place, line)
        self._write(draft)
        moved, said = move(self.git, moves, "gate: append")
        if not moved:
            return self._refusal(decode(said.stderr))
        self._remember(view.tip, moves[0].new)
        return place

    def _refusal(self, said: str) -> CannotEstablish:
        """Somebody else moved the branch or is about to. Raises when waiting helps nobody."""
        words = said.strip().splitlines()
        reason = words[-1] if words else "git update-ref failed"
        if any(hopeless in reason for hopeless in _HOPELESS):
            raise self._unwritable(reason)
        return CannotEstablish(
            f"the log could not be appended to: {reason}",
            f"try again; when no git is at work there, remove {self.git.cwd}/{layout.REF}.lock",
        )

    def _unwritable(self, reason: str) -> CannotEstablish:
        return CannotEstablish(f"the stamp cannot be written into {self.git.cwd}: {reason}", _SWITCH_OFF)

    def _place(self, view: View) -> Chain:
        time_ = self.now.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        state = view.chain(self.chain)
        if state is None:
            return Chain(id=self.chain, sequence=1, previous="", time=time_)
        self._must_be_whole(view, state)
        return Chain(
            id=self.chain,
            sequence=state.sequence + 1,
            previous=chains.digest(state),
            time=time_,
            earlier=state.tree,
        )

    def _must_be_whole(self, view: View, state: ChainState) -> None:
        """Never build on what somebody tampered with: a new stamp would vouch for it."""
        before = view.digest_at(state.id, state.sequence - 1)
        problem = chains.problem_of(state, before, None if self.signer is None else [self.signer])
        if problem:
            raise CannotEstablish(
                f"the log is not what the gate wrote: {problem}",
                "find out who edited the branch gate-log, and put it back to where it was (`git reflog gate-log`)",
            )

    def _moves(self, objects: Objects, view: View, draft: Draft, place: Chain, line: bytes) -> list[Move]:
        """The log first; the notes may fail after it."""
        stored = view.about(self.commit)
        envelope = Entry(FILE, draft.blob(line + b"\n"))
        by_commit = layout.in_commit(self.commit, len(stored) + 1, self.chain, place.sequence)
        in_chain = [(*layout.of_chain(self.chain), *path) for path in layout.in_chain(self.commit, place.sequence)]
        files = dict.fromkeys((by_commit, *in_chain), envelope)
        if view.root is None:
            files[(b"format",)] = Entry(FILE, draft.blob(layout.FORMAT))
            files[(b"README.md",)] = Entry(FILE, draft.blob(layout.README))
        when = int(self.now.timestamp())
        message = f"stamp of {self.commit}\n\n{self.chain} {place.sequence}"
        new = draft.commit(draft.put(view.root, files), [view.tip] if view.tip else [], message, when)
        log = Move(layout.REF, new, view.tip if view.ref == layout.REF else None)
        note = notes.mirrored(objects, draft, self.commit, [*(one.raw for one in stored if one.raw), line], when)
        return [log] if note is None else [log, note]

    def _write(self, draft: Draft) -> None:
        try:
            draft.write(self.git)
        except CannotEstablish as error:
            raise self._unwritable(error.what) from error

    def _remember(self, before: str | None, after: str) -> None:
        """The gate that appends has seen the log. A log that moved otherwise is left to the verifier to look at."""
        if self.memory is None:
            return
        try:
            self.memory.keep(after, before)
        except CannotEstablish:
            return  # the stamp is in the log; whether it is remembered is the verifier's question


def _must_fit(line: bytes, commit: str, place: Chain) -> None:
    """A stamp that says something else than where it lies would end its chain. Raises ValueError."""
    statement = read(line).statement()
    said = replace(chains.chain_of(statement), run=place.run)
    if b"\n" in line or said != place or commit_of(statement) != commit:
        raise ValueError("an envelope is one line, about the commit that it is stored for, with its place in the chain")
