"""Slack over HTTP: what nobody of Slack's signed, or signed before, is refused before anything of it is read."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import pytest

from bot.chat.slack.webhook import REMEMBERED_SECONDS, Webhook
from tests.support.slack import payloads
from tests.support.slack.payloads import Request
from tests.support.slack.scene import NORTH, Scene
from tests.support.slack.signing import DISHONEST, SECRET, signed

#: Faults that only the body tells.
BY_THE_BODY = {"altered", "forged", "of another body", "of another time"}


def asked(scene: Scene) -> Request:
    return payloads.slash(scene.workspace, scene.person("lead"), scene.channel(NORTH, "lead"), "help")


@pytest.mark.parametrize("how", sorted(DISHONEST))
def test_what_is_not_honestly_signed_is_refused(scene: Scene, how: str) -> None:
    request = asked(scene)
    headers = DISHONEST[how](request.body, time.time(), request.content_type)
    assert scene.send(request, headers) == (401, '{"error": "invalid request"}')
    assert scene.workspace.calls_of("response_url") == []
    assert scene.trail() == []


def test_a_copy_of_a_signed_request_is_refused(scene: Scene) -> None:
    request, now = asked(scene), time.time()
    headers = request.headers(now)
    assert scene.send(request, headers)[0] == 200
    assert scene.send(request, headers)[0] == 401
    assert len(scene.workspace.ephemeral) == 1


def test_a_signature_is_remembered_for_twice_as_long_as_it_is_worth_something(scene: Scene) -> None:
    now = [0.0]
    scene.webhook.clock = lambda: now[0]
    assert not scene.webhook._is_repeated("v0=a")
    now[0] = REMEMBERED_SECONDS - 1
    assert scene.webhook._is_repeated("v0=a")
    now[0] = REMEMBERED_SECONDS + 1
    assert not scene.webhook._is_repeated("v0=a")


@pytest.mark.parametrize("body", ["{", "[1", "\ud800", '{"a": }'])
def test_what_is_signed_and_no_json_is_refused_without_a_fault(scene: Scene, body: str) -> None:
    raw = body.encode("utf-8", "surrogatepass")
    headers = {name.lower(): value for name, value in signed("", time.time(), "application/json").items()}
    stamp = headers["x-slack-request-timestamp"]
    mac = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
    headers["x-slack-signature"] = f"v0={mac}"
    status, _, _ = scene.loop.run_until_complete(scene.webhook(raw, headers))
    assert status in (400, 401)


@pytest.mark.parametrize("how", sorted(DISHONEST))
def test_headers_alone_refuse_what_has_no_signature_of_now(scene: Scene, how: str) -> None:
    request = asked(scene)
    headers = {k.lower(): v for k, v in DISHONEST[how](request.body, time.time(), request.content_type).items()}
    assert (scene.webhook.refusal(headers) is None) == (how in BY_THE_BODY)
    assert scene.webhook.refusal({k.lower(): v for k, v in request.headers(time.time()).items()}) is None


@pytest.mark.parametrize("around", ["{}", '{{"payload": {}}}', '{{"authorizations": {}}}', '{{"view": {{"a": {}}}}}'])
def test_deep_json_is_unreadable_and_no_fault(scene: Scene, caplog: pytest.LogCaptureFixture, around: str) -> None:
    for depth in (41, 500, 990, 5_000, 100_000):
        for begins, ends in (("[", "]"), ('{"a":', "}")):
            json_text = around.format(begins * depth + "1" + ends * depth)
            for body, kind in (
                (json_text, "application/json"),
                (urlencode({"payload": json_text}), "application/x-www-form-urlencoded"),
            ):
                headers = {k.lower(): v for k, v in signed(body, time.time(), kind).items()}
                assert scene.loop.run_until_complete(scene.webhook(body.encode(), headers))[0] == 400
    assert caplog.records == []


@pytest.mark.parametrize("payload", ["[]", "null", "3", '"x"', "{}", '{"type": "block_actions"}', '{"actions": [1]}'])
def test_a_signed_body_of_any_shape_is_answered_without_a_fault(scene: Scene, payload: str) -> None:
    body = urlencode({"payload": payload})
    headers = {k.lower(): v for k, v in signed(body, time.time(), "application/x-www-form-urlencoded").items()}
    status, _, _ = scene.loop.run_until_complete(scene.webhook(body.encode(), headers))
    assert status in (200, 400, 401, 404)


def test_slack_is_told_that_the_address_is_ours(scene: Scene) -> None:
    status, said = scene.send(payloads.url_verification("a-challenge"))
    assert (status, json.loads(said)) == (200, {"challenge": "a-challenge"})
    assert scene.send(payloads.ssl_check())[0] == 200


def test_without_a_secret_there_is_no_way_in() -> None:
    with pytest.raises(ValueError, match="nobody signed"):
        Webhook("", lambda: None)  # type: ignore[arg-type, return-value]


def test_an_acknowledgement_is_timed(scene: Scene) -> None:
    heard: list[float] = []
    scene.webhook.acked = heard.append
    scene.send(asked(scene))
    assert len(heard) == 1
    assert 0 < heard[0] < 60


def test_while_slack_does_not_say_who_we_are_it_is_told_to_come_again(scene: Scene) -> None:
    scene.workspace.fates.schedule("auth.test", "500")
    assert scene.send(asked(scene))[0] == 503
    assert scene.send(asked(scene))[0] == 200
