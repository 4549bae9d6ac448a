"""`python -m bot people`: what an administrator types, what is printed, and how a script knows how it went."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot import __main__
from bot.app import App, operator
from bot.rules.partnership.partnership import HeldRole, Person
from bot.settings import Settings, read_settings
from bot.store.database import reading, writing
from bot.store.schema import access
from tests.support.factories import NOW, hours
from tests.support.workbooks import Cell, write_workbook

People = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The practice partnership, whose administrator is called admin."""
    database = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    found = replace(read_settings({"BOT_DATABASE_URL": database}), data_folder=tmp_path / "data")
    monkeypatch.setattr(__main__, "read_settings", lambda: found)
    return found


@pytest.fixture
def people(settings: Settings, capsys: pytest.CaptureFixture[str]) -> People:
    """Run the verb; what it says on the terminal, or why not."""

    def run(*words: str, by: str | None = "admin", code: int = 0) -> str:
        asked_by = ["--as", by] if by is not None and words[0] not in ("list", "show") else []
        assert __main__.main(["people", *words, *asked_by]) == code
        said = capsys.readouterr()
        assert bool(said.err) == (code != 0 and not said.out)
        return said.err or said.out

    return run


def listed(settings: Settings, person_id: str) -> Person | None:
    with closing(App(settings)) as app:
        return app.person(person_id)


def recorded(settings: Settings) -> list[tuple[str, str, str, str]]:
    row = access.audit
    with closing(App(settings)) as app, reading(app.database) as connection:
        query = select(row.c.who, row.c.action, row.c.subject, row.c.outcome).order_by(row.c.seq)
        return [tuple(r) for r in connection.execute(query) if r.action.startswith("people")]


def rows(people: People, *words: str) -> list[list[str]]:
    """The lines of a list, from its CSV."""
    said = people("list", *words, "--format", "csv")
    return list(csv.reader(io.StringIO(said.split("Who is listed\n")[1])))[1:] if "Who is listed" in said else []


def test_a_worker_from_first_to_last_day(people: People, settings: Settings) -> None:
    words = ("add", "w-17", "--agency", "council", "--role", "allocated_worker", "--areas", "north,south")
    assert people(*words, "--worker-code", "W-17", "--slack-id", "U0123") == "Done.\n"
    first = HeldRole("allocated_worker", ("north", "south"), NOW.date().replace(month=10, day=3))
    found = listed(settings, "w-17")
    assert found is not None
    assert (found.roles, found.worker_code, found.slack_id) == ((first,), "W-17", "U0123")
    people("grant", "w-17", "analyst", "--expires", "2017-08-01")
    people("link", "w-17", "--teams-id", "29:abc")
    people("revoke", "w-17", "allocated_worker")
    people("deactivate", "w-17")
    assert people("deactivate", "w-17") == "Nothing to change: it is so already.\n"
    people("activate", "w-17")
    people("revoke", "w-17")
    done = ["add", "grant", "link", "revoke", "deactivate", "activate", "revoke"]
    assert recorded(settings) == [("admin", f"people {what}", "w-17", "done") for what in done]
    assert listed(settings, "w-17") == Person(
        "w-17", "council", worker_code="W-17", slack_id="U0123", teams_id="29:abc"
    )


@pytest.mark.parametrize(
    ("option", "given", "said"),
    [
        ("--slack-id", "#north", "A Slack id is the member id, not a channel: it begins with U or W. "),
        ("--slack-id", "C012AB3CD", "A Slack id is the member id, not a channel: it begins with U or W. "),
        ("--slack-id", "@jane", "A Slack id is the member id, not a name: it begins with U or W. "),
        ("--slack-id", "jane@example.org", "A Slack id is the member id, not an e-mail address: it begins with U or "),
        ("--teams-id", "@jane", "A platform id has up to 64 letters, digits, : . _ - and a digit (no e-mail address, "),
        ("--teams-id", "jane.smith", "A platform id has up to 64 letters, digits, : . _ - and a digit (no e-mail "),
    ],
)
def test_a_name_or_channel_is_no_id_of_a_platform(people: People, option: str, given: str, said: str) -> None:
    fault = people("link", "north-worker", option, given, code=1)
    assert fault.startswith(said)
    assert ("such as U012AB3CD (in Slack: " if option == "--slack-id" else "Entra") in fault
    assert "jane" not in fault


