"""Stamps: sign and verify in process, `gate verify` as a process, 10,000 stamps in the log, 32 writers at once.

Limits: 1 ms each for signing and verifying; for `gate verify` 120 ms, with 10,000 stamps in the log 250 ms, both where
`python -c pass` takes 9 ms and in proportion elsewhere; of 1,000 stamps by 32 writers none lost, the chain intact.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from harness import BENCH_HOME, GATE, Contender, command, commit, fresh, gate_check, limit, race, repository, show

from gatekeeper.git.draft import Draft, Move, move, own_git
from gatekeeper.git.facts import find_repository
from gatekeeper.git.objects import FILE, Entry, Objects
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home, find_home
from gatekeeper.stamp import layout
from gatekeeper.stamp.chains import chain_of
from gatekeeper.stamp.envelope import IN_TOTO, digest_of, read, sign
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.keys import PrivateKey, chain_id, load_key
from gatekeeper.stamp.log import Log

STAMPS, WRITERS, WRITTEN = 10_000, 32, 1_000
USUAL, FULL = 120 / 9, 250 / 9
"""Limits of `gate verify` in times of `python -c pass`."""
POLICY = 'extends = []\n[check.x]\ncommand = "true"\n'
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


def main() -> int:
    folder = fresh("stamps")
    home = find_home({"GATE_HOME": str(folder / "home")})
    key = load_key(home, {})
    signer = f'[[signer]]\nname = "here"\nkey = "{key.public}"\n'
    tree = repository(folder / "project", None, {"gate.toml": POLICY + signer})
    command("git", "switch", "--quiet", "--create", "work", cwd=tree)
    head = CommitId(commit(tree, "Work", {"work.txt": "work\n"}))
    print(f"first verdict: {gate_check(tree, folder / 'home')['verdict']}")
    envelope = Log(find_repository(str(tree)), home).lines(head)[0]
    print(f"one envelope: {len(envelope)} bytes")
    kept = [_in_process(envelope, key), _process(tree, home, "one stamp in the log", USUAL)]
    _fill(tree, home, key, envelope)
    kept.append(_process(tree, home, f"{STAMPS} stamps in the log", FULL))
    command("git", "gc", "--quiet", cwd=tree)
    kept += [
        _process(tree, home, f"{STAMPS} stamps in the log, packed by git gc", FULL),
        _writers(folder, home, envelope),
    ]
    return 0 if all(kept) else 1


def _in_process(envelope: bytes, key: PrivateKey) -> bool:
    payload, signers = read(envelope).payload, [key.as_signer]
    times = race(
        (
            Contender("sign", lambda: [sign(payload, IN_TOTO, key) for _ in range(100)]),
            Contender("read, verify, parse", lambda: [_verified(envelope, signers) for _ in range(100)]),
        )
    )
    for timing in times.values():
        print(f"{timing.name}: {timing.median * 10:.3f} ms each")
    kept = [limit(f"{one.name}, 100 of them", one.median, 0.1) for one in times.values()]
    return all(kept)


def _verified(envelope: bytes, signers: list[object]) -> None:
    opened = read(envelope)
    assert opened.signer(signers) is not None  # type: ignore[arg-type]
    assert opened.statement()


def _process(tree: Path, home: Home, title: str, most: float) -> bool:
    env = {"GATE_HOME": str(home.state.parent), **COMPILED}

    def verify() -> None:
        command(GATE, "verify", "work", cwd=tree, env=env)

    def forget() -> None:
        for file in (home.state / "logs-seen").glob("[0-9a-f]*"):
            file.unlink()

    times = race(
        (
            Contender("python -c pass", lambda: command(sys.executable, "-c", "pass", cwd=tree)),
            Contender("gate verify", verify),
            Contender("gate verify, the log is seen for the first time", verify, forget),
        ),
        21,
    )
    show(title, times)
    pass_s, *others = (timing.median for timing in times.values())
    kept = [limit(title, seconds, most * pass_s) for seconds in others]
    return all(kept)


def _fill(tree: Path, home: Home, key: PrivateKey, envelope: bytes) -> None:
    """Lay many stamps into the log at once, each about a commit of its own; the last two as an append leaves them."""
    repository_ = find_repository(str(tree))
    chain = chain_of(read(envelope).statement())
    git, started = own_git(repository_.common_dir), perf_counter()
    with Objects(git) as objects:
        tip = objects.info(layout.REF)
        assert tip is not None
        draft, root = Draft(objects, 40), objects.tree_of(tip.oid)
        files: dict[tuple[bytes, ...], Entry] = {}
        for sequence in range(2, STAMPS - 1):
            envelope = _next(envelope, key, sequence, chain.id)
            files |= _files(draft, envelope, chain.id, sequence)
        root = draft.put(root, files)
        draft.commit(root, [], "so that it is written", 0)
        draft.write(git)
        earlier = objects.find(root, *layout.of_chain(chain.id))
        assert earlier is not None
        envelope = _next(envelope, key, STAMPS - 1, chain.id, earlier.oid)
        draft = Draft(objects, 40)
        made = draft.commit(draft.put(root, _files(draft, envelope, chain.id, STAMPS - 1)), [tip.oid], "many", 0)
        draft.write(git)
    assert move(git, [Move(layout.REF, made, tip.oid)], "many")[0] == 1
    last = CommitId(f"{STAMPS:040x}")
    place = Log(repository_, home).append(
        last, chain_id(key, home), lambda chain: _about(envelope, key, last, chain), signer=key.as_signer
    )
    assert place.sequence == STAMPS
    print(f"\n{STAMPS} stamps laid into the log in {perf_counter() - started:.0f} s")


def _next(before: bytes, key: PrivateKey, sequence: int, chain: str, earlier: str = "") -> bytes:
    place = Chain(id=chain, sequence=sequence, previous=digest_of(before), time="2026-01-01T00:00:00Z", earlier=earlier)
    return _about(before, key, f"{sequence:040x}", place)


def _about(template: bytes, key: PrivateKey, about: str, place: Chain) -> bytes:
    """The statement of `template` about another commit, at another place."""
    from gatekeeper.stamp.statement import chain_json  # noqa: PLC0415 - only the benchmark makes them up
    from gatekeeper.stamp.strict import dump  # noqa: PLC0415

    said = read(template).statement()
    said["subject"] = [{"name": "project/work", "digest": {"gitCommit": about}}]
    said["predicate"]["chain"] = chain_json(place, "0" * 16)  # type: ignore[index, call-overload]
    return sign(dump(said), IN_TOTO, key)


def _files(draft: Draft, envelope: bytes, chain: str, sequence: int) -> dict[tuple[bytes, ...], Entry]:
    about = f"{sequence:040x}"
    paths = [(*layout.of_chain(chain), *path) for path in layout.in_chain(about, sequence)]
    return dict.fromkeys(
        [layout.in_commit(about, 1, chain, sequence), *paths], Entry(FILE, draft.blob(envelope + b"\n"))
    )


def _writers(folder: Path, home: Home, envelope: bytes) -> bool:
    """Every writer is a process; they begin together. Afterwards the whole chain is walked."""
    tree = repository(folder / "shared", None, {"README.md": "# shared\n"})
    (folder / "envelope").write_bytes(envelope)
    counts = [WRITTEN // WRITERS + (number < WRITTEN % WRITERS) for number in range(WRITERS)]
    argv = (sys.executable, __file__, "write", str(tree), str(home.state.parent), str(folder / "envelope"))
    running = [
        subprocess.Popen([*argv, str(number), str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number, count in enumerate(counts)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()
    started = perf_counter()
    for one in running:
        assert one.stdin is not None
        one.stdin.close()
    statuses = [one.wait() for one in running]
    seconds = perf_counter() - started
    whole = statuses == [0] * WRITERS and _walk(tree)
    print(f"\n{WRITERS} writers, {WRITTEN} stamps: {seconds:.1f} s, {seconds / WRITTEN * 1000:.1f} ms each")
    print(f"{'within' if whole else 'OVER'}: none lost, chain intact: {whole}")
    return whole


def _walk(tree: Path) -> bool:
    names = command("git", "ls-tree", "-r", "--name-only", layout.BRANCH, "chains/", cwd=tree).stdout.split()
    argv = ["git", "-C", str(tree), "cat-file", "--batch=%(objectsize)"]
    asked = "".join(f"{layout.BRANCH}:{name}\n" for name in names if "/places/" in name)
    said = subprocess.run(argv, input=asked.encode(), capture_output=True, check=True).stdout
    lines = [line for line in said.split(b"\n") if line.startswith(b"{")]
    places = [chain_of(read(line).statement()) for line in lines]
    gapless = [place.sequence for place in places] == list(range(1, WRITTEN + 1))
    return gapless and [place.previous for place in places] == ["", *(digest_of(line) for line in lines[:-1])]


def _write(tree: str, gate_home: str, envelope: str, number: str, count: str) -> int:
    """One of the writers."""
    home = find_home({"GATE_HOME": gate_home})
    key, template = load_key(home, {}), Path(envelope).read_bytes()
    log = Log(find_repository(tree), home, patience_s=600)
    print("ready", flush=True)
    sys.stdin.read()
    for turn in range(int(count)):
        about = CommitId(f"{int(number) * 1000 + turn:040x}")
        log.append(about, chain_id(key, home), lambda place: _about(template, key, about, place), signer=key.as_signer)  # noqa: B023
    return 0


if __name__ == "__main__":
    BENCH_HOME.mkdir(parents=True, exist_ok=True)
    os.environ.pop("GATE_HOME", None)
    sys.exit(_write(*sys.argv[2:]) if sys.argv[1:2] == ["write"] else main())
