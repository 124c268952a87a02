"""A pytest plugin of the gate (PYTEST_DONT_REWRITE): says over a pipe what happened, before any hook can change it.

One JSON object per line: `{"c": [ids]}` collected, `{"t": id, "p": phase, "x": exception, …}` one phase of one test,
`{"n": [modules]}` those without byte code, `{"e": exit status}` at the end. What was said cannot be taken back. It
shares its process with the code of the branch, so it is never sufficient alone: the gate holds it against the report,
and against base's tests.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from types import CodeType, TracebackType
from typing import Any, Dict, Generator, Iterator, List

import pytest
from _pytest import runner
from _pytest.outcomes import Skipped, XFailed

Words = Dict[str, Any]

_TOOL = 4
"""Identifier for `sys.monitoring`; 0 to 2 and 5 belong to debuggers, coverage, profilers and optimisers."""
_NAME, _MISSED = "_gate_observed", "_gate_missed"
_MOST_IDS = 200
_RUNNER = {
    "_pytest.python": ("pytest_pyfunc_call", "Function.runtest", "Function.setup"),
    "_pytest.runner": ("call_and_report", "runtestprotocol", "pytest_runtest_call", "pytest_runtest_makereport"),
    "_pytest.reports": ("TestReport.__init__", "TestReport.from_item_and_call"),
    "_pytest.unittest": ("TestCaseFunction.runtest", "TestCaseFunction.addError", "TestCaseFunction.addFailure"),
    "_pytest.assertion.rewrite": (
        "AssertionRewritingHook.find_spec",
        "AssertionRewritingHook.exec_module",
        "_rewrite_test",
    ),
    "_frozen_importlib_external": ("FileLoader.get_data", "SourceLoader.get_code", "SourceLoader.source_to_code"),
    "builtins": ("compile", "exec"),
    "_pytest.junitxml": ("LogXML.finalize", "LogXML.pytest_sessionfinish", "LogXML.pytest_runtest_logreport"),
    "unittest.case": ("TestCase.run", "TestCase.fail", "TestCase.assertEqual", "TestCase.assertTrue"),
}
"""Parts of the runner, and of what loads tests, that decide what becomes of them."""
_state: Words = {
    "channel": -1, "pid": 0, "natural": [], "settings": {}, "codes": {}, "body": {}, "replaced": set(),
    "loaders": set(),
}  # fmt: skip
_write, _dumps, _getpid, _real = os.write, json.dumps, os.getpid, os.path.realpath
_monitoring: Any = getattr(sys, "monitoring", None)


def begin(channel: int, settings: Words, natural: List[str]) -> None:
    """`channel` is a descriptor, or -1 in a worker, whose words go with its reports. `natural` is the final path."""
    _state.update(channel=channel, pid=_getpid(), settings=settings, natural=natural)
    _watch_calls()
    _watch_unittest()
    _watch_bodies()
    _state["parts"] = {name: (found, code) for name, found, code in _parts()}


def refuse(names: List[str]) -> None:
    """Plugins of the branch that were not loaded."""
    _say({"r": names})


def end(code: int) -> None:
    """The last word: without it the process was ended before its time."""
    if _getpid() == _state["pid"]:
        _look_at_runner()
        if _state["replaced"]:
            _say({"m": sorted(_state["replaced"])})
        missed = _missed()
        for start in range(0, len(missed), _MOST_IDS):
            _say({"n": missed[start : start + _MOST_IDS]})
        _say({"e": code})


def _missed() -> List[List[str]]:
    """Modules for which there was no byte code."""
    bytecode: Any = sys.modules.get("gate_bytecode")
    rows: List[List[str]] = bytecode.missed() if bytecode is not None else []
    return rows


def _say(words: Words) -> None:
    if _state["channel"] < 0:
        return
    data = _dumps(words).encode("ascii") + b"\n"
    while data:
        try:
            data = data[_write(_state["channel"], data) :]
        except OSError:
            return


def _watch_calls() -> None:
    """The exception of a phase, taken where it is caught: hooks see it later."""
    original: Any = vars(runner.CallInfo)["from_call"].__func__

    def from_call(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(cls, *args, **kwargs)
        if made.excinfo is not None:
            made.__dict__["_gate_raw"] = _told(made.excinfo.type, made.excinfo.value, made.excinfo.tb)
        return made

    setattr(runner.CallInfo, "from_call", classmethod(from_call))


def _watch_unittest() -> None:
    """unittest catches exceptions itself and hands them to pytest here."""
    cases: Any = sys.modules.get("_pytest.unittest")
    original = getattr(getattr(cases, "TestCaseFunction", None), "_addexcinfo", None)
    if original is None:
        return

    def _addexcinfo(self: Any, rawexcinfo: Any) -> Any:
        kind, value, trace = getattr(rawexcinfo, "_excinfo", rawexcinfo)
        self.__dict__.setdefault("_gate_raw", _told(kind, value, trace))
        return original(self, rawexcinfo)

    cases.TestCaseFunction._addexcinfo = _addexcinfo


def _parts() -> Iterator[Any]:
    """(name, what stands for it now, its code) for every part of the runner that is there."""
    for module, names in _RUNNER.items():
        for name in names:
            holder: Any = sys.modules.get(module)
            owner, dot, last = name.rpartition(".")
            holder = getattr(holder, owner, None) if dot else holder
            found = vars(holder).get(last) if holder is not None else None
            if found is not None:
                yield "%s.%s" % (module, name), found, getattr(_unwrapped(found), "__code__", None)


def _look_at_runner() -> None:
    """Was a part of the runner replaced by something of the tree? Plugins of the environment may do so."""
    before = _state["parts"]
    for name, found, code in _parts():
        if before.get(name, (found, code)) != (found, code) and _of_tree(code.co_filename if code else ""):
            _state["replaced"].add(name)


def _of_tree(file: str) -> bool:
    """Is this a file of the tree, or none at all? What is installed beside it is the environment's."""
    place = _real(file) if os.path.isabs(file) else ""
    inside = place.startswith(_real(_state["settings"]["root"]) + "/") and "/site-packages/" not in place
    return inside or not place


