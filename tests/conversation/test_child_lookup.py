"""Looking up a child through the whole bot, on both databases: no oracle, rights that end, locks that last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select, update

from bot import __main__
from bot.app import App
from bot.chat.terminal import as_csv, as_json, as_text
from bot.cli import terminal
from bot.conversation.command import PRIVATE, NotRecorded, Request
from bot.conversation.dispatcher import Recorder
from bot.conversation.reply import Reply
from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import RIGHTS
from bot.settings import Settings, read_settings
from bot.store import people_list
from bot.store.database import reading, writing
from bot.store.schema import access, records
from tests.support.asking import BECAUSE
from tests.support.factories import NOW, at, episode, hours, reference
from tests.support.world import episode_row

NORTH, SOUTH, HOME, NOBODY = reference(1), reference(2), reference(3), reference(999)
SINCE = at("Tue 4 Jul 2017 22:00")
BACK = at("Sun 2 Jul 2017 18:00")


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = replace(read_settings({"BOT_DATABASE_URL": database_url}), data_folder=tmp_path / "data")
    monkeypatch.setattr(__main__, "read_settings", lambda: found)
    return found


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with closing(App(settings)) as app:
        _store(app)
        yield app


def _store(app: App) -> None:
    """Missing in the north and in the south, and one who is back in the south."""
    cases = [
        episode(1, SINCE, id=1, worker="W-N01"),
        episode(2, SINCE, id=2, area="south"),
        episode(3, BACK - hours(9), BACK, id=3, area="south"),
    ]
    numbers = dict.fromkeys(("rows_read", "accepted", "rejected", "added", "changed", "unchanged"), 0)
    load = {"source": "police", "taken_at": NOW - hours(1), "loaded_at": NOW, "sha256": "0" * 64, **numbers}
    with writing(app.database) as connection:
        connection.execute(records.child.insert(), [{"id": n, "ref": reference(n)} for n in (1, 2, 3)])
        connection.execute(update(records.child).where(records.child.c.id == 1).values(lead_worker="W-N99"))
        for x in cases:
            row = {**episode_row(x, f"P-{x.id}", None), "end_known_at": x.until_at, "entered_at": x.start_at}
            bare = {"child_id": x.child_id, "entered_at": x.start_at, "payload": "-"}
            connection.execute(records.occurrence.insert(), [{"occurrence_ref": f"P-{x.id}", **bare}])
            connection.execute(records.episode.insert(), [row])
        connection.execute(records.source_load.insert(), [load])


def ask(app: App, text: str, who: str = "north-worker", minutes: float = 0) -> Reply:
    return terminal.ask(app, text, who, None, NOW + timedelta(minutes=minutes))


def everything(reply: Reply) -> str:
    return as_json(reply) + as_text(reply) + as_csv(reply)


def rows(app: App) -> list[tuple[str, str, str]]:
    with reading(app.database) as connection:
        found = connection.execute(select(access.audit).order_by(access.audit.c.seq))
        return [
            (row.who, row.action, row.outcome)
            for row in found
            if row.who != "bot" and row.subject != "partnership file"
        ]


# -- no oracle (A5) --

TYPED = (
    *("child {}", "child {} " + BECAUSE, "child {} because so", "who-looked {}"),
    *("interview {}", "interview {} why", "interview {} held", "interview {} nonsense", "interview {} #1 held v0"),
)


@pytest.mark.parametrize("role", RIGHTS)
def test_not_yours_and_no_such_child_are_the_same_bytes_for_every_role(app: App, role: str) -> None:
    """Whatever is typed: an answer with the child's reference, or else what is said of a child there is none of."""
    asker = Person("asker", "council", role=role, areas=("north",), worker_code="W-N99")  # type: ignore[arg-type]
    with writing(app.database) as connection:
        people_list.add(connection, asker)
        people_list.hold(connection, asker.id, asker.roles[0], "test", NOW)
    for n, text in enumerate(TYPED):
        minutes = 11 * n  # the misses before are over
        nobody = ask(app, text.format(NOBODY), "asker", minutes)
        for ref in (NORTH, SOUTH, HOME):
            reply = ask(app, text.format(ref), "asker", minutes)
            if reply.title in ("Not recorded", "Not understood, nothing recorded"):
                how = ask(app, f"interview {ref}", "asker", minutes)
                assert how.status == "ok", "who is told why not may see it"
                continue
            same = everything(reply).replace(ref, NOBODY) == everything(nobody)  # a button repeats what was typed
            assert ref in reply.title or same, (text, ref)


