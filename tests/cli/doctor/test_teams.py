"""Teams looked at by the doctor, against its connector on loopback: each thing that can be wrong, and nothing else."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from datetime import time as wall_time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from bot.app import App
from bot.chat.teams import doctor
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.credentials import Connection
from bot.cli.doctor import checks
from bot.rules.delivery.findings import Finding
from bot.rules.partnership.partnership import Channel, Digest, Person
from bot.server import platforms
from bot.settings import SettingsError
from tests.support.doctor import Make
from tests.support.doctor import found as all_found
from tests.support.factories import NOW, partnership
from tests.support.teams import signing
from tests.support.teams.connector import Served, serving
from tests.support.teams.tenancy import (
    CLIENT_ID,
    OTHER_TENANT,
    STRANGE_TENANT,
    TENANT,
    ChannelType,
    Conversation,
    Tenancy,
    personal_of,
)
from tests.support.teams.tenancy import Person as Account

ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
GUEST, POLICE = "00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000004"
STRANGER = "00000000-0000-4000-8000-000000000005"
CHANNEL, TEAM = "19:north@thread.tacv2", "19:team@thread.tacv2"
NORTH = Channel("north", "North", 1, ("north",), Digest(wall_time(8), wall_time(11)), "teams", CHANNEL)
PEOPLE = (Person("w-1", "council", teams_id=ONE), Person("w-2", "council", teams_id=TWO.upper()))
READS: Callable[[Person, Channel], bool] = lambda person, channel: True  # noqa: E731 - a default of many calls
NAMES = ["teams settings", "teams token", "teams people", "channel north"]


@dataclass
class Scene:
    """A tenancy with one channel of two members, and the conversations that the bot has kept."""

    app: App
    served: Served
    connection: Connection
    people: list[Person] = field(default_factory=lambda: list(PEOPLE))
    reads: Callable[[Person, Channel], bool] = READS

    @property
    def tenancy(self) -> Tenancy:
        return self.served.tenancy

    @property
    def conversations(self) -> Conversations:
        return Conversations(self.app.database)

    def keep(self, kind: ChannelType | str = "private", *members: str, installed: tuple[str, ...] = (ONE, TWO)) -> None:
        """Have the app added to the channel, and to the people's own conversations."""
        url, now = self.tenancy.service_url, datetime.now(UTC)
        ids: Any = {"team": TEAM, "group": "00000000-0000-4000-8000-00000000aaaa"}
        known: Any = kind if kind in ("standard", "private", "shared") else "standard"
        self.tenancy.put(Conversation(CHANNEL, "channel", list(members or (ONE, TWO)), channel_type=known, **ids))
        self.tenancy.put(Conversation(TEAM, "channel", list(members or (ONE, TWO)), **ids))
        self.conversations.keep(Reference(CHANNEL, "channel", TENANT, url, now, "", TEAM, kind))
        for account in installed:
            self.conversations.keep(Reference(personal_of(account), "personal", TENANT, url, now, account))

    def found(self, *channels: Channel) -> dict[str, Finding]:
        entitled = {p.id: True for p in self.people}
        given = (self.conversations, channels or (NORTH,), self.people, entitled, self.reads)
        return {f.name: f for f in doctor.examine(self.connection, *given, NOW, 5)}

    def wrong(self, *channels: Channel) -> dict[str, tuple[str, str]]:
        findings = self.found(*channels)
        assert all(f.do for f in findings.values() if f.state != "ok"), "a finding that says nothing of what to do"
        return {name: (f.state, f.says) for name, f in findings.items() if f.state != "ok"}


@pytest.fixture
def served() -> Iterator[Served]:
    tenancy = Tenancy()
    tenancy.put(Account(ONE, "one"), Account(TWO, "two", role="owner"), Account(GUEST, "guest", role="guest"))
    tenancy.put(Account(POLICE, "police", OTHER_TENANT), Account(STRANGER, "stranger", STRANGE_TENANT))
    with serving(tenancy) as teams:
        yield teams


def scene_of(app: App, served: Served) -> Scene:
    """Return the scene with one personal conversation, whose address is that of the invented connector."""
    to = Connection(CLIENT_ID, TENANT, "not-a-secret", tenants=(TENANT,), overrides=served.overrides)
    made = Scene(app, served, to)
    now = datetime.now(UTC)
    made.conversations.keep(Reference(personal_of(ONE), "personal", TENANT, served.tenancy.service_url, now, ONE))
    return made


@pytest.fixture
def scene(make: Make, served: Served) -> Scene:
    return scene_of(make(), served)


