"""Metrics for monitoring. Labels come from small fixed sets; any other word counts as "other", so that no label is a
person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.logs.setup import unexpected
from bot.rules.delivery.health import (
    KINDS,
    OTHER,
    OUTCOMES,
    PLATFORMS,
    STATES,
    DeliveryFigures,
    clock_is_trusted,
)

TICKS = frozenset({"ok", "failed"})
SOURCES = frozenset({"police", "children", "interviews"})


class Metrics:
    """One registry of our own, without the library's metrics of the process.

    `verbs` are the names of the commands, `steps` the steps of the reminder ladders, `waiting` the age of the oldest
    file in each source's folder, `jobs` the names of the jobs, `parts` whether each part of this process works.
    """

    def __init__(
        self,
        figures: Callable[[], DeliveryFigures],
        verbs: Collection[str],
        steps: Collection[str],
        waiting: Callable[[], Mapping[str, float]] = dict,
        jobs: Collection[str] = (),
        parts: Callable[[], Mapping[str, bool]] = dict,
    ) -> None:
        self._verbs, self._jobs = frozenset(verbs), frozenset(jobs)
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(_Current(figures, frozenset(steps)))
        self.registry.register(_Folders(waiting))
        self.registry.register(_Parts(parts))
        self._ticks = self._counter("missing_ticks", "Ticks of this replica's engine.", "outcome")
        self._pings = self._counter("missing_heartbeats", "Pings of the outside heartbeat by this replica.", "outcome")
        self._commands = self._counter("missing_commands", "Commands answered by this replica.", "verb", "outcome")
        self._failures = self._counter("missing_job_failures", "Failures of a job in this replica's ticks.", "job")
        for job in jobs:
            self._failures.labels(job)  # 0 is shown too, so that the first failure is a rise
        self._acks = Histogram(
            "missing_ack_seconds", "How long a platform waited for an acknowledgement.", registry=self.registry
        )
        self._seconds = Histogram(
            "missing_command_seconds", "How long an answer took.", ["verb"], registry=self.registry
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def ticked(self, outcome: str) -> None:
        self._ticks.labels(_word(outcome, TICKS)).inc()

    def job_failed(self, job: str) -> None:
        self._failures.labels(_word(job, self._jobs)).inc()

    def pinged(self, outcome: str) -> None:
        self._pings.labels(_word(outcome, TICKS)).inc()

    def answered(self, verb: str, outcome: str, seconds: float) -> None:
        """Count a command: its name, and the status of the reply. Platforms call this after each command."""
        word = _word(verb, self._verbs)
        self._commands.labels(word, _word(outcome, OUTCOMES)).inc()
        self._seconds.labels(word).observe(seconds)

    def acknowledged(self, seconds: float) -> None:
        """Observe the time from an event's arrival to its acknowledgement. Platforms call this."""
        self._acks.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)


def _word(given: str, known: Collection[str]) -> str:
    return given if given in known else OTHER