def _look_at_loader(item: Any) -> None:
    """Tests are loaded by pytest or by Python. A loader of the tree could give them another source."""
    module = getattr(item, "module", None)
    kind = type(getattr(getattr(module, "__spec__", None), "loader", None))
    if kind in _state["loaders"] or kind is type(None):
        return
    _state["loaders"].add(kind)
    home = sys.modules.get(kind.__module__)
    if home is None or _of_tree(getattr(home, "__file__", None) or os.sep):
        _state["replaced"].add("the loader of %s" % getattr(module, "__name__", "tests"))


def _watch_bodies() -> None:
    """Python 3.12: did the code of a test begin, and did it come to its end?"""
    if _monitoring is None or _monitoring.get_tool(_TOOL) is not None:
        return
    events, bodies = _monitoring.events, _state["body"]
    _monitoring.use_tool_id(_TOOL, "gate")

    def began(code: CodeType, _offset: int) -> None:
        bodies[code] = 1

    def returned(code: CodeType, _offset: int, _value: object) -> None:
        bodies[code] = 2

    _monitoring.register_callback(_TOOL, events.PY_START, began)
    _monitoring.register_callback(_TOOL, events.PY_RETURN, returned)


def _follow(code: CodeType, following: bool) -> None:
    events = _monitoring.events
    _monitoring.set_local_events(_TOOL, code, events.PY_START | events.PY_RETURN if following else 0)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """The plugins are there: from here on the path is that of `python -m pytest`."""
    natural = _state["natural"]
    known = set(natural)
    sys.path[:] = [
        *(entry for entry in sys.path if entry not in known and entry != _state["settings"]["own"]),
        *natural,
    ]
    frozen: Any = getattr(sys.modules.get("xdist.plugin"), "_sys_path", None)
    if isinstance(frozen, list):
        frozen[:] = natural


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: List[Any]) -> None:
    """Workers are started like this process."""
    settings = _state["settings"]
    start = [sys.executable, *settings["flags"], settings["boot"], "--worker", _dumps(settings)]
    for spec in specs:
        if getattr(spec, "popen", False) and not spec.python:
            spec.python = " ".join(shlex.quote(word) for word in start)


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: Any) -> None:
    """The code that was written, whatever is put in its place later."""
    code = getattr(_unwrapped(getattr(item, "function", None)), "__code__", None)
    if code is not None:
        _state["codes"][item.nodeid] = code
    _look_at_loader(item)


