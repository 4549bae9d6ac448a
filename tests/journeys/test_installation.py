"""One installation, one partnership: who may open a database, what it takes, what it says, and what belongs to it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.__main__ import main
from bot.app import App
from bot.rules.partnership.installation import NOT_REAL, Installation
from bot.settings import PRACTICE_FILE, read_settings
from bot.store import audit_chain, installation
from bot.store.database import open_database, reading, rebuilding, writing
from bot.store.migrations import run as migrations
from tests.support.exports import police, write

TAKEN = "2017-07-05T07:41"
KEYS = {"BOT_AUDIT_KEY": "ab" * 32, "BOT_DATA_KEY": "cd" * 32}
SLACK = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_SIGNING_SECRET": "not-a-secret"}

Said = tuple[int, str, str]
Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`python -m bot` in a clone of its own: exit code, what it printed, what it said of faults."""
    for name in ("BOT_DATABASE_URL", "BOT_PARTNERSHIP", *KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)

    def ran(*words: str, **environ: str) -> Said:
        with pytest.MonkeyPatch.context() as for_now:
            for name, value in environ.items():
                for_now.setenv(name, value)
            code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def real(folder: Path, name: str) -> str:
    """The file of a partnership that is not for practice."""
    whole = PRACTICE_FILE.read_text(encoding="utf-8")
    without = re.sub(r"\[practice\].*?\n\n", "", whole, flags=re.DOTALL)
    file = folder / f"{name.split()[0].casefold()}.toml"
    file.write_text(without.replace("Practice Oxfordshire", name), encoding="utf-8")
    return str(file)


@pytest.fixture
def wessex(tmp_path: Path) -> str:
    return real(tmp_path, "Wessex Invented")


@pytest.fixture
def mercia(tmp_path: Path) -> str:
    return real(tmp_path, "Mercia Invented")


def export(folder: Path, name: str = "ours.csv", **values: str) -> str:
    """A file that nobody but a test wrote."""
    return str(write(folder / name, [police(**values)]))


@contextmanager
def inside(url: str) -> Iterator[Any]:
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def stamp(url: str) -> Installation:
    with inside(url) as connection:
        found = installation.read(connection)
    assert found is not None
    return found


def without_stamp(url: str) -> None:
    """As a version of the program left it that knew of no stamp."""
    engine = open_database(url)
    with rebuilding(engine) as connection:
        migrations.downgrade(connection, "0008")
    engine.dispose()


def refused(said: Said) -> str:
    """The one sentence with which a verb ended in 1."""
    code, out, fault = said
    assert (code, out, fault.count("\n")) == (1, "", 1)
    assert "postgres@" not in fault
    return fault


# -- the stamp --


def test_the_first_use_stamps_a_database_and_no_later_one(run: Run, database_url: str, wessex: str) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url, "BOT_PARTNERSHIP": wessex}
    assert run("migrate", **here)[0] == 0
    first = stamp(database_url)
    assert (first.partnership, first.practice, first.holds_practice, first.adopted) == (
        "Wessex Invented",
        False,
        False,
        False,
    )
    assert re.fullmatch("[0-9a-f]{32}", first.id)
    assert run("ask", "sources", "--as", "lead", **here)[0] == 0
    assert stamp(database_url) == first