class Reads:
    """Counts what is asked of the database."""

    def __init__(self, app: App) -> None:
        self.statements: list[str] = []
        event.listen(app.database, "before_cursor_execute", lambda _c, _u, sql, *_: self.statements.append(sql))


NOT_THEIRS = [
    *((who, text) for who in ("south-worker", "north-manager") for text in ("child {}", "child {} " + BECAUSE)),
    ("lead", "child {}"),
    ("north-manager", "who-looked {}"),
    *(("north-manager", text) for text in ("interview {}", "interview {} held", "interview {} #9 nonsense")),
]


def test_what_ones_own_list_shows_is_no_secret(app: App) -> None:
    """Who may take it is said of a reference that the person's list shows, and of no other."""
    titles = {ref: ask(app, f"interview {ref} take", "south-worker").title for ref in (HOME, NORTH, NOBODY)}
    assert titles == {HOME: f"{HOME} is not yours to take", NORTH: "Not shown", NOBODY: "Not shown"}


@pytest.mark.parametrize(("who", "text"), NOT_THEIRS)
def test_as_much_is_read_for_no_child_as_for_one_that_is_not_theirs(app: App, who: str, text: str) -> None:
    """The same statements as often, so that neither time nor a busy database tells one from the other."""
    reads, counted = Reads(app), {}
    ask(app, "help", who)
    for ref in (HOME, NOBODY):
        del reads.statements[:]
        assert ask(app, text.format(ref), who).status == "refused"
        counted[ref] = sorted(reads.statements)
    assert counted[HOME] == counted[NOBODY]
    assert len(counted[NOBODY]) > 10


# -- rights that end between two questions (A7) --


def _revoke(app: App, who: str) -> None:
    with writing(app.database) as connection:
        connection.execute(delete(access.role_held).where(access.role_held.c.person_id == who))


def _expire(app: App, who: str) -> None:
    ended = (NOW - hours(24)).date()
    with writing(app.database) as connection:
        connection.execute(update(access.role_held).where(access.role_held.c.person_id == who).values(expires=ended))


def _deactivate(app: App, who: str) -> None:
    with writing(app.database) as connection:
        connection.execute(update(access.person).where(access.person.c.id == who).values(active=False))


@pytest.mark.parametrize("end", [_revoke, _expire, _deactivate])
@pytest.mark.parametrize("who", ["north-worker", "lead"])
def test_no_right_outlives_its_end(app: App, who: str, end: object) -> None:
    assert ask(app, f"child {NORTH} {BECAUSE}", who).status == "ok"
    assert ask(app, f"child {SOUTH} {BECAUSE}", who).status == "ok"
    end(app, who)  # type: ignore[operator]
    for text in (f"child {NORTH}", f"child {SOUTH} {BECAUSE}", "my-access", "reviews", "help"):
        reply = ask(app, text, who, minutes=1)
        assert "Please ask your administrator" in reply.text[0]
        assert "OX-" not in everything(reply)


def test_an_area_that_was_taken_away_counts_no_more(app: App) -> None:
    assert ask(app, f"who-looked {NORTH}", "north-manager").status == "ok"
    with writing(app.database) as connection:
        connection.execute(update(access.role_held).values(areas="south"))
    assert ask(app, f"who-looked {NORTH}", "north-manager").status == "refused"
    assert ask(app, f"who-looked {SOUTH}", "north-manager").status == "ok"


def test_half_an_hour_and_no_longer_and_every_look_is_recorded(app: App) -> None:
    said = [ask(app, f"child {SOUTH} {BECAUSE}").status]
    said += [ask(app, f"child {SOUTH}", minutes=n).status for n in (1, 29.9, 30)]
    assert said == ["ok", "ok", "ok", "refused"]
    looks = [row for row in rows(app) if row[0] == "north-worker"]
    assert looks == [("north-worker", "break-glass", "answered")] * 3 + [("north-worker", "child", "not_found")]


