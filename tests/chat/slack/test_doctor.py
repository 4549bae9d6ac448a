"""Slack looked at by the doctor, against its Web API on loopback: each thing that can be wrong, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time as wall_time

import pytest

from bot.chat.slack.credentials import Connection
from bot.chat.slack.doctor import examine
from bot.chat.slack.manifest import SCOPES
from bot.rules.delivery.findings import Finding
from bot.rules.partnership.partnership import Channel, Digest, Person
from tests.support.slack.web_api import serving
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, OTHER_TEAM, Workspace
from tests.support.slack.workspace import Channel as Room
from tests.support.slack.workspace import Person as Account

NORTH = Channel("north", "North", 1, ("north",), Digest(wall_time(8), wall_time(11)), "slack", "C0NORTH")
COUNTS = replace(NORTH, id="counts", level=0, destination="C0COUNTS")
PEOPLE = (Person("w-1", "council", slack_id="U0ONE"), Person("w-2", "council", slack_id="U0TWO"))
ENTITLED = {"w-1": True, "w-2": True}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    slack = Workspace(scopes=[s.name for s in SCOPES], socket_url="wss://127.0.0.1:1/")
    slack.put(Account("U0ONE"), Account("U0TWO"))
    slack.put(Room("C0NORTH", members=["U0ONE", "U0TWO"]), Room("C0COUNTS", is_private=False, members=["U0ONE"]))
    with serving(slack):
        yield slack


def found(
    slack: Workspace,
    *channels: Channel,
    people: tuple[Person, ...] = PEOPLE,
    entitled: dict[str, bool] = ENTITLED,
    seconds: float = 5,
    to: Connection | None = None,
    reads: Callable[[Person, Channel], bool] = lambda person, channel: True,
) -> dict[str, Finding]:
    chosen = to or Connection(BOT_TOKEN, APP_TOKEN, "", f"{slack.origin}/api/")
    return {f.name: f for f in examine(chosen, channels or (NORTH, COUNTS), people, entitled, reads, seconds)}


def wrong(findings: dict[str, Finding]) -> dict[str, tuple[str, str]]:
    assert all(f.do for f in findings.values() if f.state != "ok"), "a finding that says nothing of what to do"
    return {name: (f.state, f.says) for name, f in findings.items() if f.state != "ok"}


def test_where_all_is_well_everything_is_asked_and_nothing_written(workspace: Workspace) -> None:
    findings = found(workspace)
    assert wrong(findings) == {}
    assert list(findings) == [
        *("slack token", "slack scopes", "slack clock", "slack socket", "slack people"),
        *("channel north", "channel counts"),
    ]
    assert findings["slack token"].says == "workspace Invented partnership (T0TESTTEAM), as missing"
    assert findings["channel north"].says == "private, 2 members: references"
    assert findings["channel counts"].says == "public, 1 member: counts"
    reads = {"auth.test", "apps.connections.open", "users.info", "conversations.info", "conversations.members"}
    assert {call.method for call in workspace.calls} == reads


def test_no_token_and_no_ticket_is_ever_said(workspace: Workspace) -> None:
    said = str(found(workspace))
    workspace.refusing = "token_revoked"
    said += str(found(workspace))
    assert "not-a-token" not in said
    assert "ticket" not in said


def test_a_missing_scope(workspace: Workspace) -> None:
    workspace.scopes = [s.name for s in SCOPES if s.name != "files:write"]
    findings = found(workspace)
    assert wrong(findings) == {"slack scopes": ("fault", "missing: files:write")}
    assert "Reinstall" in findings["slack scopes"].do
    assert findings["slack scopes"].details == ("files:write: without it the bot cannot show a chart as a picture",)


def test_without_the_scope_to_see_people_and_channels(workspace: Workspace) -> None:
    workspace.scopes = [s.name for s in SCOPES if s.name not in ("users:read", "groups:read")]
    findings = found(workspace)
    assert findings["slack people"].state == "fault"
    assert (findings["channel north"].state, "missing_scope" in findings["channel north"].says) == ("fault", True)


def test_more_than_the_bot_needs(workspace: Workspace) -> None:
    workspace.scopes = [*(s.name for s in SCOPES), "channels:history"]
    assert wrong(found(workspace)) == {"slack scopes": ("look", "more than the bot needs: channels:history")}


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_token_that_slack_refuses(workspace: Workspace, code: str) -> None:
    workspace.refusing = code
    assert wrong(found(workspace)) == {"slack token": ("fault", f"Slack refuses it: {code}")}


def test_a_socket_that_slack_refuses(workspace: Workspace) -> None:
    workspace.socket_url = None
    findings = found(workspace)
    assert wrong(findings) == {"slack socket": ("fault", "Slack refuses a connection: socket_mode_disabled")}
    assert findings["slack socket"].do.startswith("Switch Socket Mode on")
    other = Connection(BOT_TOKEN, "xapp-another", "", f"{workspace.origin}/api/")
    assert wrong(found(workspace, to=other))["slack socket"][1].endswith("invalid_auth")


def test_over_http_no_socket_is_asked_for(workspace: Workspace) -> None:
    assert "slack socket" not in found(workspace, to=Connection(BOT_TOKEN, "", "x", f"{workspace.origin}/api/"))


@pytest.mark.parametrize("apart", [-400.0, -7.0, 7.0, 400.0])
def test_clocks_that_are_apart(workspace: Workspace, apart: float) -> None:
    workspace.clock = lambda: time.time() + apart
    state, says = wrong(found(workspace))["slack clock"]
    assert state == "fault"
    assert float(says.split()[0]) == pytest.approx(abs(apart), abs=1.6)


def test_slack_that_does_not_answer_in_time(workspace: Workspace) -> None:
    workspace.fates.schedule("auth.test", "slow")
    findings = found(workspace, seconds=0.3)
    assert wrong(findings) == {"slack": ("fault", "127.0.0.1 does not answer: nothing of Slack could be looked at")}


def test_slack_that_is_not_there() -> None:
    nowhere = Connection(BOT_TOKEN, APP_TOKEN, "", "http://127.0.0.1:1/api/")
    assert list(wrong(found(Workspace(), to=nowhere))) == ["slack"]


@pytest.mark.parametrize("fate", ["500", "html", "empty", "truncated", "reset"])
def test_answers_that_are_none(workspace: Workspace, fate: str) -> None:
    workspace.fates.schedule("auth.test", fate)
    assert [f.state for f in found(workspace).values()] == ["fault"]


def test_a_wait_that_slack_asks_for_is_kept_once(workspace: Workspace) -> None:
    workspace.fates.retry_after = 0
    workspace.fates.schedule("users.info", "429")
    assert wrong(found(workspace)) == {}
    workspace.fates.schedule("users.info", "429", "429")
    assert wrong(found(workspace))["slack people"][0] == "fault"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"deleted": True}, "deactivated in Slack"),
        ({"is_restricted": True}, "a guest in Slack"),
        ({"is_ultra_restricted": True}, "a guest in Slack"),
        ({"team_id": OTHER_TEAM}, "of another organisation"),
        ({"is_stranger": True}, "of another organisation"),
    ],
)
def test_somebody_who_cannot_be_reached(workspace: Workspace, change: dict[str, object], said: str) -> None:
    """They count as not entitled in their channel, too."""
    workspace.put(Account("U0TWO", **change))  # type: ignore[arg-type]
    findings = found(workspace)
    assert findings["slack people"].details == (f"w-2: {said}",)
    assert wrong(findings) == {
        "slack people": ("look", "1 of 2 cannot be reached or answered"),
        "channel north": ("look", "private, 2 members: only counts are posted, though references are wanted"),
    }


def test_somebody_listed_who_may_not_see_all_that_a_channel_shows(workspace: Workspace) -> None:
    """As when something is posted there: an administrator, or somebody of another area."""
    findings = found(workspace, reads=lambda person, channel: channel.level == 0 or person.id != "w-2")
    assert wrong(findings) == {
        "channel north": ("look", "private, 2 members: only counts are posted, though references are wanted")
    }
    assert findings["channel north"].details == ("1 not entitled: U0TWO",)


def test_an_id_that_slack_does_not_know_and_people_without_one(workspace: Workspace) -> None:
    gone = (*PEOPLE, Person("w-3", "council", slack_id="U0GONE"), Person("w-4", "council"))
    assert found(workspace, people=gone)["slack people"].details == ("w-3: Slack knows no such id",)
    nobody = found(workspace, people=(Person("w-4", "council"),))
    assert nobody["slack people"].says == "nobody who is listed has a Slack id"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_ext_shared": True}, "is shared with another organisation"),
        ({"is_pending_ext_shared": True}, "is shared with another organisation"),
        ({"is_org_shared": True}, "is shared with another organisation"),
        ({"is_archived": True}, "is archived"),
        ({"with_bot": False}, "the bot is not in it"),
        ({"with_bot": False, "is_private": False}, "the bot is not in it"),
    ],
)
def test_a_channel_in_which_nothing_may_be_said(workspace: Workspace, change: dict[str, object], said: str) -> None:
    workspace.put(Room("C0NORTH", members=["U0ONE"], **change))  # type: ignore[arg-type]
    ((name, (state, says)),) = wrong(found(workspace)).items()
    assert (name, state) == ("channel north", "fault")
    assert said in says


def test_a_channel_that_was_made_public(workspace: Workspace) -> None:
    workspace.put(Room("C0NORTH", is_private=False, members=["U0ONE"]))
    findings = found(workspace)
    assert list(wrong(findings)) == ["channel north"]
    assert findings["channel north"].do.startswith("Make it private")


def test_members_who_are_not_entitled(workspace: Workspace) -> None:
    workspace.put(Room("C0NORTH", members=["U0ONE", "U0TWO", "U0NOBODY"]))
    findings = found(workspace, entitled={"w-1": True})
    assert findings["channel north"].details == ("2 not entitled: U0TWO, U0NOBODY",)
    workspace.put(Room("C0NORTH", members=[]))
    assert found(workspace)["channel north"].do.startswith("Invite those")


def test_every_page_of_the_members_is_read(workspace: Workspace) -> None:
    workspace.put(Room("C0NORTH", members=["U0ONE"] * 450 + ["U0NOBODY"]))
    assert found(workspace)["channel north"].details == ("1 not entitled: U0NOBODY",)
    assert len([c for c in workspace.calls_of("conversations.members") if c.arguments["channel"] == "C0NORTH"]) == 3


def test_a_channel_that_slack_does_not_know(workspace: Workspace) -> None:
    findings = found(workspace, replace(NORTH, destination="C0NOWHERE"))
    assert "there is no such channel" in wrong(findings)["channel north"][1]
