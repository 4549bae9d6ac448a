"""What reaches the bot from Teams: signed for it by the Bot Framework, of an allowed tenant, and once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.chat.teams import webhook as room
from bot.chat.teams.webhook import Seen
from tests.support.teams import activities, signing
from tests.support.teams.scene import NORTH, Scene
from tests.support.teams.tenancy import CLIENT_ID, OTHER_TENANT, STRANGE_TENANT, TENANT, Call

ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    return scene


def asked(bot: Scene, text: str = "help") -> dict[str, Any]:
    return activities.message(bot.tenancy, bot.person("lead"), bot.there(None, "lead"), text)


def outgoing(bot: Scene) -> list[Call]:
    """Return the calls that went out, without those for the keys."""
    return [c for c in bot.tenancy.calls if c.name != "keys"]


def test_a_signed_activity_is_answered(bot: Scene) -> None:
    assert bot.send(asked(bot)) == (200, None)
    assert [c.name for c in outgoing(bot)].count("send") == 1


@pytest.mark.parametrize("audience", [f"api://{CLIENT_ID}", [CLIENT_ID]])
def test_other_ways_to_write_the_audience(bot: Scene, audience: Any) -> None:
    assert bot.send(asked(bot), aud=audience) == (200, None)


FORGED_TOKENS: Mapping[str, Mapping[str, Any]] = {
    "another audience": {"aud": "11111111-aaaa-4aaa-8aaa-000000000999"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://api.botframework.example.org"},
    "no issuer": {"iss": None},
    "an issuer that is no text": {"iss": 5},
    "the issuer of the emulator": {"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"},
    "a token of Entra's": {"iss": ENTRA, "tid": TENANT, "azp": "5a807f24-c9de-44ee-a3a7-329e88a00ffc"},
    "a token of Entra's, old form": {"iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT},
    "another key under the same name": {"key": "of somebody else"},
    "an unknown key": {"key": "of somebody else", "kid": "unknown"},
    "no name of a key": {"kid": ""},
    "expired": {"exp": int(time.time()) - 600},
    "without an end": {"exp": None, "iat": None, "nbf": int(time.time()) + 3600},
    "not valid yet": {"nbf": int(time.time()) + 3600},
    "issued tomorrow": {"iat": int(time.time()) + 86_400},
    "no signature": {"algorithm": "none"},
    "a signature of a shared secret": {"algorithm": "HS256"},
    "another service URL": {"serviceurl": "https://smba.trafficmanager.net/emea/"},
    "no service URL": {"serviceurl": None},
}


@pytest.mark.parametrize("changed", FORGED_TOKENS.values(), ids=FORGED_TOKENS)
def test_a_forged_token_is_refused(quiet: Scene, changed: Mapping[str, Any]) -> None:
    assert quiet.send(asked(quiet), **changed)[0] == 401
    assert outgoing(quiet) == []
    assert quiet.trail() == []


def _truncated(token: str) -> str:
    return token[:-10]


def _exchanged(token: str) -> str:
    """Return a token with another one's claims."""
    head, _, signature = token.split(".")
    return ".".join((head, signing.token("x", iss=signing.ISSUER).split(".")[1], signature))


FORGED_HEADERS: Mapping[str, Callable[[str], str]] = {
    "none": lambda token: "",
    "no token": lambda token: "Bearer ",
    "no kind": lambda token: token,
    "another kind": lambda token: f"Basic {token}",
    "a small letter": lambda token: f"bearer {token}",
    "two tokens": lambda token: f"Bearer {token} {token}",
    "truncated": lambda token: f"Bearer {_truncated(token)}",
    "the claims of another token": lambda token: f"Bearer {_exchanged(token)}",
    "no token at all": lambda token: "Bearer a.b.c",
    "claims that are a list": lambda token: "Bearer a.W10.c",
    "not ASCII": lambda token: f"Bearer \u00e9{token}",
    "two parts": lambda token: "Bearer " + ".".join(token.split(".")[:2]),
}


@pytest.mark.parametrize("header", FORGED_HEADERS.values(), ids=FORGED_HEADERS)
def test_a_forged_header_is_refused(quiet: Scene, header: Callable[[str], str]) -> None:
    body = json.dumps(asked(quiet)).encode()
    token = signing.token(quiet.tenancy.service_url)
    assert quiet.raw(body, {"authorization": header(token)})[0] == 401
    assert outgoing(quiet) == []


