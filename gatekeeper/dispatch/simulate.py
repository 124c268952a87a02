"""The broker's admission on a virtual clock: many nodes, one queue, the same functions as the real broker. Pure."""

import heapq
import itertools
from collections.abc import Callable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.dispatch.admission import Decision, admit, obstacle_of, ranked
from gatekeeper.dispatch.fleet import Task
from gatekeeper.dispatch.job import Job, LeaseId, Machine, Phase, State, Totals
from gatekeeper.dispatch.overrun import KILLS, Action, Order, larger_estimate, relieve

WINDOW = 32
"""So many of the queue are shown to a node: those behind them would not start there anyway."""
Policy = Callable[[State], Decision]


class Span(Struct, frozen=True):
    """One stretch of one task on one node. `end` is None for as long as it runs; not `done`: it was stopped."""

    task: Task
    node: int
    start: float
    end: float
    done: bool


class Outcome(Struct, frozen=True):
    """What came of a fleet. Seconds and bytes; `peak` is the most that one node held."""

    makespan: float
    waits: tuple[float, ...]
    peak: int
    spans: tuple[Span, ...]
    kills: int
    suspensions: int
    refused: tuple[Task, ...]
    """Tasks that fit no node."""


def fifo(state: State) -> Decision:
    """Nobody passes anybody."""
    totals, grants = Totals.of(state.running), list[LeaseId]()
    for job in ranked(state):
        if obstacle_of(job, totals, state.machine) is not None:
            break
        grants.append(job.id)
        totals = totals.plus(job)
    return Decision(tuple(grants))


def at_most(count: int) -> Policy:
    """So many at once, whatever they hold: `make -j`."""

    def decide(state: State) -> Decision:
        free = max(0, count - len(state.running))
        return Decision(tuple(job.id for job in ranked(state)[:free]))

    return decide


class _Running(Struct):
    job: Job
    task: Task
    since: float
    """When it was started or went on."""
    left: float
    """Seconds of work left at that time."""
    version: int


class _Node(Struct):
    number: int
    running: dict[int, _Running] = field(default_factory=dict)


