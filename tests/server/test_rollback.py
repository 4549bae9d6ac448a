"""An older database put back without `restore`: the bot notices, looks in chat before it sends, and calls go on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.app import App
from bot.chat.slack.credentials import Connection as SlackConnection
from bot.chat.slack.platform import Slack
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.credentials import Connection as TeamsConnection
from bot.conversation.outbound import CannotTell
from bot.jobs import audit_checkpoints, rollback
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Decide
from bot.server.platforms import slack_service, teams_service
from bot.server.practice_clock import PracticeClock
from bot.server.worker import Worker
from bot.settings import read_settings
from bot.store import audit_chain
from bot.store.changes import record
from bot.store.database import DatabaseError, reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.schema import records
from bot.store.schema.access import notice
from tests.support.factories import NOW, episode, hours
from tests.support.installation import KEYS, Installation
from tests.support.slack import scene as in_slack
from tests.support.slack import web_api
from tests.support.slack.signing import SECRET
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN
from tests.support.teams import connector
from tests.support.teams import scene as in_teams
from tests.support.teams.tenancy import CLIENT_ID, OTHER_TENANT, TENANT
from tests.support.world import stored_rows

MINUTE = timedelta(minutes=1)
BEFORE, AFTER = NOW - 10 * MINUTE, NOW + 20 * MINUTE
MISSING = episode(1, NOW - hours(30), area="north")
CHILD = episode(2, NOW - hours(2), area="north", birth=date(2006, 1, 1))
TOLD = "an older copy was put back without restore"


@dataclass
class Morning:
    """A partnership of its own (no practice), its chat, and a clock. Each process is a worker of its own."""

    bot: Installation
    file: Path
    connect: Callable[[Worker], Any]
    #: Places of the first messages that are in the channels, and the texts of a person's conversation.
    leads: Callable[[], list[str]]
    to: Callable[[str], list[str]]
    clock: PracticeClock = field(default_factory=lambda: PracticeClock(BEFORE))

    @contextmanager
    def app(self) -> Iterator[App]:
        environ = {**KEYS, "BOT_DATABASE_URL": self.bot.url, "BOT_PARTNERSHIP": str(self.file), "BOT_REPLICA": "first"}
        app = App(replace(read_settings(environ), data_folder=self.bot.folder / "data"))
        try:
            yield app
        finally:
            app.close()

    @contextmanager
    def process(self) -> Iterator[Worker]:
        with self.app() as app:
            worker = Worker(app, moved=self.clock)
            adapter = self.connect(worker)
            try:
                yield worker
            finally:
                adapter.stop()

    def tick(self, *moments: datetime) -> None:
        """Tick at these moments, in one process."""
        with self.process() as worker:
            for self.clock.now in moments:
                worker.tick()

    def put(self, *episodes: Any, taken_at: datetime = BEFORE) -> None:
        with self.app() as app, writing(app.database) as connection:
            for name, rows in stored_rows(episodes, taken_at).items():
                if rows:
                    connection.execute(insert(records.metadata.tables[name]), rows)

    def rows(self, kind: str) -> list[Delivery]:
        with self.app() as app, reading(app.database) as connection:
            return [d for d in ledger.find(connection) if d.kind == kind]

    def alarms(self) -> list[str]:
        with self.app() as app, reading(app.database) as connection:
            query = select(notice.c.text).where(notice.c.kind == "alarm").order_by(notice.c.id)
            return [text for text in dict.fromkeys(connection.execute(query).scalars()) if "older copy" in text]


def _no_practice(file: Path) -> Path:
    file.write_text(re.sub(r"\[practice\].*?\n\n", "", file.read_text(encoding="utf-8"), flags=re.DOTALL))
    return file


@contextmanager
def on_slack(bot: Installation) -> Iterator[Morning]:
    made = in_slack.workspace()

    def connect(worker: Worker) -> Any:
        to = SlackConnection(BOT_TOKEN, APP_TOKEN, SECRET, served.api_url)
        found = worker.__dict__["slack"] = slack_service(worker.app, to, worker.now)
        return found

    def leads() -> list[str]:
        places = (in_slack.COUNTS, in_slack.COUNTY, in_slack.NORTH)
        return [place for place in places for m in made.in_channel(place) if m.thread_ts is None]

    def to(who: str) -> list[str]:
        return [in_slack.words(m) for m in made.in_channel(made.im_with(in_slack.ACCOUNTS[who]).id)]

    with web_api.serving(made) as served:
        yield Morning(bot, _no_practice(in_slack.partnership_file(bot.folder)), connect, leads, to)


@contextmanager
def on_teams(bot: Installation, *, read_back: bool) -> Iterator[Morning]:
    made = in_teams.tenancy()

    def connect(worker: Worker) -> Any:
        to = TeamsConnection(
            CLIENT_ID, TENANT, tenants=(TENANT, OTHER_TENANT), overrides=served.overrides, read_back=read_back
        )
        found = worker.__dict__["teams"] = teams_service(worker.app, to, worker.now)
        kept = Conversations(worker.app.database)
        for there in made.conversations.values():
            account = there.members[0] if there.kind == "personal" else ""
            tenant = made.people[account].tenant if account else there.tenant
            kind, channel_type = (there.kind, there.channel_type) if there.kind == "channel" else (there.kind, "")
            if kind in ("personal", "channel"):
                about = (tenant, made.service_url, NOW, account, there.team, channel_type)
                kept.keep(Reference(there.id, kind, *about))
        found.start()
        return found

    def leads() -> list[str]:
        places = (in_teams.COUNTS, in_teams.COUNTY, in_teams.NORTH)
        return [place for place in places for s in made.in_conversation(place) if not s.thread]

    def to(who: str) -> list[str]:
        return [in_teams.words(s) for s in made.seen_by(in_teams.ACCOUNTS[who])]

    with connector.serving(made) as served:
        yield Morning(bot, _no_practice(in_teams.partnership_file(bot.folder)), connect, leads, to)


@pytest.fixture(params=["slack", "teams that is read back"])
def morning(request: pytest.FixtureRequest, installation: Installation) -> Iterator[Morning]:
    with on_slack(installation) if request.param == "slack" else on_teams(installation, read_back=True) as made:
        yield made


@pytest.fixture
def slack(sqlite_installation: Installation) -> Iterator[Morning]:
    with on_slack(sqlite_installation) as made:
        yield made


@pytest.fixture
def teams(sqlite_installation: Installation) -> Iterator[Morning]:
    with on_teams(sqlite_installation, read_back=False) as made:
        yield made


def rolled_back(morning: Morning) -> list[str]:
    """Make a copy at 07:50, post the digest of 08:00, and put the copy back; return the places of the digests."""
    morning.put(MISSING)
    morning.tick(BEFORE)
    morning.bot.copy()
    morning.tick(NOW, NOW + MINUTE)
    there = morning.leads()
    assert len(there) == 3
    morning.bot.put_back()
    assert morning.rows("digest") == []
    return there


def test_the_digest_of_0800_is_in_each_channel_once_after_the_copy_is_put_back(morning: Morning) -> None:
    there = rolled_back(morning)
    morning.tick(AFTER, AFTER + MINUTE)
    morning.tick(AFTER + 2 * MINUTE, AFTER + 90 * MINUTE)
    assert morning.leads() == there
    found = {d.audience: (d.state, d.reason) for d in morning.rows("digest")}
    # Slack lets the bot read no public channel: a person decides.
    counts = ("held", "restored") if morning.rows("digest")[0].platform == "slack" else ("sent", "")
    assert found == {"county-digest": ("sent", ""), "north-digest": ("sent", ""), "county-counts": counts}
    assert {d.state for d in morning.rows("thread")} <= {"sent", "dropped"}
    (alarm,) = morning.alarms()
    assert alarm.startswith("The database goes only until Wed 5 Jul 2017 07:50 BST: ")


def test_it_is_noticed_without_a_head_by_what_the_bot_posted(slack: Morning) -> None:
    """The whole data folder was put back, heads and all."""
    there = rolled_back(slack)
    for head in (slack.bot.folder / "data").rglob("*.jsonl"):
        head.unlink()
    slack.tick(AFTER, AFTER + MINUTE)
    assert slack.leads() == there
    (alarm,) = slack.alarms()
    assert alarm.startswith("The bot posted in ")


def test_a_process_that_goes_on_notices_that_its_own_work_is_gone(slack: Morning) -> None:
    slack.put(MISSING)
    slack.tick(BEFORE)
    slack.bot.copy()
    with slack.process() as worker:
        for slack.clock.now in (NOW, NOW + MINUTE):
            worker.tick()
        there = slack.leads()
        worker.app.database.dispose()
        slack.bot.put_back()
        for head in (slack.bot.folder / "data").rglob("*.jsonl"):
            head.unlink()
        for slack.clock.now in (AFTER, AFTER + MINUTE):
            worker.tick()
    assert slack.leads() == there
    assert len(slack.alarms()) == 1


def test_a_process_that_was_put_back_with_its_machine_notices_it_by_the_head_elsewhere(slack: Morning) -> None:
    """Its memory is as old as its database."""
    slack.put(MISSING)
    with slack.process() as worker:
        worker.tick()
        slack.bot.copy()
        slack.tick(NOW, NOW + MINUTE)
        there = slack.leads()
        worker.app.database.dispose()
        slack.bot.put_back()
        for slack.clock.now in (AFTER, AFTER + MINUTE):
            worker.tick()
    assert slack.leads() == there
    assert len(slack.alarms()) == 1


def test_of_two_processes_one_notices(slack: Morning) -> None:
    rolled_back(slack)
    slack.clock.now = AFTER
    with slack.process() as one, slack.process() as other:
        for worker in (one, other, one, other):
            assert worker.rollback is not None
            worker.rollback.look(worker.run())
    assert len(slack.alarms()) == 1
    with slack.app() as app, reading(app.database) as connection:
        found = replicas.newest_restore(connection)
    assert found is not None
    assert (found.backup, found.at, found.copied_at) == ("", AFTER, BEFORE)


def test_where_teams_is_not_read_back_a_person_decides_with_two_buttons(teams: Morning) -> None:
    there = rolled_back(teams)
    teams.tick(AFTER, AFTER + MINUTE)
    assert teams.leads() == there
    held = teams.rows("digest")
    assert [(d.state, d.reason) for d in held] == [("held", "restored")] * 3
    assert len(teams.alarms()) == 1
    with teams.app() as app:
        decided = [Decide(d.id, "it_is_there", "admin", AFTER) for d in held[:2]]
        decided.append(Decide(held[2].id, "post_again", "admin", AFTER))
        record.record(app.database, app.sealing_key, Entry(AFTER, "admin", "", "", "deliveries", "done"), decided)
    teams.tick(AFTER + 2 * MINUTE)
    assert [d.state for d in teams.rows("digest")] == ["sent"] * 3
    assert len(teams.leads()) == 4


@pytest.mark.parametrize("platform", ["slack", "teams"])
def test_a_call_goes_within_five_minutes(platform: str, request: pytest.FixtureRequest) -> None:
    morning: Morning = request.getfixturevalue(platform)
    morning.put(MISSING)
    morning.tick(BEFORE)
    morning.bot.copy()
    morning.tick(NOW)
    morning.bot.put_back()
    morning.put(CHILD, taken_at=NOW)
    before = len(morning.to("north-manager"))
    morning.tick(AFTER, AFTER + 5 * MINUTE)
    new = morning.to("north-manager")[before:]
    assert len([text for text in new if CHILD.child_ref in text]) == 1
    assert {d.state for d in morning.rows("escalation")} == {"sent"}


def test_nothing_is_noticed_where_nothing_was_put_back(slack: Morning) -> None:
    slack.put(MISSING)
    slack.tick(BEFORE, NOW)
    slack.tick(AFTER, AFTER + MINUTE)
    slack.tick(AFTER + hours(1))
    with slack.app() as app, reading(app.database) as connection:
        assert replicas.newest_restore(connection) is None
        assert rollback.older(app.database, app.heads) == ""
    assert slack.alarms() == []


def test_a_restore_is_not_noticed_again(slack: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PARTNERSHIP", str(slack.file))
    monkeypatch.setattr("bot.settings.ROOT", slack.bot.folder)
    slack.put(MISSING)
    slack.tick(BEFORE)
    file = slack.bot.backup()
    slack.tick(NOW, NOW + MINUTE)
    there = slack.leads()
    slack.bot.done("restore", str(file))
    slack.tick(AFTER, AFTER + MINUTE)
    assert slack.leads() == there
    assert slack.alarms() == []


def test_a_tick_goes_on_where_the_database_may_not_be_stamped(slack: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    rolled_back(slack)

    def refuse(*_: object) -> None:
        raise DatabaseError("permission denied for table restored")

    monkeypatch.setattr(replicas, "note_restore", refuse)
    slack.put(CHILD, taken_at=NOW)
    slack.tick(AFTER)
    assert {d.state for d in slack.rows("escalation")} == {"sent"}
    (alarm,) = slack.alarms()
    assert "audit grants" in alarm


def test_a_platform_that_does_not_answer_is_asked_once_a_tick_and_three_times_in_all(
    slack: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def find_nothing(self: object, destination: str, since: datetime) -> list[str]:
        asked.append(destination)
        raise CannotTell

    monkeypatch.setattr(Slack, "markers", find_nothing)
    slack.tick(*(BEFORE + n * MINUTE for n in range(6)))
    assert len(asked) == rollback.TRIES == 3
    assert len(set(asked)) == 3, "each time another channel"
    slack.tick(BEFORE + 6 * MINUTE)
    assert len(asked) == 3, "a replica ticked a moment ago"


def test_heads_of_the_time_before_databases_had_a_number_may_be_anothers(slack: Morning) -> None:
    rolled_back(slack)
    with slack.app() as app:
        heads = replace(app.heads, made=replace(app.installation, adopted=True))
        (newest,) = audit_checkpoints.read(heads.newest)[0]
        for file in heads.ours():
            file.unlink()
        audit_checkpoints.add(heads.old, newest._replace(installation=""))
        assert rollback.older(app.database, heads) == ""


def test_where_the_head_of_a_tick_cannot_be_kept_those_of_the_hours_are(
    slack: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(rollback, "put", refuse)
    slack.put(MISSING)
    slack.tick(BEFORE, NOW, AFTER, AFTER + hours(1))
    with slack.app() as app:
        assert [file.name for file in app.heads.ours()] == [app.heads.file.name]
        times = [head.at for head in audit_checkpoints.read(app.heads.file)[0]]
    assert times[0] == BEFORE
    assert AFTER + hours(1) in times


# -- verbs --


@pytest.fixture
def put_back(slack: Morning, monkeypatch: pytest.MonkeyPatch) -> Morning:
    """A rollback that no tick has seen, for the verbs of the same installation."""
    monkeypatch.setenv("BOT_PARTNERSHIP", str(slack.file))
    rolled_back(slack)
    return slack


def test_the_verbs_say_it_in_plain_words(put_back: Morning) -> None:
    until = r"goes until row \d+ of the audit trail \(Wed 5 Jul 2017 07:50 BST\)"
    said = put_back.bot.run("doctor")
    assert said.code == 1
    (line,) = (each for each in said.out.splitlines() if "fault rollback" in each)
    assert re.search(until, line)
    assert TOLD in line
    verified = put_back.bot.run("audit", "verify")
    assert verified.code == 1
    assert re.search(r"FAULT: the trail ends at row \d+, but on .* it went to row \d+: an older copy", verified.out)
    once = put_back.bot.run("serve", "--once")
    assert once.code == 0
    assert once.err.startswith("The database goes until row ")
    assert TOLD in once.err
    assert "noticed" in put_back.bot.run("doctor").out
    assert "the bot noticed that an older copy" in put_back.bot.run("audit", "verify").out


def test_a_head_that_is_forged_is_none_and_one_of_the_future_counts(put_back: Morning) -> None:
    with put_back.app() as app, reading(app.database) as connection:
        key, newest = app.keys.audit, max(audit_checkpoints.read(app.heads.newest)[0])
        assert audit_chain.lacking(connection, key, [newest], AFTER) == newest
        assert audit_chain.lacking(connection, key, [newest._replace(seq=newest.seq + 1)], AFTER) is None
        assert audit_chain.lacking(connection, key, [newest], newest.at - MINUTE) == newest
        assert audit_chain.lacking(connection, key, [], AFTER) is None


# -- what the trail says of it --


def test_a_lead_accepts_it_once_and_verify_tells_it_from_then_on(
    slack: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PARTNERSHIP", str(slack.file))
    monkeypatch.setattr("bot.settings.ROOT", slack.bot.folder)
    rolled_back(slack)
    for copied in (slack.bot.folder / "data").rglob("newest-*.jsonl"):  # as the head of an hour: it is not replaced
        hourly = copied.with_name(copied.name.replace("newest", "heads"))
        hourly.write_text(hourly.read_text() + copied.read_text())
    accept = ("audit", "accept-restore", "--because", "The disk was put back.", "--as")
    early = slack.bot.run(*accept, "lead")
    assert (early.code, "has not noticed" in early.err) == (1, True)
    slack.tick(AFTER, AFTER + MINUTE)
    assert "FAULT: " in slack.bot.run("audit", "verify").out
    assert slack.bot.run(*accept, "admin").code == 1, "not the person who may have cut rows off"
    named = ("audit", "accept-restore", "--because", "Put back, born 12 March 2004.", "--as", "lead")
    assert "no name, date of birth" in slack.bot.run(*named).err, "the trail keeps it for years"
    slack.bot.done(*accept, "lead")
    said = slack.bot.done("audit", "verify")
    assert "lead accepted that on " in said
    assert "No fault was found." in said
    assert "nothing to accept" in slack.bot.done(*accept, "lead")
    with slack.app() as app, reading(app.database) as connection:
        (row,) = [e for _, e in audit_chain.entries(connection) if e.outcome == audit_chain.ACCEPTED]
    assert row.reason.startswith("The disk was put back. [replaced: row ")
    head = slack.bot.folder / "forged"
    head.write_text(copied.read_text().replace('"seq": ', '"seq": 9'))
    assert slack.bot.run("audit", "verify", "--heads", str(head)).code == 1, "nothing else is accepted with it"


def test_heads_that_another_agency_keeps_are_accepted_too(slack: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bot's own were put back with the database, its trail has no fault: theirs would tell one for ever."""
    monkeypatch.setenv("BOT_PARTNERSHIP", str(slack.file))
    monkeypatch.setattr("bot.settings.ROOT", slack.bot.folder)
    rolled_back(slack)
    theirs = slack.bot.folder / "theirs"
    for copied in (slack.bot.folder / "data").rglob("newest-*.jsonl"):
        theirs.write_text(copied.read_text())
        copied.unlink()
    slack.tick(AFTER, AFTER + MINUTE)
    accept = ("audit", "accept-restore", "--because", "The disk was put back.", "--as", "lead")
    assert slack.bot.run("audit", "verify", "--heads", str(theirs)).code == 1
    assert "nothing to accept" in slack.bot.done(*accept)
    slack.bot.done(*accept, "--heads", str(theirs))
    assert "No fault was found." in slack.bot.done("audit", "verify", "--heads", str(theirs))
