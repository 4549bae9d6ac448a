"""The verb release, as strategic leads type it: what it keeps, says, records and refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import App
from bot.conversation.command import Place, Request
from bot.conversation.dispatcher import Recorder
from bot.conversation.reply import Reply
from bot.rules.time.period import parse_period
from bot.settings import read_settings
from bot.store.database import reading, writing
from bot.store.delivery import replicas
from bot.store.delivery.replicas import Restored
from bot.store.queries.audit_trail import StoredTrail
from bot.store.released_periods import issues, note_restore
from tests.support.copied import filled
from tests.support.exports import Row, child, interview, police, write
from tests.support.factories import NOW

CHANNEL = Place("county-digest", 1)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    for name in [n for n in os.environ if n.startswith("BOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BOT_DATABASE_URL", url)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    filled(tmp_path, "records to release", lambda: _load(tmp_path))
    found = App(read_settings())
    yield found
    found.close()


def children(first: int, last: int) -> list[Row]:
    """Return an absence each of so many children, in one afternoon of May 2017."""
    times = {
        "reported_at": "02/05/2017 12:00",
        "last_seen_at": "02/05/2017 10:00",
        "found_at": "02/05/2017 18:00",
        "returned_at": "02/05/2017 19:00",
        "prevention_interview_at": "02/05/2017 19:00",
    }
    assert times.keys() <= police().keys()
    return [police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}", **times) for n in range(first, last)]


def _load(folder: Path) -> None:
    with closing(App(read_settings())) as found:
        found.load("children", write(folder / "children.csv", [child()]), NOW)
        found.load("interviews", write(folder / "interviews.csv", [interview()]), NOW)
        found.load("police", write(folder / "police.csv", children(1, 31)), NOW)


def later(app: App, tmp_path: Path, last: int) -> None:
    """Load a later export with further children."""
    app.load("police", write(tmp_path / "more.csv", children(1, last)), NOW)


def asked(app: App, text: str) -> Reply:
    request = Request(app.partnership.person("lead"), CHANNEL, text, NOW)
    return Recorder(app.record).record(app.dispatcher.dispatch(request))


def figures(reply: Reply) -> object:
    """Return what was counted: the warnings beside it are of the files as they are now."""
    return [line for line in reply.text if "missing episodes of" in str(line)], reply.tables


def run(*words: str) -> int:
    return main(["release", *words])


def test_a_first_release_is_what_channels_show(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("2017-H1", "--as", "lead") == 0
    assert capsys.readouterr().out.startswith("2017-H1 is released as issue 1: ")
    reply = asked(app, "stats all 2017-H1")
    assert reply.status == "ok"
    assert "Released on 5 Jul 2017; records loaded later are not in these figures." in reply.footer
    with reading(app.database) as connection:
        (row,) = [
            r
            for r in StoredTrail(connection).tallies(NOW.replace(year=2000), NOW.replace(year=2100))
            if r.action == "release"
        ]
    assert (row.outcome, row.count) == ("done", 1)


def test_a_later_load_changes_no_answer_until_enough_changed(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = asked(app, "stats all 2017-H1")
    later(app, tmp_path, 35)
    assert figures(asked(app, "stats all 2017-H1")) == figures(before)
    assert run("2017-H1", "--as", "lead") != 0
    assert "Not enough changed" in capsys.readouterr().err
    later(app, tmp_path, 45)
    assert run("2017-H1", "--as", "lead") == 0
    said = capsys.readouterr().out
    assert said.startswith("2017-H1 is released as issue 2: ")
    assert "county, children: 30 -> 45" in said
    reply = asked(app, "stats all 2017-H1")
    assert figures(reply) != figures(before)
    assert any("Released as issue 2 on" in line for line in reply.footer)


def test_who_is_no_lead_releases_nothing(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("2017-H1", "--as", "north-manager") == 1
    assert "Only a strategic lead can do this" in capsys.readouterr().err
    with reading(app.database) as connection:
        assert issues(connection, parse_period("2017-H1", NOW)) == []


@pytest.mark.parametrize(
    ("period", "why"),
    [("2017-Q1", "Name a half-year"), ("2017-H2", "2017-H2 is not over"), ("oct 2016-mar 2017", "Name a half-year")],
)
def test_only_half_years_that_are_over(app: App, period: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(period, "--as", "lead") != 0
    assert why in capsys.readouterr().err


def test_after_a_restore_what_may_have_been_shown_is_shown_again_on_purpose_only(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(app.database) as connection:
        replicas.note_restore(connection, Restored(NOW, "copy", 1, None), NOW)
        note_restore(connection, 1, NOW)
    refused = asked(app, "stats all 2017-H1")
    assert (refused.status, refused.title) == ("unclear", "Not shown here")
    lost = "may have been shown before the database was restored"
    assert lost in refused.text[0]
    report = ["report", "2017-H1", "--published", "--as", "lead", "--formats", "html", "--to", str(tmp_path / "out")]
    assert lost in str(asked(app, "report 2017-H1").text)
    assert main(report) != 0
    assert lost in capsys.readouterr().err
    assert run("2017-H1", "--as", "lead") == 0
    assert main(report) == 0
    with reading(app.database) as connection:
        assert not issues(connection, parse_period("2016-H2", NOW))
    assert asked(app, "stats all 2017-H1").status == "ok"