def _unwrapped(function: Any) -> Any:
    return getattr(function, "__func__", function)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    yield
    ids = list(_state["codes"])
    for start in range(0, len(ids), _MOST_IDS):
        _say({"c": ids[start : start + _MOST_IDS]})


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_setup(item: Any) -> Iterator[None]:
    _state["body"].clear()
    item.__dict__.pop("_gate_raw", None)
    code = _state["codes"].get(item.nodeid)
    if code is not None and _monitoring is not None:
        _follow(code, True)
    yield


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Generator[None, Any, None]:
    words = _phase(item, call)
    if call.when == "teardown":
        _look_at_runner()  # what a test itself patched for a while has been put back
    outcome = yield
    if words is None:
        return
    if _state["channel"] < 0 and outcome.excinfo is None:
        setattr(outcome.get_result(), _NAME, _dumps(words))
    _say(words)


def _phase(item: Any, call: Any) -> Words | None:
    """What is to be said about a phase: of set-up and tear-down only when they fail."""
    raw = getattr(call, "_gate_raw", None) or item.__dict__.pop("_gate_raw", None)
    if raw is None and call.excinfo is not None:
        raw = _told(call.excinfo.type, call.excinfo.value, call.excinfo.tb)
    if call.when == "teardown":
        _leave(item)
    if call.when != "call" and raw is None:
        return None
    words = {"t": item.nodeid, "f": item.location[0], "p": call.when}
    words.update(raw or {})
    if call.when == "call":
        words.update(_of_body(item))
    return words


def _leave(item: Any) -> None:
    code = _state["codes"].get(item.nodeid) if _monitoring is not None else None
    if code is not None:
        _follow(code, False)


def _of_body(item: Any) -> Words:
    """What became of the code of the test itself."""
    words: Words = {}
    code = _state["codes"].get(item.nodeid) if _monitoring is not None else None
    if code is not None:
        words["b"] = _state["body"].get(code, 0)
    if _is_swapped(item):
        words["z"] = 1
    return words


def _is_swapped(item: Any) -> bool:
    """Has the function another code of the tree than when it was collected?"""
    then, now = _state["codes"].get(item.nodeid), getattr(_unwrapped(getattr(item, "function", None)), "__code__", None)
    return then is not None and now is not None and now is not then and _of_tree(now.co_filename)


def _told(kind: Any, value: Any, trace: TracebackType | None) -> Words:
    """An exception in words: `x` its name, `k` skip or error, `w` the file that skipped or expected a failure."""
    name = "%s.%s" % (getattr(kind, "__module__", ""), getattr(kind, "__qualname__", kind))
    if _is_skip(value):
        return {"x": name, "k": "skip", "w": _place(trace)}
    return {"x": name, "k": "error"}


def _is_skip(value: object) -> bool:
    unittest: Any = sys.modules.get("unittest")
    return isinstance(value, (Skipped, XFailed)) or (unittest is not None and isinstance(value, unittest.SkipTest))


def _place(trace: TracebackType | None) -> str:
    """The innermost file of the tree on the way to an exception, relative to its root."""
    root, found = _real(_state["settings"]["root"]) + "/", ""
    while trace is not None:
        name = _real(trace.tb_frame.f_code.co_filename)
        if name.startswith(root) and "/site-packages/" not in name:
            found = name[len(root) :]
        trace = trace.tb_next
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: Any) -> None:
    """In the controller of pytest-xdist: what its workers saw."""
    if not hasattr(report, "node"):
        return
    words = getattr(report, _NAME, None)
    if words is not None:
        _say(json.loads(words))
    elif report.when == "call":
        _say({"t": report.nodeid, "f": report.location[0], "p": "call", "u": 1})


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: Any) -> None:
    """A worker of pytest-xdist gives its last word to the controller."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        _look_at_runner()
        output[_NAME] = sorted(_state["replaced"])
        output[_MISSED] = _missed()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    _state["replaced"].update(output.get(_NAME, ()))
    bytecode: Any = sys.modules.get("gate_bytecode")
    if bytecode is not None:
        bytecode.add_missed(output.get(_MISSED, []))