def test_a_new_persons_code_is_accepted_from_the_exports(people: People, settings: Settings) -> None:
    people("add", "w-17", "--agency", "council", "--worker-code", "W-17")
    with closing(App(settings)) as app:
        assert "w-17" in {p.id for p in app.partnership.people}
        assert "W-17" in {p.worker_code for p in app.partnership.people}


def test_what_is_refused_is_said_in_a_sentence_and_recorded(people: People, settings: Settings) -> None:
    assert people("add", "w-1", "--agency", "council", by=None, code=1) == (
        "Only an administrator changes people. Say which one you are: --as ADMIN.\n"
    )
    said = people("add", "Jane Smith", "--agency", "council", by="Jane Smith", code=1)
    assert said == "Only an administrator changes people. Nobody is listed under the id given with --as.\n"
    assert "Jane" not in people("add", "Jane Smith", "--agency", "council", code=1)
    assert people("grant", "admin", "analyst", code=1) == "Nobody changes their own roles. Ask another administrator.\n"
    assert people("revoke", "admin", by="lead", code=1).startswith("Only an administrator")
    assert [row[0] + " " + row[3] for row in recorded(settings)] == [
        *([f"{operator()} not_administrator"] * 2),
        *("admin invalid", "admin own_roles"),
        "lead not_administrator",
    ]


def test_wrong_words_are_explained_by_the_parser(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = (
        *(["people"], ["people", "add"], ["people", "grant", "w-1", "king"], ["people", "list", "--expiring", "x"]),
        *(
            ["people", "add", "w-1", "--agency", "x"],
            ["people", "add", "w-1", "--agency", "council", "--expires", "soon"],
        ),
    )
    for words in wrong:
        with pytest.raises(SystemExit) as ended:
            __main__.main(words)
        assert ended.value.code == 2
        assert "error:" in capsys.readouterr().err


def test_the_first_administrator_of_an_empty_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, people: People
) -> None:
    """No people in the partnership file: whoever sits at the terminal lists one, once."""
    ours = replace(settings.partnership, people=(), roles={}, rota=(), practice=None)
    key = {"BOT_AUDIT_KEY": "0f" * 32, "BOT_DATA_KEY": "0e" * 32}
    empty = replace(settings, partnership=ours, environ=key)
    monkeypatch.setattr(__main__, "read_settings", lambda: empty)
    assert people("add", "w-1", "--agency", "council", "--role", "analyst", by=None, code=1).endswith(
        "list one with people add ID --agency AGENCY --role system_admin, without --as.\n"
    )
    admin = ("--agency", "council", "--role", "system_admin")
    assert people("add", "adm-1", *admin, by=None) == "Done.\n"
    assert people("add", "adm-2", *admin, by=None, code=1).startswith("Only an administrator")
    assert people("add", "adm-2", *admin, by="adm-1") == "Done.\n"
    assert people("revoke", "adm-1", by="adm-2") == "Done.\n"
    assert people("revoke", "adm-2", by="adm-2", code=1).startswith("Nobody changes their own roles")
    assert [row[0] for row in recorded(empty)] == [operator(), operator(), operator(), "adm-1", "adm-2", "adm-2"]