class Simulation:
    """One fleet on a number of equal nodes."""

    def __init__(
        self, tasks: Sequence[Task], *, nodes: int, machine: Machine, policy: Policy = admit, relief: bool = True
    ) -> None:
        self._machine, self._policy, self._relief = machine, policy, relief
        self._nodes = [_Node(number) for number in range(nodes)]
        self._refused = tuple(task for task in tasks if task.estimate > machine.budget)
        accepted = [task for task in tasks if task.estimate <= machine.budget]
        self._tasks = dict(enumerate(sorted(accepted, key=lambda task: (task.arrival, -task.priority)), 1))
        self._queue: list[Job] = []
        self._events: list[tuple[float, int, int, int, int]] = []
        self._count = itertools.count()
        self._spans: list[Span] = []
        self._waits: dict[int, float] = {}
        self._stopped: dict[int, int] = {}
        self._peak = self._suspensions = 0

    def run(self) -> Outcome:
        """To the end of the last task."""
        for number, task in self._tasks.items():
            self._push(task.arrival, -1, number, 0)
        now = 0.0
        while self._events:
            now = self._events[0][0]
            self._at(now)
        return Outcome(
            now, tuple(self._waits.values()), self._peak, tuple(self._spans), sum(self._stopped.values()),
            self._suspensions, self._refused,
        )  # fmt: skip

    def _push(self, at: float, node: int, number: int, version: int) -> None:
        heapq.heappush(self._events, (at, next(self._count), node, number, version))

    def _at(self, now: float) -> None:
        """Everything that happens at one time, then one decision per node that it concerns."""
        concerned: dict[int, None] = {}
        while self._events and self._events[0][0] <= now:
            _, _, node, number, version = heapq.heappop(self._events)
            if node < 0:
                task = self._tasks[number]
                self._enqueue(Job(
                    LeaseId(number), now, task.estimate, cores=task.cores, priority=task.priority, share=task.branch,
                    expected_s=task.duration,
                ))  # fmt: skip
                concerned.update(dict.fromkeys(self._with_room()))
            elif self._ends(self._nodes[node], number, version, now):
                concerned[node] = None
        for node in concerned:
            self._decide(self._nodes[node], now)

    def _enqueue(self, job: Job) -> None:
        self._queue.append(job)

    def _with_room(self) -> list[int]:
        """The emptiest nodes: a task that comes looks there."""
        if len(self._queue) >= len(self._nodes):
            return [node.number for node in self._nodes]
        return [node.number for node in sorted(self._nodes, key=lambda node: len(node.running))[:8]]

    def _ends(self, node: _Node, number: int, version: int, now: float) -> bool:
        running = node.running.get(number)
        if running is None or running.version != version:
            return False  # it was stopped or made to stand still meanwhile
        self._leave(node, running, now, done=True)
        return True

    def _leave(self, node: _Node, running: _Running, now: float, *, done: bool) -> None:
        del node.running[running.job.id]
        self._spans.append(Span(running.task, node.number, running.job.granted or 0.0, now, done))

    def _decide(self, node: _Node, now: float) -> None:
        while True:
            self._relieve(node, now)
            window = self._queue[:WINDOW]
            if not window:
                return
            running = tuple(one.job for one in node.running.values())
            grants = self._policy(State(self._machine, now, running, tuple(window))).grants
            for number in grants:
                self._start(node, next(job for job in window if job.id == number), now)
            if not grants:
                return
            gone = set(grants)
            self._queue = [job for job in window if job.id not in gone] + self._queue[WINDOW:]

    def _start(self, node: _Node, job: Job, now: float) -> None:
        task = self._tasks[job.id]
        self._waits.setdefault(job.id, now - task.arrival)
        granted = replace(job, phase=Phase.RUNNING, granted=now, reserved=job.estimate, used=task.peak)
        version = next(self._count)
        node.running[job.id] = _Running(granted, task, now, task.duration, version)
        self._push(now + task.duration, node.number, job.id, version)

    def _relieve(self, node: _Node, now: float) -> None:
        """What the holders of the real broker are told, carried out at once."""
        while self._relief:
            orders = relieve(State(self._machine, now, tuple(one.job for one in node.running.values())))
            if not orders or not all(self._carried_out(node, order, now) for order in orders):
                break
        self._peak = max(self._peak, sum(one.job.used for one in node.running.values()))

    def _carried_out(self, node: _Node, order: Order, now: float) -> bool:
        """False for a job that has been stopped as often as it may be."""
        running = node.running[order.job]
        if order.action is Action.RESUME:
            self._go_on(node, running, now)
        elif order.action is Action.SUSPEND:
            self._suspensions += 1
            left = running.left - (now - running.since)
            still = replace(running.job, phase=Phase.SUSPENDED)
            node.running[order.job] = _Running(still, running.task, now, left, next(self._count))
        elif self._stopped.get(order.job, 0) < KILLS:
            self._stop(node, running, now)
        else:
            return False
        return True

    def _go_on(self, node: _Node, running: _Running, now: float) -> None:
        version = next(self._count)
        job = replace(running.job, phase=Phase.RUNNING)
        node.running[job.id] = _Running(job, running.task, now, running.left, version)
        self._push(now + running.left, node.number, job.id, version)

    def _stop(self, node: _Node, running: _Running, now: float) -> None:
        job = running.job
        self._leave(node, running, now, done=False)
        self._stopped[job.id] = self._stopped.get(job.id, 0) + 1
        estimate = min(self._machine.budget, larger_estimate(job.estimate, job.used))
        self._queue.append(replace(job, phase=Phase.WAITING, granted=None, used=0, reserved=0, estimate=estimate))