def test_where_all_is_well_everything_is_asked_and_nothing_written(scene: Scene) -> None:
    scene.keep()
    findings = scene.found()
    assert [name for name, f in findings.items() if f.state != "ok"] == []
    assert list(findings) == NAMES
    assert findings["teams settings"].says == (
        f"app {CLIENT_ID} by a secret, cloud public, its own tenant's people are answered"
    )
    assert findings["teams people"].says == "2 with a Teams id have the app, and each is answered"
    assert findings["channel north"].says == "private, 2 members: references"
    assert {call.name for call in scene.tenancy.calls} == {"team", "member", "members"}
    assert scene.tenancy.sent == []


def test_the_secret_and_the_token_are_never_said(scene: Scene) -> None:
    scene.keep()
    said = str(scene.found()) + repr(scene.connection)
    assert "not-a-secret" not in said
    assert "eyJ" not in said


def test_the_tenants_are_named(scene: Scene) -> None:
    scene.connection = replace(scene.connection, tenants=(TENANT, OTHER_TENANT), managed_identity="system", secret="")
    found = scene.found()["teams settings"]
    assert "by the server's managed identity" in found.says
    assert "people of 2 tenants are answered" in found.says
    assert found.details == (f"beside its own, {TENANT}: {OTHER_TENANT}",)


