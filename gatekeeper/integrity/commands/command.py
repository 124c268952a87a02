"""A command that judges, where it stands, and what takes its voice away."""

from enum import StrEnum
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.integrity.commands.tools import judging


class Soft(StrEnum):
    """Why a failure of a command would not be seen. The value completes "its failure is not seen: …"."""

    NO = ""
    FORGIVEN = "another command decides about the exit status"
    OPTION = "an option makes it succeed"
    ALLOWED = "its failure is allowed"
    NEVER = "it never runs"


BYPASS = "bypass"
"""The category of commands that pass hooks over; they judge nothing."""
_FORGIVING = frozenset({"--exit-zero", "--suppress-no-test-exit-code", "--passwithnotests", "--pass-with-no-tests",
    "--no-fail", "--exit-code=0",
                        "--no-error-on-unmatched-pattern-only", "--dangerouslyignoreunhandlederrors",
                        "--collect-only", "--co", "--nocheck"})  # fmt: skip


class Judge(Struct, frozen=True):
    """One command: `tool` and `category` as `tools.judging` has them, `where` names the job, target or script."""

    tool: str
    category: str
    arguments: tuple[str, ...]
    line: int
    soft: Soft = Soft.NO
    where: str = ""
    condition: str = ""
    """Of the job or step; "" when it always runs."""

    @property
    def shown(self) -> str:
        """The command line without its wrappers, for messages."""
        return " ".join((self.tool, *self.arguments))[:120]

    def softened(self, soft: Soft, where: str = "", condition: str = "") -> "Judge":
        """The same command in surroundings that take its voice away (or not)."""
        return replace(self, soft=self.soft or soft, where=where or self.where, condition=condition or self.condition)


def judge_of(argv: tuple[str, ...], line: int, soft: Soft) -> Judge | None:
    """The command as a judge, or None when it judges nothing."""
    if _bypasses(argv):
        return Judge("git", BYPASS, argv[1:], line, soft)
    found = judging(argv)
    if found is None:
        return None
    tool, category, arguments = found
    if soft is Soft.NO and _forgives(arguments):
        soft = Soft.OPTION
    return Judge(tool, category, arguments, line, soft)


def _bypasses(argv: tuple[str, ...]) -> bool:
    """`git commit --no-verify` and its like: hooks are passed over."""
    return argv[:1] == ("git",) and "--no-verify" in argv


def _forgives(arguments: tuple[str, ...]) -> bool:
    lowered = [word.lower() for word in arguments]
    joined = any(one == "--exit-code" and two == "0" for one, two in pairwise(lowered))
    return joined or bool(_FORGIVING & set(lowered))
