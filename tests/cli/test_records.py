"""The verbs retention, hold and subject, as people type them: what they say, change, record and refuse."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.__main__ import main
from bot.app import App
from bot.rules.partnership.partnership import HeldRole, Person
from bot.settings import PRACTICE_FILE, read_partnership, read_settings
from bot.store import people_list
from bot.store.database import reading, writing
from bot.store.queries.audit_trail import StoredTrail
from bot.store.schema import records
from tests.support.copied import filled
from tests.support.exports import child, interview, police, write
from tests.support.factories import NOW

WHY = "a written request of the family"
OTHER = Person("other-lead", "police", "strategic_lead")
ENDED = Person("ended-lead", "police", also=(HeldRole("strategic_lead", (), date(2017, 7, 4)),))


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """A practice partnership with two strategic leads and one child."""
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    for name in [n for n in os.environ if n.startswith("BOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BOT_DATABASE_URL", url)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)  # its data folder, with the keys and the lists
    filled(tmp_path, "records of a child", lambda: _load(tmp_path))
    found = App(read_settings())
    yield found
    found.close()


def _load(folder: Path) -> None:
    with closing(App(read_settings())) as found:
        with writing(found.database) as connection:
            for each in (OTHER, ENDED):
                people_list.add(connection, each)
                for held in each.roles:
                    people_list.hold(connection, each.id, held, "test", NOW)
        for source, row in {"police": police(), "children": child(), "interviews": interview()}.items():
            found.load(source, write(folder / f"{source}.csv", [row]), NOW)


def ref_of(app: App) -> str:
    with reading(app.database) as connection:
        return str(connection.execute(select(records.child.c.ref)).scalar_one())


def run(*words: str) -> int:
    return main([*words])


def recorded(app: App, ref: str) -> list[tuple[str, str, str]]:
    with reading(app.database) as connection:
        return [
            (e.who, e.action, e.outcome) for e in reversed(StoredTrail(connection).about(ref, NOW.replace(year=2000)))
        ]


def test_a_hold_stops_the_erasure_until_two_leads_have_lifted_it(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    ref = ref_of(app)
    erase = ("subject", "erase", ref, "--as", "lead", "--confirmed-by", "other-lead", "--because", WHY)
    assert run("hold", "add", ref.lower(), "--as", "lead", "--because", WHY) == 0
    assert run("hold", "list", "--as", "other-lead") == 0
    assert f"{ref}: placed by lead" in capsys.readouterr().out
    assert run(*erase) == 1
    assert "legal hold" in capsys.readouterr().err
    assert run("hold", "lift", ref, "--as", "lead") == 0
    assert run("hold", "lift", ref, "--as", "other-lead") == 0
    assert "is lifted" in capsys.readouterr().out
    assert run(*erase) == 0
    said = capsys.readouterr().out
    assert f"{ref} is erased, with 1 episodes" in said
    assert "1 Mar 2017 to 1 Mar 2017 change" in said
    assert "no byte of it is left" in said
    assert recorded(app, ref) == [
        ("lead", "hold add", "done"),
        ("lead", "subject erase", "must_stay"),
        ("other-lead", "subject erase confirmed", "must_stay"),
        ("lead", "hold lift", "asked"),
        ("other-lead", "hold lift", "done"),
        ("lead", "subject erase", "done"),
        ("other-lead", "subject erase confirmed", "done"),
    ]


def test_an_erasure_takes_lists_and_kept_exports_along(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    rejects = app.home / "rejects"
    (app.home / "exports").mkdir()
    for name in ("loaded-police-1", "refused-police-2", "refused-police-2-why.txt"):
        (app.home / "exports" / name).write_text("of everybody")
    app.load("police", write(rejects.parent / "wrong.csv", [police(sex="X"), police()]), NOW)
    assert len(list(rejects.glob("*.csv"))) == 1
    erase = ("--as", "lead", "--confirmed-by", "other-lead", "--because", WHY)
    assert run("subject", "erase", ref_of(app), *erase) == 0
    out = capsys.readouterr().out
    assert "1 lists of rejected rows were removed" in out
    assert "3 kept exports and refused files were removed" in out
    assert [*rejects.glob("*.csv"), *(app.home / "exports").iterdir()] == []


def test_the_copy_is_its_owners_alone_and_recorded_with_the_reason(app: App, tmp_path: Path) -> None:
    ref, folder = ref_of(app), tmp_path / "copy"
    assert run("subject", "export", ref, "--to", str(folder), "--as", "lead", "--because", WHY) == 0
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == [f"{ref}-20170705.html", f"{ref}-20170705.json"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads(files[1].read_text())["held"]["child"][0]["ref"] == ref
    with reading(app.database) as connection:
        (row,) = StoredTrail(connection).about(ref, NOW)
    assert (row.action, row.outcome, row.reason, row.level) == ("subject export", "done", WHY, 2)
    before = [f.read_bytes() for f in files]
    assert run("subject", "export", ref, "--to", str(folder), "--as", "lead", "--because", WHY) == 1
    assert [f.read_bytes() for f in files] == before
    with reading(app.database) as connection:
        assert len(list(StoredTrail(connection).about(ref, NOW))) == 1  # what was not written is not recorded


VERBS = {
    "hold add": (),
    "subject export": ("--to", "copy"),
    "subject erase": ("--confirmed-by", "other-lead"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["admin", "north-manager", "police", "analyst", "ended-lead", "nobody"])
def test_nobody_but_a_strategic_lead_of_today(
    app: App, verb: str, who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ref = ref_of(app)
    assert run(*verb.split(), ref, *VERBS[verb], "--as", who, "--because", WHY) == 1
    assert "Only a strategic lead" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()
    ((asker, action, outcome),) = recorded(app, ref)
    assert (asker, action) == (("unlisted" if who == "nobody" else who), verb)
    assert outcome in {"role", "expired", "not_listed"}
    assert ref_of(app) == ref


@pytest.mark.parametrize("other", ["lead", "admin"])
def test_a_second_lead_has_to_confirm_an_erasure(app: App, other: str) -> None:
    ref = ref_of(app)
    assert run("subject", "erase", ref, "--as", "lead", "--confirmed-by", other, "--because", WHY) == 1
    assert ref_of(app) == ref
    assert recorded(app, ref)[-1][2] in {"same_person", "role"}


@pytest.mark.parametrize("why", ["", "short", "born on 1 February 2003, asked for it"])
def test_a_reason_is_needed_and_names_nobody(app: App, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    ref = ref_of(app)
    assert run("hold", "add", ref, "--as", "lead", "--because", why) == 1
    assert "--because" in capsys.readouterr().err
    assert recorded(app, ref) == [("lead", "hold add", "reason_unfit")]


def test_what_is_no_reference_is_answered_and_never_recorded(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    for typed in ("Some Name", "OX-ZZZZ"):
        assert run("hold", "add", typed, "--as", "lead", "--because", WHY) == 1
        assert capsys.readouterr().err == "No child has this reference.\n"
    assert recorded(app, "") == [("lead", "hold add", "not_found")]


def test_periods_before_what_was_removed_are_not_known(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("retention", "--dry-run", "--now", "2019-07-05T08:00") == 0
    assert capsys.readouterr().out == (
        "Would be removed: 1 episodes that are over, with their records and interviews.\n"
        "Records are known from 5 Jul 2017.\n"
    )
    assert app.partnership.history_start == date(2016, 7, 1)
    assert run("retention", "--now", "2019-07-05T08:00") == 0
    assert "Removed: 1 episodes" in capsys.readouterr().out
    assert run("retention", "--now", "2019-07-05T08:00") == 0
    assert "Nothing is due." in capsys.readouterr().out
    again = App(read_settings())
    assert again.partnership.history_start == date(2017, 7, 5)
    assert run("ask", "stats 2017-H1", "--as", "lead", "--now", "2019-07-05T08:00") == 0
    assert "not known" in capsys.readouterr().out
    again.close()


def test_the_file_s_own_day_counts_where_it_is_later() -> None:
    ours = read_partnership(PRACTICE_FILE)
    assert ours.with_history(date(2017, 1, 1)).history_start == date(2017, 1, 1)
    assert replace(ours).history_start == date(2016, 7, 1)