FOREIGN: Mapping[str, Mapping[str, Any]] = {
    "of another host": {"serviceUrl": "https://attacker.example.org/teams/"},
    "of another host that looks alike": {"serviceUrl": "https://smba.trafficmanager.net.example.org/"},
    "without encryption": {"serviceUrl": "http://smba.trafficmanager.net/uk/"},
    "to nowhere": {"serviceUrl": ""},
    "to a number": {"serviceUrl": 5},
    "of another tenant": {"channelData": {"tenant": {"id": STRANGE_TENANT}}},
    "of no tenant": {"channelData": {}, "conversation": {"id": "x", "conversationType": "personal"}},
    "of a tenant that is no text": {"channelData": {"tenant": {"id": [TENANT]}}, "conversation": {"id": "x"}},
    "of a sender of another tenant": {
        "from": {"id": "29:x", "aadObjectId": "x", "tenantId": STRANGE_TENANT},
    },
    "of another kind of chat": {"channelId": "webchat"},
    "without an id": {"id": None},
    "without a kind": {"type": None},
}


@pytest.mark.parametrize("changed", FOREIGN.values(), ids=FOREIGN)
def test_a_signed_activity_from_elsewhere_is_refused(quiet: Scene, changed: Mapping[str, Any]) -> None:
    """The token is good, and names the same service URL."""
    assert quiet.send({**asked(quiet), **changed})[0] == 401
    assert outgoing(quiet) == []


BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "truncated": b'{"type": "message", "id": "1',
    "not UTF-8": b'{"type": "\xff"}',
    "no JSON": b"type=message",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 20_000,
    "half a character": b'{"type": "message", "id": "1", "text": "\\ud800"}',
    "deep and whole": b'{"a":' * 60 + b"1" + b"}" * 60,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_activity_ends_before_the_sdk(quiet: Scene, body: bytes) -> None:
    headers = {"authorization": f"Bearer {signing.token(quiet.tenancy.service_url)}"}
    assert quiet.raw(body, headers) == (400, '{"error": "unreadable"}')
    assert quiet.raw(body, {})[0] == 401


@pytest.mark.parametrize("size", [300_000, 10_000_000])
def test_a_body_that_is_too_large_is_not_read(quiet: Scene, size: int) -> None:
    activity = asked(quiet) | {"text": "x" * size}
    assert quiet.send(activity)[0] == 413
    assert outgoing(quiet) == []


def test_the_same_activity_twice_is_answered_once(bot: Scene) -> None:
    activity = asked(bot)
    assert [bot.send(activity), bot.send(activity)] == [(200, None), (200, None)]
    assert len(bot.to("lead")) == 1


def test_an_activity_that_nobody_signed_does_not_keep_the_signed_one_out(bot: Scene) -> None:
    activity = asked(bot)
    assert bot.send(activity, key="of somebody else")[0] == 401
    assert bot.send(activity) == (200, None)
    assert len(bot.to("lead")) == 1


def test_a_copy_after_a_start_is_not_answered_either(bot: Scene) -> None:
    """The memory of a process is gone; the database knows the event."""
    activity = asked(bot)
    bot.send(activity)
    bot.teams._seen._seen.clear()
    assert bot.send(activity) == (200, None)
    assert len(bot.to("lead")) == 1


def test_the_police_of_another_tenant_are_answered(bot: Scene) -> None:
    assert bot.person("police").tenant == OTHER_TENANT
    assert bot.write("help", "police")


def test_a_handler_that_breaks_says_a_code_and_nothing_of_the_activity(
    bot: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any, **more: Any) -> None:
        raise RuntimeError("a Canary that nobody may see")

    monkeypatch.setattr(type(bot.teams.gateway), "ask", broken)
    said = json.dumps(bot.write("help", "lead").body)
    assert "Something went wrong (code " in said
    assert "Canary" not in said


def test_a_request_that_takes_too_long_is_given_up(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "REQUEST_SECONDS", 0.01)
    monkeypatch.setattr(type(bot.teams), "_invoke", _slow)
    there = bot.there(NORTH, "north-manager")
    activity = activities.base(bot.tenancy, bot.person("north-manager"), there, "invoke")
    assert bot.send(activity | {"name": "task/fetch", "value": {}})[0] == 503


async def _slow(self: Any, activity: Any) -> None:
    await asyncio.sleep(0.3)


def test_what_was_seen_is_forgotten_after_a_while() -> None:
    now = [0.0]
    seen = Seen(10, lambda: now[0])
    assert [seen.before("a"), seen.before("a"), seen.before("b")] == [False, True, False]
    now[0] = 11
    assert [seen.before("a"), len(seen._seen)] == [False, 1]