def test_what_cannot_be_recorded_is_not_shown_and_not_opened(app: App) -> None:
    def fails(*_: object) -> None:
        raise NotRecorded("full")

    request = Request(app.person("north-worker"), PRIVATE, f"child {SOUTH} {BECAUSE}", NOW)
    reply = Recorder(fails).record(app.dispatcher.dispatch(request))
    assert "could not record" in reply.text[0]
    assert ask(app, f"child {SOUTH}").status == "refused"


# -- misses (A12) --


def test_a_lock_outlives_a_restart_and_holds_on_every_replica(app: App, settings: Settings) -> None:
    for n in range(5):
        ask(app, f"child {NOBODY}", minutes=n)
    with closing(App(settings)) as other:
        for n in range(5, 10):
            assert "locked" not in ask(other, f"child {NOBODY}", minutes=n).text[0]
    with closing(App(settings)) as third:
        for each in (app, third):
            assert "locked for you until" in ask(each, f"child {NORTH}", minutes=10).text[0]
            assert "locked for you until" in ask(each, f"child {SOUTH} {BECAUSE}", minutes=10).text[0]
    assert ask(app, f"child {NORTH}", minutes=70).status == "ok"


def test_an_administrator_hears_and_lifts_it(app: App) -> None:
    for _ in range(10):
        ask(app, f"child {NOBODY}")
    reply = ask(app, "help", "admin")
    assert "Look-ups of north-worker (council) are locked" in everything(reply)
    assert NOBODY not in everything(reply)
    with writing(app.database) as connection:
        assert people_list.unlock(connection, "north-worker")
    assert ask(app, f"child {NORTH}", minutes=1).status == "ok"
    assert ask(app, f"child {NOBODY}", minutes=1).status == "refused"
    assert ask(app, f"child {NORTH}", minutes=1).status == "ok", "the earlier misses are forgotten"


# -- on the server --


def test_leads_hear_in_their_next_answer_once(app: App) -> None:
    ask(app, f"child {SOUTH} {BECAUSE}")
    for lead in ("lead", "police-lead"):
        assert SOUTH in everything(ask(app, "sources", lead))
        assert SOUTH not in everything(ask(app, "sources", lead))
    assert ask(app, "reviews 1 justified", "police-lead").status == "ok"
    assert ask(app, "reviews 1 justified", "lead").text[0].startswith("police-lead reviewed this on ")


def test_notices_on_the_server_name_no_child_but_to_whom_they_are_for(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["notices"]) == 0
    assert capsys.readouterr().out == "Nobody has anything to be told.\n"
    ask(app, f"child {SOUTH} {BECAUSE}")
    assert __main__.main(["notices"]) == 0
    out = capsys.readouterr().out
    assert "lead: Wed 5 Jul 08:00 · north-worker (council) opened this child's record" in out
    assert SOUTH not in out
    assert __main__.main(["notices", "--as", "lead"]) == 0
    assert SOUTH in capsys.readouterr().out
    assert __main__.main(["notices", "--as", "nobody"]) == 1
    assert SOUTH in everything(ask(app, "help", "lead")), "printing them is not being told"


def test_watch_raises_the_alarm_once(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    ask(app, f"child {SOUTH} {BECAUSE}")
    for when, raised in (("2017-07-07T23:59", 0), ("2017-07-08T00:00", 1), ("2017-07-08T01:00", 0)):
        assert __main__.main(["watch", "--now", when]) == 0
        said = f"1 look outside the area waits for review; {raised} newly overdue.\n"
        assert capsys.readouterr().out == said
    assert "was not reviewed within 2 working days" in everything(ask(app, "help", "admin", minutes=60 * 24 * 4))
    reply = ask(app, "reviews", "lead", minutes=60 * 24 * 4)
    assert "1 waiting, 1 overdue." in reply.text


def test_one_more_role_is_one_more_right_at_once(app: App) -> None:
    assert ask(app, "reviews", "north-manager").status == "refused"
    with writing(app.database) as connection:
        people_list.hold(connection, "north-manager", HeldRole("strategic_lead"), "test", NOW)
    assert ask(app, "reviews", "north-manager").status == "ok"