def test_the_lists(people: People, settings: Settings) -> None:
    ours = settings.partnership.people
    assert [(r[0], r[2]) for r in rows(people)] == sorted((p.id, h.role) for p in ours for h in p.roles)
    people("add", "w-17", "--agency", "police", "--role", "analyst", "--expires", "2017-07-20", "--slack-id", "U1")
    people("add", "w-18", "--agency", "police")
    people("grant", "lead", "analyst")
    people("deactivate", "police")
    assert rows(people, "--expiring", "14") == []
    assert rows(people, "--expiring", "15") == [
        ["w-17", "police", "analyst", "", "2017-07-20", "", "yes", "no", "active"]
    ]
    assert [r[-1] for r in rows(people, "--expiring", "0", "--now", "2017-07-21T00:00")] == ["expired"]
    assert {r[0] for r in rows(people, "--role", "analyst")} == {
        *(p.id for p in ours if any(h.role == "analyst" for h in p.roles)),
        *("w-17", "lead"),
    }
    without = {r[0]: r[-1] for r in rows(people, "--without-platform-id")}
    assert "w-17" not in without
    assert set(without) == {"w-18", *(p.id for p in ours if not p.slack_id and not p.teams_id)}
    assert (without["w-18"], without["police"]) == ("no role", "deactivated")
    assert f"{len(ours) + 2} people" in people("list")
    ends = ("--role", "system_admin", "--expiring", "9")
    assert json.loads(people("list", *ends, "--format", "json"))["text"] == ["0 people, 0 roles."]


def test_one_person(people: People, settings: Settings) -> None:
    said = people("show", "north-worker")
    assert "Worker code: W-N01" in said
    assert "allocated_worker" in said
    lock = {"person_id": "north-worker", "locked_at": NOW, "until_at": NOW + hours(1)}
    with closing(App(settings)) as app, writing(app.database) as connection:
        connection.execute(insert(access.look_up_lock).values(**lock))
    assert "Look-ups: locked until Wed 5 Jul 2017 09:00" in people("show", "north-worker")
    assert people("unlock", "north-worker") == "Done.\n"
    facts: Any = json.loads(people("show", "north-worker", "--format", "json"))["facts"]
    assert {f["label"]: f["value"] for f in facts}["Look-ups"] == "open"
    assert people("show", "Jane Smith", code=1) == "Nobody with this id is listed. See who is: people list.\n"


# -- import --

HEADER = "id,agency,role,areas,expires,worker_code,slack_id,teams_id\n"
GOOD = (
    "w-21,council,allocated_worker,north,2017-12-31,W-21,U21,\n"
    'w-21,council,panel_member,"north, south",,,,\n'
    "w-22,Police,Duty inspector,,31/12/2017,,,29:22\n"
    "north-worker,council,,,,,UN1,\n"
)
BAD = (
    "Jane Smith,council,,,,,,\n"
    "w-23,counsil,,,,,,\n"
    "w-24,council,king,,,,,\n"
    "w-25,council,team_manager,nort,,,,\n"
    "w-26,council,analyst,,soon,,,\n"
    "w-27,council,analyst,,2017-01-01,,,\n"
    "w-28,council,,,,W-N01,,\n"
    ",council,,,,,,\n"
    "w-29,council,,,\n"
    "admin,council,analyst,,,,,\n"
    "north-worker,police,,,,,,\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def written(text: str) -> str:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def test_a_list_is_taken_over_and_a_second_time_changes_nothing(
    people: People, settings: Settings, file: Callable[[str], str]
) -> None:
    assert "4 rows: 4 taken over, 0 as they were, 0 refused." in people("import", file(HEADER + GOOD))
    found = listed(settings, "w-21")
    assert found is not None
    assert [h.role for h in found.roles] == ["allocated_worker", "panel_member"]
    assert (found.roles[1].areas, found.worker_code, found.slack_id) == (("north", "south"), "W-21", "U21")
    assert getattr(listed(settings, "north-worker"), "slack_id", "") == "UN1"
    before = recorded(settings)
    assert before == [("admin", "people import", who, "done") for who in ("w-21", "w-21", "w-22", "north-worker")]
    later = people("import", file(HEADER + GOOD), "--now", "2017-07-15T08:00")
    assert "4 rows: 0 taken over, 4 as they were, 0 refused." in later
    assert recorded(settings) == before