@pytest.mark.parametrize(
    "words",
    [
        ("migrate",),
        ("ask", "open", "--as", "lead"),
        ("digest",),
        ("figures",),
        ("load", "police", "ours.csv"),
        ("unmatched", "list.csv"),
        ("unrecorded", "list.csv", "--as", "coordinator"),
        ("serve", "--once"),
        ("watch",),
        ("notices",),
        ("retention", "--dry-run"),
        ("people", "list"),
        ("hold", "list", "--as", "lead"),
        ("audit", "verify"),
        ("audit", "head"),
        ("audit", "who", "OX-7QK4", "--as", "lead"),
        ("subject", "export", "OX-7QK4", "--to", "x", "--as", "lead", "--because", "asked for by an invented person"),
    ],
    ids=" ".join,
)
def test_every_verb_refuses_another_partnership_s_database(
    run: Run, sqlite_url: str, wessex: str, mercia: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert run("migrate", BOT_DATABASE_URL=sqlite_url, BOT_PARTNERSHIP=wessex)[0] == 0
    export(tmp_path)
    said = refused(run(*words, BOT_DATABASE_URL=sqlite_url, BOT_PARTNERSHIP=mercia))
    assert said.startswith('This database belongs to "Wessex Invented", and the partnership file is that of "Mercia In')
    assert "BOT_PARTNERSHIP" in said
    assert "migrate --rename" in said
    with inside(sqlite_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == 0


def test_practice_and_real_are_never_mixed(run: Run, database_url: str, wessex: str) -> None:
    of_practice, of_wessex = KEYS | {"BOT_DATABASE_URL": database_url}, KEYS | {"BOT_PARTNERSHIP": wessex}
    assert run("migrate", **of_practice)[0] == 0
    said = refused(run("ask", "open", "--as", "lead", **of_practice | of_wessex))
    assert said.startswith('This database was made for practice ("Practice Oxfordshire")')
    assert refused(run("migrate", "--rename", **of_practice | of_wessex)) == said


def test_a_real_database_is_not_opened_for_practice(run: Run, database_url: str, wessex: str) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    assert run("migrate", BOT_PARTNERSHIP=wessex, **here)[0] == 0
    said = refused(run("demo", **here))
    assert said.startswith('This database belongs to "Wessex Invented", and the partnership file is one for practice')


def test_another_name_is_taken_when_it_is_said_so_and_stands_in_the_trail(
    run: Run, database_url: str, wessex: str, mercia: str
) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    assert run("migrate", BOT_PARTNERSHIP=wessex, **here)[0] == 0
    before = stamp(database_url)
    code, out, fault = run("migrate", "--rename", BOT_PARTNERSHIP=mercia, **here)
    assert (code, fault) == (0, "")
    assert out.startswith('"Wessex Invented" is now called "Mercia Invented".')
    assert stamp(database_url).partnership == "Mercia Invented"
    assert stamp(database_url).id == before.id
    assert "called" in run("migrate", "--rename", BOT_PARTNERSHIP=mercia, **here)[1]  # again: no second row
    with inside(database_url) as connection:
        rows = [e for _, e in audit_chain.entries(connection) if e.action == "renamed"]
    assert [(e.subject, e.reason) for e in rows] == [(before.id, "Wessex Invented -> Mercia Invented")]
    assert run("ask", "sources", "--as", "lead", BOT_PARTNERSHIP=mercia, **here)[0] == 0
    refused(run("ask", "sources", "--as", "lead", BOT_PARTNERSHIP=wessex, **here))


def test_the_doctor_says_it_as_a_fault_and_goes_on(run: Run, database_url: str, wessex: str, mercia: str) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    assert run("migrate", BOT_PARTNERSHIP=wessex, **here)[0] == 0
    code, out, fault = run("doctor", "--json", BOT_PARTNERSHIP=mercia, **here)
    assert (code, fault) == (1, "")
    found = {f["name"]: f for f in json.loads(out)["findings"]}
    assert found["database"]["state"] == "fault"
    assert 'belongs to "Wessex Invented"' in found["database"]["says"]
    assert "migrate --rename" in found["database"]["do"]
    assert found["time zone"]["state"] == "ok"


# -- from before there was a stamp --


def test_an_older_practice_database_is_known_by_what_it_holds(run: Run, database_url: str, wessex: str) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    assert run("demo", **here)[0] == 0
    without_stamp(database_url)
    said = refused(run("ask", "open", "--as", "lead", BOT_PARTNERSHIP=wessex, **here))
    assert said.startswith("This database holds practice records, and the partnership file is not for practice")
    assert run("ask", "open", **here)[0] == 0
    found = stamp(database_url)
    assert (found.practice, found.holds_practice, found.adopted) == (True, True, True)


def test_an_older_installation_is_not_taken_for_practice(
    run: Run, database_url: str, wessex: str, tmp_path: Path
) -> None:
    """Nobody named the partnership file: the practice file would have made a practice database of it for good."""
    here, ours = KEYS | {"BOT_DATABASE_URL": database_url}, {"BOT_PARTNERSHIP": wessex}
    assert run("load", "police", export(tmp_path), "--taken-at", TAKEN, **here | ours)[0] == 0
    without_stamp(database_url)
    assert "was last used with another partnership file" in refused(run("ask", "open", **here))
    assert run("ask", "open", "--as", "lead", **here | ours)[0] == 0
    found = stamp(database_url)
    assert (found.partnership, found.practice, found.holds_practice) == ("Wessex Invented", False, False)


def test_an_older_installation_keeps_its_database_its_keys_and_its_heads(run: Run, wessex: str, tmp_path: Path) -> None:
    ours = {"BOT_PARTNERSHIP": wessex}
    assert run("load", "police", export(tmp_path), "--taken-at", TAKEN, **ours)[0] == 0
    assert run("ask", "help", "--as", "lead", **ours)[0] == 0
    data = tmp_path / "data"
    url = f"sqlite:///{data / 'bot.sqlite'}"
    (old,) = (data / "audit-heads").iterdir()
    head = json.loads(old.read_text())
    with closing(App(read_settings(ours))) as app, reading(app.database) as connection:
        from_before = audit_chain.head(connection, app.keys.audit, app.now(None))
    assert from_before is not None
    old.unlink()
    (data / "audit-heads" / "heads.jsonl").write_text(
        json.dumps(
            {k: v for k, v in from_before._asdict().items() if k not in ("installation", "at")}
            | {"at": from_before.at.isoformat()}
        )
        + "\n"
    )
    without_stamp(url)
    moved = tmp_path / "elsewhere.sqlite"
    shutil.copy(data / "bot.sqlite", moved)
    for address in (url, f"sqlite:///{moved}"):  # also where BOT_DATABASE_URL named it
        code, out, fault = run("audit", "verify", BOT_DATABASE_URL=address, **ours)
        assert (code, fault) == (0, "")
        assert "Compared with 1 heads" in out
        assert stamp(address).folder == ""
        with inside(address) as connection:
            connection.execute(text("DROP TRIGGER audit_never_removed"))
            connection.execute(text("DELETE FROM audit"))
        code, out, _ = run("audit", "verify", BOT_DATABASE_URL=address, **ours)
        assert code == 1
        assert f"it went to row {head['seq']}" in out
        assert "before databases had a number" in out


def test_an_older_practice_database_elsewhere_keeps_its_keys(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    """Practice lay in the data folder itself."""
    here = {"BOT_DATABASE_URL": sqlite_url}
    assert run("demo", **here)[0] == 0
    (old,) = (tmp_path / "data" / "practice" / "databases").iterdir()
    (old / "keys").rename(tmp_path / "data" / "keys")
    without_stamp(sqlite_url)
    code, out, _ = run("audit", "verify", **here)
    assert (code, "No fault was found" in out) == (0, True)
    assert run("ask", "open", **here)[0] == 0


# -- what is loaded --


def test_practice_records_go_into_no_real_database(run: Run, database_url: str, wessex: str) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url, "BOT_PARTNERSHIP": wessex}
    assert run("practice", "exports")[0] == 0
    said = refused(run("load", "police", "exports/police.csv", "--taken-at", TAKEN, **here))
    assert said == (
        "police.csv: these are practice records, and this database is not for practice. Nothing was changed.\n"
    )
    assert "1 new" in run("load", "police", export(Path()), "--taken-at", TAKEN, **here)[1]


def test_a_practice_database_takes_what_practice_exports_made_and_nothing_else(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    assert run("practice", "exports")[0] == 0
    load = ("load", "police")
    assert run(*load, "exports/police.csv", "--taken-at", TAKEN, **here)[0] == 0
    assert stamp(database_url).holds_practice
    whole = Path("exports/police.csv").read_bytes()
    edited = tmp_path / "edited.csv"
    edited.write_bytes(whole.replace(b"medium", b"high", 1))
    for file in (export(tmp_path), str(edited)):
        said = refused(run(*load, file, "--taken-at", TAKEN, **here))
        assert "takes only files that" in said
        assert said.endswith("Nothing was changed.\n")
    as_windows_writes = tmp_path / "windows.csv"
    as_windows_writes.write_bytes(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n"))
    code, out, _ = run(*load, str(as_windows_writes), "--taken-at", TAKEN, **here)
    assert (code, "1,409 unchanged" in out) == (0, True)


def test_an_empty_practice_database_takes_any_file_and_then_no_practice_records(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    here = KEYS | {"BOT_DATABASE_URL": database_url}
    for n in "12":
        file = export(tmp_path, f"{n}.csv", occurrence_ref=f"OCC-{n}")
        assert "1 new" in run("load", "police", file, "--taken-at", TAKEN, **here)[1]
    assert not stamp(database_url).holds_practice
    assert run("practice", "exports")[0] == 0
    said = refused(run("load", "police", "exports/police.csv", "--taken-at", TAKEN, **here))
    assert "would be mixed with them" in said
    code, _, fault = run("demo", **here)
    assert (code, "holds other data" in fault) == (2, True)


def test_a_demo_that_broke_off_goes_on(run: Run, sqlite_url: str) -> None:
    assert run("practice", "exports")[0] == 0
    file = "exports/children.csv"
    assert run("load", "children", file, "--taken-at", "2017-07-05T05:00", BOT_DATABASE_URL=sqlite_url)[0] == 0
    assert run("demo", BOT_DATABASE_URL=sqlite_url)[0] == 0


# -- what is said --


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "open"),
        ("ask", "stats north"),
        ("ask", "no such thing"),
        ("ask", "open", "--as", "an-outsider"),
        ("ask", "child OX-7QK4"),
        ("ask", "open", "--in", "county-counts"),
        ("digest",),
        ("digest", "county-counts"),
        ("figures",),
    ],
    ids=" ".join,
)
def test_every_answer_of_a_practice_partnership_says_so(
    run: Run, sqlite_url: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    here = {"BOT_DATABASE_URL": sqlite_url}

    def say_so() -> None:
        answers = {form: run(*words, "--format", form, **here)[1] for form in ("text", "json", "csv")}
        assert {form: out for form, out in answers.items() if out.count(NOT_REAL) != 1} == {}

    say_so()  # empty
    run("load", "police", export(tmp_path), "--taken-at", TAKEN, **here)  # a file of anybody's
    say_so()


def test_a_real_partnership_s_answers_do_not_say_so(run: Run, sqlite_url: str, wessex: str, tmp_path: Path) -> None:
    here = {"BOT_DATABASE_URL": sqlite_url, "BOT_PARTNERSHIP": wessex}
    assert run("load", "police", export(tmp_path), "--taken-at", TAKEN, **here)[0] == 0
    for words in (("ask", "open", "--as", "lead"), ("digest",)):
        _, out, _ = run(*words, **here)
        assert len(out.splitlines()) >= 2
        assert "practice:" not in out


def test_every_message_of_a_practice_partnership_says_so(run: Run, tmp_path: Path) -> None:
    """Digests, their parts and calls."""
    assert run("demo")[0] == 0
    assert run("serve", "--once")[0] == 0
    files = list((tmp_path / "data" / "practice" / "outbox").rglob("*.json"))
    kinds = {file.parent.name for file in files}
    assert {"county-digest", "north-digest", "county-counts", "lead", "police"} <= kinds
    assert [f.name for f in files if json.loads(f.read_text())["text"].count(NOT_REAL) != 1] == []


# -- serve --


def test_practice_goes_into_teams_only_when_that_is_said(run: Run, sqlite_url: str) -> None:
    number = "11111111-aaaa-4aaa-8aaa-000000000001"
    teams = {"BOT_TEAMS_CLIENT_ID": number, "BOT_TEAMS_TENANT": number, "BOT_TEAMS_CLIENT_SECRET": "not~a-secret"}
    for words in (("serve",), ("serve", "--once")):
        code, out, fault = run(*words, BOT_DATABASE_URL=sqlite_url, **teams)
        assert (code, out, fault.count("\n")) == (2, "", 1)
        assert fault.startswith("This is a practice partnership, and a chat platform is configured")


def test_practice_goes_into_a_chat_only_when_that_is_said(run: Run, sqlite_url: str) -> None:
    here = {"BOT_DATABASE_URL": sqlite_url, "BOT_SLACK_API_URL": "http://127.0.0.1:1/api/"}
    for words in (("serve",), ("serve", "--once")):
        code, out, fault = run(*words, **here | SLACK)
        assert (code, out, fault.count("\n")) == (2, "", 1)
        assert fault.startswith("This is a practice partnership, and a chat platform is configured")
        assert "serve --practice" in fault
    assert run("serve", "--once", "--practice", **here | SLACK)[0] == 0
    assert run("serve", "--once", BOT_DATABASE_URL=sqlite_url)[0] == 0  # into the folder, as ever


def test_a_real_partnership_needs_no_word_for_its_chat(run: Run, sqlite_url: str, wessex: str) -> None:
    here = {"BOT_DATABASE_URL": sqlite_url, "BOT_PARTNERSHIP": wessex, "BOT_SLACK_API_URL": "http://127.0.0.1:1/api/"}
    assert run("serve", "--once", **here | SLACK)[0] == 0


# -- what belongs to a database --


def below(folder: Path) -> set[str]:
    return {f.relative_to(folder).parts[0] for f in folder.rglob("*") if f.is_file()} if folder.exists() else set()


def test_demo_and_installation_lie_apart(run: Run, wessex: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("demo")[0] == 0
    assert run("serve", "--once")[0] == 0
    assert below(data) == {"practice"}
    assert {"bot.sqlite", "keys", "audit-heads", "outbox", "rejects", "exports"} <= below(data / "practice")
    ours = {"BOT_PARTNERSHIP": wessex}
    before = {f: f.read_bytes() for f in (data / "practice").rglob("*") if f.is_file()}
    assert run("load", "police", export(tmp_path), "--taken-at", TAKEN, **ours)[0] == 0
    assert run("serve", "--once", **ours)[0] == 0
    assert run("ask", "help", "--as", "lead", **ours)[0] == 0
    assert {"practice", "bot.sqlite", "keys", "audit-heads", "rejects"} <= below(data)
    assert {f: f.read_bytes() for f in before} == before
    assert (data / "keys" / "audit.key").read_text() != (data / "practice" / "keys" / "audit.key").read_text()
    assert run("audit", "verify")[0] == run("audit", "verify", **ours)[0] == 0


@pytest.mark.parametrize("given", [{}, KEYS], ids=["own keys", "keys of the environment"])
@pytest.mark.parametrize("on_a_share", [False, True])
def test_a_second_database_raises_no_false_alarm(
    run: Run, tmp_path: Path, given: dict[str, str], on_a_share: bool
) -> None:
    """Not even where both have the same key, and write their heads beside each other."""
    shared = given | ({"BOT_AUDIT_HEADS": str(tmp_path / "share")} if on_a_share else {})
    places = [{}, *({"BOT_DATABASE_URL": f"sqlite:///{tmp_path / name}.sqlite"} for name in ("a", "b"))]
    for n, place in enumerate(places):
        for _ in range(n + 1):  # trails of different lengths
            assert run("ask", "help", **shared | place)[0] == 0
    for place in places:
        code, out, _ = run("audit", "verify", **shared | place)
        assert (code, "Compared with 1 heads" in out) == (0, True), out
        assert run("doctor", "--json", **shared | place)[1].count('"fault"') == 0


def test_on_a_share_another_database_s_head_does_not_stand_in_for_ours(run: Run, tmp_path: Path) -> None:
    shared = {"BOT_AUDIT_HEADS": str(tmp_path / "share")}
    assert run("ask", "help", **shared)[0] == 0
    assert run("ask", "help", BOT_DATABASE_URL=f"sqlite:///{tmp_path / 'other.sqlite'}", **shared)[0] == 0
    heads = sorted((tmp_path / "share").iterdir())
    assert [len(file.read_text().splitlines()) for file in heads] == [1, 1]


def test_replicas_on_postgresql_share_their_heads(run: Run, postgresql_url: str, wessex: str, tmp_path: Path) -> None:
    here = KEYS | {"BOT_DATABASE_URL": postgresql_url, "BOT_PARTNERSHIP": wessex}
    here |= {"BOT_AUDIT_HEADS": str(tmp_path / "share")}
    for _ in range(2):
        assert run("ask", "help", "--as", "lead", **here)[0] == 0
    (file,) = (tmp_path / "share").iterdir()
    assert file.name == f"heads-{stamp(postgresql_url).id}.jsonl"
    assert json.loads(file.read_text())["installation"] == stamp(postgresql_url).id
    assert run("audit", "verify", **here)[0] == 0


def test_another_number_hides_no_rows_that_were_cut_off(run: Run, database_url: str, tmp_path: Path) -> None:
    """Who may write the database alone gives it another number, so that its heads would be another's."""
    here = KEYS | {"BOT_DATABASE_URL": database_url, "BOT_AUDIT_HEADS": str(tmp_path / "share")}
    for _ in range(3):
        assert run("ask", "help", **here)[0] == 0
    assert run("audit", "head", "--to", str(next((tmp_path / "share").iterdir())), **here)[0] == 0
    with inside(database_url) as connection:
        connection.execute(text("UPDATE installation SET id = 'another'"))
    code, out, _ = run("audit", "verify", **here)
    assert code == 1
    assert "the database's own number was changed" in out
    with inside(database_url) as connection:
        off = "DROP TRIGGER audit_never_removed"
        on_postgresql = "ALTER TABLE audit DISABLE TRIGGER USER"
        connection.execute(text(off if connection.dialect.name == "sqlite" else on_postgresql))
        connection.execute(text("DELETE FROM audit WHERE seq > 3"))
    assert "the trail ends at row 3, but on" in run("audit", "verify", **here)[1]


def test_heads_that_somebody_names_are_compared_whatever_number_they_carry(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    """The other agency kept them: another database in the place of ours is what they are for."""
    kept = str(tmp_path / "kept.jsonl")
    for _ in range(3):
        assert run("ask", "help", **KEYS)[0] == 0
    assert run("audit", "head", "--to", kept, **KEYS)[0] == 0
    here = KEYS | {"BOT_DATABASE_URL": sqlite_url}
    assert run("ask", "help", **here)[0] == 0
    code, out, _ = run("audit", "verify", "--heads", kept, **here)
    assert (code, "the trail ends at row 2, but on" in out) == (1, True)
