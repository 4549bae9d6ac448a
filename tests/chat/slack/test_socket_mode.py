"""Slack through a socket: nothing is lost when it breaks, and another process on the same token is noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chat.slack.socket_mode import Socket
from tests.support.factories import episode
from tests.support.slack import events, payloads, sockets
from tests.support.slack.scene import NORTH, Scene, living, words, workspace
from tests.support.slack.sockets import Sockets

MISSING = episode(1, area="north")
REF = MISSING.child_ref


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it became so in time."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        if true():
            return True
        time.sleep(0.02)
    return true()


@pytest.fixture
def slack(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Scene, Sockets]]:
    """A bot that opened its socket; pings are quick, so that a broken one is noticed soon."""
    monkeypatch.setattr("bot.chat.slack.socket_mode.PING_SECONDS", 0.2)
    made = workspace()
    with living(tmp_path, sqlite_url, made) as scene, sockets.serving(made) as there:
        scene.put(MISSING)
        scene.slack.start()
        there.wait_for(1)
        yield scene, there


def socket_of(scene: Scene) -> Socket:
    assert scene.slack.socket
    return scene.slack.socket


def asked(scene: Scene, text: str = "help") -> payloads.Request:
    return payloads.slash(scene.workspace, scene.person("north-manager"), scene.channel(NORTH, ""), text)


def answered(scene: Scene, count: int) -> bool:
    return until(lambda: len(scene.workspace.ephemeral) == count)


def test_a_command_is_acknowledged_and_answered(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    assert there.ask(asked(scene, f"child {REF}")) == {}
    assert answered(scene, 1)
    assert REF in words(scene.workspace.ephemeral[0])
    assert until(lambda: socket_of(scene).is_connected)


def test_what_slack_hands_in_again_is_answered_once(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    request = asked(scene)
    for retry in range(3):
        there.ack(there.send(request, f"envelope-again-{retry}", retry))
    assert answered(scene, 1)
    time.sleep(0.2)
    assert len(scene.workspace.ephemeral) == 1


def test_a_form_that_waits_holds_up_no_command(slack: tuple[Scene, Sockets], monkeypatch: pytest.MonkeyPatch) -> None:
    scene, there = slack

    def slowly(*_: object) -> dict[str, object]:
        time.sleep(1.5)
        return {}

    monkeypatch.setattr("bot.chat.slack.on_submit.submit", slowly)
    there.ask(events.app_home_opened(scene.workspace, scene.person("north-manager")))
    view = {"id": "V1", "type": "modal", "callback_id": "filled", "private_metadata": "x", "blocks": [], "hash": "h"}
    slow = payloads.submit(scene.workspace, scene.person("north-manager"), view | {"for_user": "x"})
    began = time.monotonic()
    waiting = there.send(slow)
    there.ask(asked(scene))
    assert time.monotonic() - began < 1.2
    there.ack(waiting)


@pytest.mark.parametrize("how", ["drop", "close", "disconnect"])
def test_a_connection_that_ends_is_opened_again(slack: tuple[Scene, Sockets], how: str) -> None:
    scene, there = slack
    getattr(there, how)()
    there.wait_until_met(2)
    there.wait_for(1)
    assert until(lambda: socket_of(scene).is_connected)
    there.ask(asked(scene))
    assert answered(scene, 1)


def test_a_connection_that_is_dead_is_noticed_and_opened_again(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    assert until(lambda: socket_of(scene).is_connected)
    there.silent = True
    there.wait_until_met(2, patience=15)
    there.silent = False
    assert until(lambda: socket_of(scene).is_connected)


def test_another_process_on_the_same_token_is_noticed_when_it_is_told_twice(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    socket_of(scene).recount_seconds = 0.0
    there.num_connections = 2
    there.disconnect()
    there.wait_until_met(2)
    assert until(lambda: socket_of(scene).connections == 2)
    assert there.met >= 3


def test_an_old_connection_that_is_still_counted_after_a_restart_is_none(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    there.num_connections = 2
    there.disconnect()
    there.wait_until_met(2)
    assert until(lambda: socket_of(scene)._suspected_at is not None)
    there.num_connections = 1
    socket_of(scene).recount_seconds = 0.0
    there.wait_until_met(3)
    assert until(lambda: socket_of(scene)._suspected_at is None)
    assert socket_of(scene).connections == 1


def test_a_loop_that_ended_begins_anew(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    loop = socket_of(scene).loop
    assert loop
    assert until(lambda: socket_of(scene).is_connected)
    loop.call_soon_threadsafe(loop.stop)
    there.wait_until_met(2)
    there.ask(asked(scene))
    assert answered(scene, 1)


def test_a_loop_that_is_stuck_is_replaced_and_ends_once_it_is_free(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    loop, free = socket_of(scene).loop, threading.Event()
    stuck = socket_of(scene)._thread
    assert loop
    assert stuck
    loop.call_soon_threadsafe(free.wait, 20)
    scene.slack.open_anew()
    there.wait_until_met(2)
    assert until(lambda: socket_of(scene).is_connected)
    assert socket_of(scene).loop is not loop
    free.set()
    stuck.join(10)
    assert not stuck.is_alive()
    there.wait_for(1)
    there.ask(asked(scene))
    assert answered(scene, 1)


def test_a_client_that_does_not_connect_is_replaced(
    slack: tuple[Scene, Sockets], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop lives, and it connects no more."""
    from slack_sdk.socket_mode.aiohttp import SocketModeClient

    scene, there = slack
    monkeypatch.setattr("bot.chat.slack.socket_mode.NOT_CONNECTED_SECONDS", 1.5)
    assert until(lambda: socket_of(scene).is_connected)
    connect = SocketModeClient.connect

    async def never(self: object) -> None:
        """Connect to nothing."""

    monkeypatch.setattr(SocketModeClient, "connect", never)
    monkeypatch.setattr(SocketModeClient, "connect_to_new_endpoint", never)
    there.drop()
    assert until(lambda: not socket_of(scene).is_connected)
    monkeypatch.setattr(SocketModeClient, "connect", connect)
    assert until(lambda: socket_of(scene).is_connected)


def test_it_ends_in_time_and_takes_nothing_more(slack: tuple[Scene, Sockets]) -> None:
    scene, there = slack
    assert scene.slack.stop()
    assert not socket_of(scene).is_connected
    assert until(lambda: there.connections == [])