def test_entra_gives_no_token(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.connection = replace(scene.connection, overrides={**scene.served.overrides, "token": "no token"})
    assert scene.wrong() == {"teams token": ("fault", "Entra does not answer: the bot cannot speak in Teams")}

    async def refused(*given: object) -> None:
        raise ValueError("invalid_client")

    monkeypatch.setattr("microsoft_teams.apps.token_provider.AppTokenProvider.get_app_token", refused)
    assert scene.wrong() == {"teams token": ("fault", "Entra gives none: the bot cannot speak in Teams")}
    assert "BOT_TEAMS_CLIENT_SECRET" in scene.found()["teams token"].do


def test_teams_refuses_the_token(scene: Scene) -> None:
    foreign = signing.bot_token(aud="https://another.example.org")
    scene.connection = replace(scene.connection, overrides={**scene.served.overrides, "token": foreign})
    assert scene.wrong() == {"teams token": ("fault", "Entra gives one, and Teams refuses it: Unauthorized")}


def test_teams_does_not_answer(scene: Scene) -> None:
    scene.tenancy.fates.schedule("team", "reset")
    (finding,) = scene.wrong().items()
    assert finding[0] == "teams token"
    assert finding[1][1].startswith("Entra gives one, and Teams does not answer")


def test_a_person_without_the_app_is_named(scene: Scene) -> None:
    scene.keep(installed=(ONE,))
    scene.people.append(Person("w-3", "council"))
    says = "1 of 2 with a Teams id have not got the app, and may get no message"
    assert scene.wrong() == {"teams people": ("look", says)}
    assert scene.found()["teams people"].details == ("no conversation kept: w-2", "without a Teams or Slack id: w-3")
    assert scene.conversations.personal(TWO) is None, "the doctor opens no conversation"


def test_teams_is_busy_about_a_person(scene: Scene) -> None:
    scene.keep()
    scene.tenancy.fates.schedule("member", "429")
    assert scene.wrong() == {"teams people": ("look", "Teams did not answer about 1")}


def test_nobody_has_an_account_there(scene: Scene) -> None:
    scene.keep()
    scene.people = [Person("w-1", "council")]
    assert scene.wrong()["teams people"] == ("look", "no person who may ask has a Teams id")


def test_a_guest_and_a_person_of_another_tenant_get_no_answer(scene: Scene) -> None:
    scene.people += [Person("w-3", "council", teams_id=GUEST), Person("p-1", "police", teams_id=POLICE)]
    scene.keep(installed=(ONE, TWO, GUEST, POLICE))
    found = scene.found()["teams people"]
    assert (found.state, found.says) == ("fault", "2 of 4 with a Teams id get no answer")
    assert found.details == ("w-3: a guest", "p-1: of a tenant that is not answered")
    scene.connection = replace(scene.connection, tenants=(TENANT, OTHER_TENANT))
    assert scene.found()["teams people"].details == ("w-3: a guest",)


def test_a_person_who_left(scene: Scene) -> None:
    scene.keep()
    scene.tenancy.conversations[personal_of(TWO)].members.clear()
    for place in (CHANNEL, TEAM):
        scene.tenancy.conversations[place].members.remove(TWO)
    assert scene.found()["teams people"].details == ("w-2: not in the conversation any more",)


def test_a_channel_without_the_app(scene: Scene) -> None:
    assert scene.wrong()["channel north"] == ("fault", "the app is not in it, so nothing can be posted")
    scene.keep()
    scene.tenancy.conversations[CHANNEL].has_bot = False
    assert scene.wrong() == {"channel north": ("fault", "Teams does not show who reads it: BotNotInConversationRoster")}


def test_a_channel_that_is_for_counts(scene: Scene) -> None:
    scene.keep("private", ONE, TWO, GUEST)
    assert scene.found(replace(NORTH, level=0))["channel north"].says == "private, 3 members: counts"


@pytest.mark.parametrize(
    ("kind", "members", "details"),
    [
        ("private", (ONE, GUEST), (f"1 guests: {GUEST}",)),
        ("shared", (ONE, STRANGER), (f"1 of a tenant that it may not have: {STRANGE_TENANT}",)),
        ("shared", (ONE, POLICE), (f"1 of a tenant that it may not have: {OTHER_TENANT}",)),
    ],
)
def test_a_reader_for_whom_the_channel_falls_to_counts(
    scene: Scene, kind: str, members: tuple[str, ...], details: tuple[str, ...]
) -> None:
    scene.keep(kind, *members)
    found = scene.found()["channel north"]
    assert found.state == "look"
    assert found.says == f"{kind}, 2 members: only counts are posted, though references are wanted"
    assert found.details == details


def test_a_shared_channel_of_two_tenants_that_the_partnership_file_names(scene: Scene) -> None:
    scene.keep("shared", ONE, POLICE, installed=(ONE, TWO, POLICE))
    scene.people.append(Person("p-1", "police", teams_id=POLICE))
    shared = replace(NORTH, tenants=(OTHER_TENANT.upper(),))
    assert scene.found(shared)["channel north"].says == "shared, 2 members: references"
    scene.reads = lambda person, channel: person.id != "p-1"
    assert scene.found(shared)["channel north"].details == (
        f"1 not listed, or without a role that sees all its areas: {POLICE}",
    )


def test_a_team_that_the_organisation_may_join(scene: Scene) -> None:
    scene.keep("standard")
    assert scene.found()["channel north"].says == "standard, 2 members: references"
    scene.tenancy.visibility = "public"
    assert scene.found()["channel north"].details == ("the whole organisation may join the team",)
    scene.tenancy.visibility = "secret of Graph's"
    assert "TeamSettings.Read.Group" in scene.found()["channel north"].details[0]


def test_a_channel_of_a_type_that_teams_did_not_say(scene: Scene) -> None:
    scene.keep("")
    found = scene.found()["channel north"]
    assert found.says.startswith("of unknown type, 2 members: only counts")
    assert "add it again" in found.do


def test_a_channel_with_nobody_or_too_many_in_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.keep()
    scene.tenancy.conversations[CHANNEL].members.clear()
    assert "so far only the bot is in it" in scene.found()["channel north"].do
    scene.keep()
    monkeypatch.setattr(doctor, "MOST_MEMBERS", 1)
    monkeypatch.setattr("bot.chat.teams.channels.MOST_MEMBERS", 1)
    assert scene.found()["channel north"].says.startswith("private, more than 1 members: only counts")


def test_teams_is_busy_about_a_channel(scene: Scene) -> None:
    scene.keep()
    scene.tenancy.fates.schedule("members", "429")
    assert scene.wrong() == {"channel north": ("fault", "Teams did not answer (Throttled)")}


def test_reading_back_is_tried_where_it_is_configured(scene: Scene) -> None:
    scene.keep()
    scene.tenancy.readable = False
    assert scene.wrong() == {}
    scene.connection = replace(scene.connection, read_back=True)
    says = "its messages cannot be read back: ChannelMessage.Read.Group is not granted (Forbidden)"
    assert scene.wrong() == {"channel north": ("fault", says)}
    scene.tenancy.readable = True
    assert scene.wrong() == {}


def test_without_the_sdk_one_fault_says_how_to_install_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    given = {"BOT_TEAMS_CLIENT_ID": CLIENT_ID, "BOT_TEAMS_TENANT": TENANT, "BOT_TEAMS_CLIENT_SECRET": "not-a-secret"}
    findings = all_found(make(**given))
    assert [name for name in findings if "teams" in name] == ["teams settings"]
    assert "--with teams" in findings["teams settings"].says


def test_without_teams_neither_it_nor_its_sdk_is_looked_at(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "microsoft_teams"]:
        monkeypatch.delitem(sys.modules, name)
    assert [name for name in all_found(make()) if "teams" in name] == []
    assert [name for name in sys.modules if name.split(".")[0] == "microsoft_teams"] == []


def test_half_configured(make: Make) -> None:
    findings = all_found(make(BOT_TEAMS_CLIENT_ID=CLIENT_ID))
    assert findings["teams settings"].state == "fault"
    assert findings["teams settings"].says.startswith("BOT_TEAMS_TENANT is not set")
    wrong = all_found(
        make(BOT_TEAMS_CLIENT_ID=CLIENT_ID, BOT_TEAMS_TENANT=TENANT, BOT_TEAMS_CLIENT_SECRET="two words of a Canary")
    )
    assert "value of the secret" in wrong["teams settings"].says
    assert "Canary" not in str(wrong)


@pytest.mark.parametrize(("word", "read_back"), [("1", True), ("0", False), ("", False)])
def test_reading_back_is_a_setting(word: str, read_back: bool) -> None:
    given = {"BOT_TEAMS_CLIENT_ID": CLIENT_ID, "BOT_TEAMS_TENANT": TENANT, "BOT_TEAMS_CLIENT_SECRET": "not-a-secret"}
    to = platforms.read_teams(given | {"BOT_TEAMS_READ_BACK": word})
    assert to is not None
    assert to.read_back is read_back
    with pytest.raises(SettingsError, match="BOT_TEAMS_READ_BACK must be 1"):
        platforms.read_teams(given | {"BOT_TEAMS_READ_BACK": "yes"})


def test_in_the_whole_examination_the_partnerships_people_and_channels_are_used(
    served: Served, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = partnership()
    channel = replace(whole.channels[0], platform="teams", destination=CHANNEL)
    people = tuple(replace(p, teams_id={"lead": ONE, "admin": TWO}.get(p.id, "")) for p in whole.people)
    scene = scene_of(make(replace(whole.with_people(people), channels=(channel,))), served)
    scene.keep()
    monkeypatch.setattr(platforms, "read_teams", lambda environ: scene.connection)
    findings = all_found(scene.app)
    assert [f.says for f in findings.values() if f.state == "fault"] == []
    assert findings["teams people"].says == "2 with a Teams id have the app, and each is answered"
    # An administrator may see no references, so the channel gets counts.
    assert findings[f"channel {channel.id}"].details == (
        f"1 not listed, or without a role that sees all its areas: {TWO}",
    )
    assert findings["people"].do == "people link ID --teams-id OBJECT-ID --as ADMIN"
    assert findings["teams unsigned"].says.startswith("not running at ")
    assert findings["teams endpoint"].says.startswith("not configured here")


@contextmanager
def answering(status: int, word: str = "", location: str = "") -> Iterator[str]:
    """A server that gives every POST this answer, and every GET the bot's own; yield where it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(status, word)

        def do_GET(self) -> None:
            self._say(401, '{"error": "invalid request"}')

        def _say(self, number: int, text: str) -> None:
            self.send_response(number)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is no place for it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


OURS = '{"error": "invalid request"}'


def subject_of(app: App) -> checks.Subject:
    to = Connection(CLIENT_ID, TENANT, "not-a-secret", tenants=(TENANT,))
    return checks.Subject(app, app.partnership, NOW, teams=to, seconds=5)


@pytest.mark.parametrize(("status", "state"), [(401, "ok"), (200, "fault"), (500, "fault")])
def test_the_service_refuses_what_teams_did_not_sign(make: Make, status: int, state: str) -> None:
    with answering(status) as at:
        app = make(BOT_BIND=at.removeprefix("http://"))
        (found,) = checks.webhook(subject_of(app))
    assert (found.name, found.state) == ("teams unsigned", state)


@pytest.mark.parametrize(
    ("status", "word", "location", "state"),
    [
        (401, OURS, "", "ok"),
        (401, "<html>Sign in</html>", "", "fault"),
        (401, "[]", "", "fault"),
        (502, "", "", "fault"),
        (302, "", "/elsewhere", "fault"),
    ],
)
def test_the_endpoint_leads_to_the_bot_or_to_something_else(
    make: Make, status: int, word: str, location: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = checks._unsigned
    with answering(status, word, location) as at:
        monkeypatch.setattr(
            checks, "_unsigned", lambda url, seconds, proxied: asked(f"{at}/api/messages", 5, proxied=True)
        )
        (found,) = checks.teams_endpoint(subject_of(make(BOT_TEAMS_ENDPOINT="https://bot.example.org/api/messages")))
    assert (found.name, found.state) == ("teams endpoint", state)


def test_an_endpoint_that_does_not_answer_or_is_none(make: Make) -> None:
    (silent,) = checks.teams_endpoint(subject_of(make(BOT_TEAMS_ENDPOINT="https://127.0.0.1:1/api/messages")))
    assert (silent.state, silent.says.split(":")[0]) == ("fault", "does not answer")
    for wrong in ("http://bot.example.org/api/messages", "https://bot.example.org/"):
        (found,) = checks.teams_endpoint(subject_of(make(BOT_TEAMS_ENDPOINT=wrong)))
        assert (found.state, found.says.split(" ")[0]) == ("fault", "BOT_TEAMS_ENDPOINT")


def test_a_connection_has_no_field_that_shows_the_secret() -> None:
    shown = repr(Connection(CLIENT_ID, TENANT, "not-a-secret"))
    assert "not-a-secret" not in shown
    assert "secret" in {f.name for f in dataclasses.fields(Connection)}
