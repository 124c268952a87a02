"""What a GitHub job leaves: the log, annotations, the step summary, outputs and report files."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import GateError, NothingToJudge, UsageError
from gatekeeper.model.result import Report
from gatekeeper.process.redact import Redactor, secrets_of
from gatekeeper.report import github, text
from gatekeeper.report.escape import terminal
from gatekeeper.report.renderers import RENDERERS


class JobLog:
    """Of one job, whose variables are `env`. Nothing that is written holds the value of a secret variable."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self._env = env
        self._folder = folder
        self._hidden = Redactor(secrets_of(env))

    def verdict(self, report: Report, form: str) -> None:
        """`form`: what is printed, a name of RENDERERS. Raises UsageError for a folder that cannot be written."""
        files = {"report-json": self._folder / "report.json", "sarif-file": self._folder / "report.sarif"}
        for name, kind in (("report-json", "json"), ("sarif-file", "sarif")):
            _write(files[name], self._hidden.text(RENDERERS[kind](report)))
        said = text.render(report, verbose=0, color=False) if form == "text" else RENDERERS[form](report)
        emit(github.shielded(self._hidden.text(said), secrets.token_hex(16)))
        emit(self._hidden.text(github.annotations(report)))
        self._summary(github.step_summary(report))
        values = github.outputs(report, {name: str(path.resolve()) for name, path in files.items()})
        self._outputs({**values, "stamp": _stamp(report, self._folder)})

    def nothing(self, error: NothingToJudge) -> None:
        """There was nothing to judge, which is no failure."""
        emit(f"gate: nothing to judge: {terminal(error.what)}\n")
        self._summary(github.summary_without_verdict("⬜ nothing to judge", error.what, error.hint))
        self._outputs({"verdict": "nothing"})

    def no_verdict(self, error: GateError) -> None:
        """Why none could be had, where people look: the caller prints it to the log, and fails the job."""
        if not self._env.get("GITHUB_EVENT_NAME"):
            return  # somebody tried it by hand, and reads standard error
        blocked = exits.status_of(error) in {exits.BLOCKED, exits.WAITED}
        emit(self._hidden.text(github.error(error.what, error.hint)))
        word = "🟧 blocked" if blocked else "❌ no verdict"
        self._summary(github.summary_without_verdict(word, error.what, error.hint))
        self._outputs({"verdict": "blocked" if blocked else "error"})

    def tolerated(self, verdict: str, fail_on: str) -> None:
        """The job passes all the same, which must not go unseen."""
        emit(github.warning(f"the verdict is {verdict}; this job passes because of fail-on: {fail_on}"))

    def _summary(self, content: str) -> None:
        _append(self._env.get("GITHUB_STEP_SUMMARY"), self._hidden.text(content))

    def _outputs(self, values: Mapping[str, str]) -> None:
        _append(self._env.get("GITHUB_OUTPUT"), github.output_lines(values, secrets.token_hex(16)))


def _stamp(report: Report, folder: Path) -> str:
    """Path of the envelope that this run left in the log; "" without one."""
    if not report.policy.stamp.enabled or report.subject.whole:
        return ""
    from gatekeeper.stamp.log import Log  # lazy: not every policy stamps

    lines = Log(report.subject.repository).lines(report.subject.head)
    if not lines:
        return ""
    _write(folder / "stamp.json", lines[-1].decode("utf-8", "surrogateescape") + "\n")
    return str((folder / "stamp.json").resolve())


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name another folder: --output-dir") from error


def _append(name: str | None, content: str) -> None:
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}", "it is GitHub's file for this step") from error