class _Current(Collector):
    """Figures read at the moment of a request, or the one figure that they cannot be read."""

    def __init__(self, figures: Callable[[], DeliveryFigures], steps: frozenset[str]) -> None:
        self._figures, self._steps = figures, steps

    def collect(self) -> Iterator[Metric]:
        try:
            found = self._figures()
        except Exception as fault:
            unexpected(fault)
            yield _one("missing_database_up", "Whether figures could be read from the database.", 0)
            return
        yield _one("missing_database_up", "Whether figures could be read from the database.", 1)
        # Sent in the last day.
        words = [
            ((_word(s.kind, KINDS), _word(s.platform, PLATFORMS), _word(s.state, STATES)), count)
            for s, count in found.deliveries.items()
        ]
        yield _many("missing_deliveries_day", "Messages due in the last 24 hours.", "kind platform state", words)
        digests = [((platform, state), count) for (kind, platform, state), count in words if kind == "digest"]
        yield _many("missing_digest_sent_day", "Digests due in the last 24 hours.", "platform outcome", digests)
        late = [((_word(kind, KINDS),), worst) for kind, worst in found.lateness.items()]
        about = "The worst lateness of a message due in the last 24 hours."
        yield _many("missing_lateness_seconds", about, "kind", late, largest=True)
        steps = [((_word(step, self._steps),), both) for step, both in found.reminders.items()]
        for i, name in enumerate(("due", "sent")):
            about = f"Reminders {name} in the last 24 hours, by step."
            yield _many(f"missing_reminders_{name}_day", about, "step", [(w, both[i]) for w, both in steps])
        # Waiting now.
        about = "Messages of which nobody knows yet whether they arrived."
        yield _one("missing_delivery_unknown", about, found.unknown)
        yield _one("missing_delivery_held", "Messages that wait for somebody to decide.", found.held)
        yield _one("missing_delivery_overdue", "Messages due for five minutes or more and not sent.", found.overdue)
        about = "Escalations that nobody has acknowledged."
        yield _one("missing_escalations_open", about, found.escalations_open)
        about = "Calls past their time with nobody called since: one a rule, episode and agency."
        yield _one("missing_escalations_overdue", about, found.escalations_overdue)
        # Ages of the exports and of the last tick.
        data = [((_word(each.source, SOURCES),), each) for each in found.data]
        ages = [(word, each.age) for word, each in data if each.age is not None]
        yield _many(
            "missing_data_age_seconds", "Age of the newest export of each source.", "source", ages, largest=True
        )
        sure = [(word, float(each.state == "ok")) for word, each in data]
        about = "Whether the source may be relied on: fresh, and all of it was read."
        yield _many("missing_data_ok", about, "source", sure)
        unread = [(word, float(each.rejected + each.unread)) for word, each in data]
        yield _many("missing_data_rows_unread", "Rows of the newest export that were not read whole.", "source", unread)
        hidden = [(word, float(each.maybe_open)) for word, each in data]
        about = "Of these, rows that may be a child missing now or an interview due."
        yield _many("missing_data_rows_maybe_open", about, "source", hidden)
        yield _one("missing_replicas_ticking", "Replicas that ticked within 90 seconds.", found.replicas)
        if found.tick_age is not None:
            yield _one("missing_tick_age_seconds", "Since the last tick of any replica.", found.tick_age)
        if (last := found.last_tick) is not None:
            trusted = float(clock_is_trusted(last))
            yield _one("missing_clock_trusted", "Whether the clock was confirmed and right at the last tick.", trusted)
            off = (last.shown - last.at).total_seconds()
            yield _one("missing_clock_off_seconds", "How far the clock was ahead of the time gone by.", off)


class _Folders(Collector):
    """Files that arrived and were not taken yet, read from the folders at the moment of a request."""

    def __init__(self, waiting: Callable[[], Mapping[str, float]]) -> None:
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        ages = [((_word(source, SOURCES),), age) for source, age in self._waiting().items()]
        if ages:
            about = "Age of the oldest file in the folder of each source that is not taken yet."
            yield _many("missing_export_waiting_seconds", about, "source", ages, largest=True)


class _Parts(Collector):
    """The parts of this process as its supervisor sees them, whatever the database does."""

    def __init__(self, parts: Callable[[], Mapping[str, bool]]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        about = "Whether a part of this process works: 1, or 0 and /readyz says why."
        yield _many("missing_part_ok", about, "part", [((name,), float(ok)) for name, ok in self._parts().items()])


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _many(
    name: str, about: str, labels: str, values: Iterable[tuple[tuple[str, ...], float]], *, largest: bool = False
) -> Metric:
    """Return a metric; values of the same words are added up, or the largest of them is taken."""
    together: dict[tuple[str, ...], float] = {}
    for words, value in values:
        before = together.get(words, 0)
        together[words] = max(before, value) if largest else before + value
    family = GaugeMetricFamily(name, about, labels=labels.split())
    for words, value in sorted(together.items()):
        family.add_metric(words, value)
    return family
