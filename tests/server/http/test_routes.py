"""/healthz answers whatever else does not; /readyz says why not; /metrics never holds an identifier."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from bot.rules.delivery.health import Check, DeliveryFigures, DeliveryGroup, SourceHealth
from bot.rules.time.trusted import LastTick
from bot.server.http.listener import HEALTH_BIND, AddressUnusable, Server, listen
from bot.server.http.metrics import Metrics
from bot.server.http.routes import watched
from tests.support.factories import NOW, hours

VERBS, STEPS = ("stats", "child"), ("offer", "24 h left")


@contextmanager
def served(
    ready: Callable[[], Sequence[Check]] = tuple, seconds: float = 5, data: Callable[[], Sequence[SourceHealth]] = tuple
) -> Iterator[Callable[..., httpx.Response]]:
    """Ask a server on this machine: served()("/readyz")."""
    server = Server(watched(ready, data, Metrics(DeliveryFigures, VERBS, STEPS), seconds), listen("127.0.0.1:0"))
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=20) as browser:
        yield lambda path, method="GET": browser.request(method, path)
    assert server.stop()


def test_ready_only_where_every_check_is_so() -> None:
    with served(lambda: [Check("database", True), Check("tick", True)]) as ask:
        assert ask("/healthz").text == "alive\n"
        assert ask("/readyz").status_code == 200
        assert ask("/readyz").json() == {"ready": True, "checks": {"database": "ok", "tick": "ok"}}
    with served(lambda: [Check("database", True), Check("tick", False, "no replica has ticked yet")]) as ask:
        assert ask("/readyz").status_code == 503
        assert ask("/readyz").json() == {
            "ready": False,
            "checks": {"database": "ok", "tick": "no replica has ticked yet"},
        }


def test_how_far_the_data_can_be_relied_on_is_asked_by_itself() -> None:
    """A late export must not take the bot away from those who ask; a monitor sees it all the same."""
    fresh = SourceHealth("children", "ok", 60.0, 9, 0, 0, 0, False, False)
    unsure = SourceHealth("police", "doubt", 60.0, 9, 1, 2, 3, False, True)
    with served(data=lambda: [fresh]) as ask:
        assert ask("/healthz/data").status_code == 200
    with served(data=lambda: [fresh, unsure]) as ask:
        answer = ask("/healthz/data")
        assert ask("/readyz").status_code == 200
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert answer.json()["sources"]["police"] == {
        "state": "doubt",
        "age": 60.0,
        "rows": 9,
        "rejected": 1,
        "unread": 2,
        "maybe_open": 3,
        "too_few_rows": False,
        "file_refused": True,
    }


def test_data_that_cannot_be_asked_for_are_not_ok(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Sequence[SourceHealth]:
        raise KeyError("OX-7QK4")

    with served(data=fail) as ask:
        assert (ask("/healthz/data").status_code, ask("/healthz/data").json()) == (503, {"ok": False, "sources": {}})
    assert "OX-7QK4" not in capsys.readouterr().err


def test_what_cannot_be_asked_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Sequence[Check]:
        raise KeyError("OX-7QK4")

    with served(fail) as ask:
        answer = ask("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "it cannot be asked"}
    assert "OX-7QK4" not in answer.text + "".join(capsys.readouterr())


def test_a_database_that_hangs_does_not_hang_the_server() -> None:
    """One thread waits for it, however many ask; and that the bot lives can still be seen."""
    go_on = threading.Event()
    asked: list[int] = []

    def hang() -> Sequence[Check]:
        asked.append(1)
        go_on.wait(30)
        return (Check("database", True),)

    with served(hang, seconds=0.2) as ask:
        for _ in range(3):
            answer = ask("/readyz")
            assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "it does not answer"})
        assert ask("/healthz").status_code == 200
        assert asked == [1]
        go_on.set()
        assert ask("/readyz").status_code == 200


def test_there_is_nothing_else_to_see() -> None:
    with served() as ask:
        assert [ask(path).status_code for path in ("/", "/docs", "/openapi.json", "/redoc")] == [404] * 4
        assert ask("/readyz", "POST").status_code == 405
        assert "server" not in ask("/healthz").headers
        assert ask("/metrics").headers["content-type"].startswith("text/plain")


def test_figures_as_monitoring_reads_them() -> None:
    figures = DeliveryFigures(
        deliveries={DeliveryGroup("digest", "slack", "sent"): 2, DeliveryGroup("reminder", "slack", "held"): 1},
        lateness={"digest": 540.0},
        reminders={"offer": (3, 2)},
        unknown=1,
        data=[SourceHealth("police", "doubt", 60.0, 9, 1, 2, 3, False, False)],
        tick_age=4.5,
        replicas=2,
        last_tick=LastTick(NOW, NOW - hours(1), NOW),
    )
    metrics = Metrics(lambda: figures, VERBS, STEPS)
    metrics.ticked("ok")
    metrics.answered("stats", "ok", 0.2)
    lines = metrics.text().decode().splitlines()
    for line in (
        'missing_deliveries_day{kind="reminder",platform="slack",state="held"} 1.0',
        'missing_digest_sent_day{outcome="sent",platform="slack"} 2.0',
        'missing_lateness_seconds{kind="digest"} 540.0',
        'missing_reminders_due_day{step="offer"} 3.0',
        'missing_reminders_sent_day{step="offer"} 2.0',
        "missing_delivery_unknown 1.0",
        'missing_data_age_seconds{source="police"} 60.0',
        'missing_data_ok{source="police"} 0.0',
        'missing_data_rows_unread{source="police"} 3.0',
        'missing_data_rows_maybe_open{source="police"} 3.0',
        "missing_tick_age_seconds 4.5",
        "missing_clock_trusted 0.0",
        "missing_clock_off_seconds -3600.0",
        "missing_replicas_ticking 2.0",
        'missing_ticks_total{outcome="ok"} 1.0',
        'missing_commands_total{outcome="ok",verb="stats"} 1.0',
    ):
        assert sorted(line.replace("{", ",").replace("}", ",").split(",")) in [
            sorted(each.replace("{", ",").replace("}", ",").split(",")) for each in lines
        ], line


CANARIES = ("OX-7QK4", "north-worker", "W-N01", "C0123ABC", "wilhelmina", "29:1abcdef", "2003-02-01", "ada@example.org")


def test_no_identifier_can_turn_up_in_figures() -> None:
    """Every text that can be handed in is one, and none comes out: a word that is not of the fixed sets is "other"."""
    for canary in CANARIES:
        figures = DeliveryFigures(
            deliveries={DeliveryGroup(canary, canary, canary): 1, DeliveryGroup("digest", canary, "sent"): 1},
            lateness={canary: 9.0},
            reminders={canary: (1, 1)},
            data=[SourceHealth(canary, "ok", 1.0, 1, 0, 0, 0, False, False)],
        )
        metrics = Metrics(lambda figures=figures: figures, VERBS, STEPS)  # type: ignore[misc]
        metrics.ticked(canary)
        metrics.pinged(canary)
        metrics.answered(canary, canary, 1)
        shown = metrics.text().decode()
        assert canary.casefold() not in shown.casefold()
        assert shown.count('"other"') >= 9


def test_figures_that_cannot_be_read_are_a_figure() -> None:
    def fail() -> DeliveryFigures:
        raise OSError("connection to 10.1.2.3 as OX-7QK4")

    metrics = Metrics(fail, VERBS, STEPS)
    metrics.ticked("failed")
    shown = metrics.text().decode()
    assert "missing_database_up 0.0" in shown
    assert 'missing_ticks_total{outcome="failed"} 1.0' in shown
    assert "missing_delivery_unknown" not in shown
    assert "10.1.2.3" not in shown


def test_a_place_that_is_taken_is_said_before_anything_starts() -> None:
    with listen("127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match=f"cannot listen at 127.0.0.1 port {port}"):
            listen(f"127.0.0.1:{port}")


@pytest.mark.parametrize("wrong", ["8080", "host:", ":8080", "127.0.0.1:99999", "127.0.0.1:http", ""])
def test_a_place_that_cannot_be_one(wrong: str) -> None:
    with pytest.raises(AddressUnusable, match="BOT_BIND must be a host and a port"):
        listen(wrong)
    with pytest.raises(AddressUnusable, match="BOT_HEALTH_BIND must be a host and a port"):
        listen(wrong, "BOT_HEALTH_BIND", HEALTH_BIND)