def test_faults_are_listed_with_their_place_and_the_rest_is_kept(
    people: People, settings: Settings, file: Callable[[str], str]
) -> None:
    said = people("import", file(HEADER + BAD + GOOD), "--format", "csv", code=1)
    assert "15 rows: 4 taken over, 0 as they were, 11 refused." in said
    faults = list(csv.reader(io.StringIO(said.split("Rows that were refused\n")[1])))[1:]
    assert [(row[1], row[2], row[3]) for row in faults] == [
        ("2", "id", "Jane Smith"),
        ("3", "agency", "counsil"),
        ("4", "role", "king"),
        ("5", "areas", "nort"),
        ("6", "expires", "soon"),
        ("7", "expires", "2017-01-01"),
        ("8", "worker_code", "W-N01"),
        ("9", "id", ""),
        ("10", "id", ""),
        ("11", "role", "analyst"),
        ("12", "agency", "police"),
    ]
    assert {row[0] for row in faults} == {"people.csv"}
    assert all(row[4] and row[5] for row in faults)
    assert listed(settings, "w-21") is not None
    assert [listed(settings, f"w-{n}") for n in range(23, 30)] == [None] * 7
    assert "Jane" not in str(recorded(settings))


def test_a_dry_run_changes_and_records_nothing(people: People, settings: Settings, file: Callable[[str], str]) -> None:
    said = people("import", file(HEADER + BAD + GOOD), "--dry-run", code=1)
    assert "15 rows: 4 would be taken over, 0 as they were, 11 refused." in said
    assert (listed(settings, "w-21"), recorded(settings)) == (None, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "people.csv: the file is empty. Nothing was changed."),
        (HEADER, "people.csv: there is a header but no rows. Nothing was changed."),
        ("id,role\nw-1,analyst\n", "people.csv: the column 'agency' is missing. Nothing was changed."),
        ("id,agency,id\nw-1,council,w-1\n", "people.csv: a column stands twice. Leave one; nothing was changed."),
        ("id,agency,rolle\nw-1,council,x\n", f"people.csv: the columns are {HEADER.strip().replace(',', ', ')}, "
         "and there is another. Did you mean 'role'?"),
        (HEADER + GOOD + 'w-30,"council', "people.csv: A quotation mark opened on line 6 is never closed: either the "
         "end of the file is cut off, or the mark does not belong there. Export or copy it again. "
         "Nothing was changed."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_changes_nothing(
    people: People, settings: Settings, file: Callable[[str], str], text: str, said: str
) -> None:
    assert people("import", file(text), code=1) == f"{said}\n"
    assert (listed(settings, "w-21"), recorded(settings)) == (None, [])


def test_columns_may_stand_in_any_order_and_be_left_out(
    people: People, settings: Settings, file: Callable[[str], str]
) -> None:
    assert "1 taken over" in people("import", file("\ufeffRole, Agency ,ID\nanalyst,council,w-31\n"))
    assert "1 taken over" in people(
        "import", file("People of the council;;\nID;Agency;Worker Code;\nw-32;council;W-9;\n")
    )
    rows: list[list[Cell]] = [["Id", "Agency", "Expires"], ["w-33", "council", date(2018, 1, 31)]]
    workbook = write_workbook(Path(file("")).with_suffix(".xlsx"), People=rows)
    assert "1 taken over" in people("import", str(workbook))
    assert getattr(listed(settings, "w-31"), "role", None) == "analyst"


def test_nobody_but_an_administrator_imports(people: People, settings: Settings, file: Callable[[str], str]) -> None:
    assert "0 taken over, 0 as they were, 4 refused" in people("import", file(HEADER + GOOD), by="lead", code=1)
    assert {row[3] for row in recorded(settings)} == {"not_administrator"}
    assert listed(settings, "w-21") is None
