"""Slips in the partnership file: each is told in one sentence with the line and what to write, in our own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.row_checker import FORMATS, required
from bot.rules.partnership.partnership import COLUMNS, NEEDED
from bot.settings import PRACTICE_FILE, SettingsError, lines_of, read_partnership

TEXT = PRACTICE_FILE.read_text(encoding="utf-8")
Read = Callable[[bytes], str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a partnership file and return what reading it says; empty where it is right."""
    return lambda content: said_of(tmp_path / "ours.toml", content)


def said_of(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    try:
        read_partnership(file)
    except SettingsError as fault:
        return str(fault)
    return ""


DIGEST, DAYS = "{ time = 08:00:00", 'working_days = ["mon", "tue", "wed", "thu", "fri"]'
BETWEEN, LEVEL = "between = [07:00:00, 22:00:00]", "level = 1  "
COLUMN, DUTY = '# columns = { recorded_at = "Date recorded on ICS" }', 'duty = { council = "coordinator" }'
CODE, NAME, ROLE = 'worker_code = "W-N01"', 'name = "Practice Oxfordshire"', 'role = "strategic_lead"'
SLACK = 'platform = "slack"\ndestination = '

#: Of the practice file, a text and what stands in its place -> what is said, after the line of that text.
SLIPS: list[tuple[str, str, str]] = [
    # times of day
    (DIGEST, "{ time = 08:00", "a time of day has its seconds: write 08:00:00"),
    ("start = 18:00:00", "start = 18:00", "a time of day has its seconds: write 18:00:00"),
    (BETWEEN, "between = [07:00, 22:00]", "a time of day has its seconds: write 07:00:00"),
    ("start = 18:00:00", "start = 18", "quiet_hours.start: is a time of day: write start = 18:00:00"),
    ("end = 08:00:00", "end = 8", "quiet_hours.end: is a time of day: write end = 08:00:00"),
    ("start = 18:00:00", "start = 18.30", "quiet_hours.start: is a time of day: write start = 18:30:00"),
    (DIGEST, "{ time = 8", "channels.1.digest.time: is a time of day: write time = 08:00:00"),
    (DIGEST, '{ time = "8am"', "channels.1.digest.time: is a time of day: write time = 08:00:00"),
    (DIGEST, '{ time = "12 am"', "channels.1.digest.time: is a time of day: write time = 00:00:00"),
    (DIGEST, '{ time = "noon"', "channels.1.digest.time: is a time of day, such as time = 08:00:00"),
    (DIGEST, "{ time = 8pm", "a time of day is written with its seconds: write 20:00:00"),
    (DIGEST, "{ time = 25:00:00", "there is no such time of day: it is written as 08:00:00, up to 23:59:59"),
    (DIGEST, '{ time = "08:00Z"', "channels.1.digest.time: times of day are London's, without a zone: write 08:00:00"),
    (BETWEEN, 'between = "7-22"', "escalations.4.between: is a list of two: write between = [07:00:00, 22:00:00]"),
    # days
    ("= 2016-07-01", "= 01/07/2016", "a day is written year first: write 2016-07-01"),
    ("= 2016-07-01", '= "01/07/2016"', "history_start: is a day: write history_start = 2016-07-01"),
    ("= 2016-07-01", "= 20160701", "history_start: is a day, such as history_start = 2016-07-01"),
    ("= 2016-07-01", "= 2016-13-01", "there is no such day: a day is written year first, such as 2016-07-01"),
    # months
    ("history_start", 'year_begins = "April"\nhistory_start', "year_begins: is a whole number: write year_begins = 4"),
    ("history_start", "year_begins = 13\nhistory_start", "year_begins: is a month from 1 to 12, not 13"),
    # lists and words
    (
        DAYS,
        'working_days = "mon-thu"',
        'quiet_hours.working_days: is a list of days: write working_days = ["mon", "tue", "wed", "thu"]',
    ),
    (
        DAYS,
        'working_days = ["Mon", "tue"]',
        "quiet_hours.working_days.1: is one of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'. Did you mean 'mon'?",
    ),
    (DAYS, "working_days = mon-fri", 'text needs quotation marks, such as role = "analyst"'),
    (ROLE, "role = strategic_lead", 'text needs quotation marks, such as role = "analyst"'),
    (ROLE, "role = “strategic_lead”", 'there are curly quotation marks here: write straight ones (")'),
    (NAME, "name = \u2018Ours\u2019", 'there are curly quotation marks here: write straight ones (")'),
    (
        'areas = ["north"]',
        'areas = "north"',
        'channels.2.areas: is a list, in square brackets: write areas = ["...", "..."]',
    ),
    ("level = 1  ", 'level = "1"  ', "channels.1.level: is one of 0 or 1. Did you mean 1?"),
    ("repeat_daily = true", "repeat_daily = True", "write true or false, in small letters"),
    ("repeat_daily = true", "repeat_daily = yes", "write true or false, in small letters"),
    (
        "repeat_daily = true",
        'repeat_daily = "true"',
        "reminders.4.repeat_daily: is true or false: write repeat_daily = true (or false), in small letters and "
        "without quotation marks",
    ),
    ("episodes = 3", 'episodes = "3"', "repeat_rules.1.episodes: is a whole number: write episodes = 3"),
    ("episodes = 3", "episodes = 3.5", "repeat_rules.1.episodes: is a whole number, such as episodes = 8"),
    ("episodes = 3", "episodes = 03", "a number does not begin with 0: write 8, not 08"),
    ("hours = 24", "hours = 24 h", "a number is alone, without its unit: such as hours = 24"),
    ("hours = 24", "hours = nan", "reminders.1.hours: is a number, such as hours = 8"),
    ("hours = 24", "hours = 1e300", "reminders.1: hours is from 0 to 8760, not 1e+300"),
    (NAME, "name = 5", 'name: is text: put it in quotation marks, such as name = "..."'),
    # TOML itself
    (NAME, 'name = "Ours', "a quotation mark is opened here and not closed"),
    (NAME, r'name = "C:\exports"', r"there is a backslash in the text: put it in single quotation marks, such as "),
    (NAME, 'name: "Ours"', "a key, then =, then its value, such as rows = 8: write = and not a colon"),
    (NAME, 'name "Ours"', "a key, then =, then its value, such as rows = 8: the = is missing"),
    (NAME, "name =", "the value is missing after ="),
    (NAME, 'name\u00a0= "Ours"', "there is a hidden character or a special space here"),
    ("[quiet_hours]", "[quiet_hours", "the bracket [ is opened here and never closed"),
    ("[[channels]]", "[[channels]", "the bracket [ is opened here and never closed"),
    ('areas = ["north"]', 'areas = ["north"', "the bracket [ is opened here and never closed"),
    ("end = 08:00:00", "start = 08:00:00", "this key is there twice in its section: take one of them out"),
    ("[disclosure]", "[quiet_hours]", "this section is there already. Where there may be several, each is [[name]]"),
    (
        "[quiet_hours]",
        "[[quiet_hours]]",
        "quiet_hours: is there once: write [quiet_hours], with one pair of brackets",
    ),
    # what is not there
    ("digest = { time", "digset = { time", "channels.1.digset: unknown key 'digset'. Did you mean 'digest'?"),
    ("[look_ups]", "[look_up]", "look_up: unknown key 'look_up'. Did you mean 'look_ups'?"),
    (
        "bank_holidays =",
        "clock_start =",
        "quiet_hours.clock_start: clock_start belongs at the top of the file, before the first section in brackets",
    ),
    (
        'areas = ["north"]',
        'areas = ["nort"]',
        "channels.2.areas: channel north-digest names the area 'nort'; the areas are central, disability, north, "
        "out_of_county, south, unknown. Did you mean 'north'?",
    ),
    (
        'council = "duty_team_manager"',
        'council = "duty_team_manger"',
        "escalations.1.council: escalation special calls the role 'duty_team_manger', which is neither in [roles] nor "
        "one that people are given. Did you mean 'duty_team_manager'?",
    ),
    (DUTY, 'duty = { council = "cordinator" }', "roles.duty.council: role duty names the person 'cordinator', who is"),
    (DUTY, 'duty = "coordinator"', "roles.duty: has further keys in it: write duty = { council = ... }"),
    # ids of the platforms: an account may be a name, so it is not repeated
    (CODE, 'slack_id = "jane.smith"', "people.4.slack_id: is the member id, not a name: it begins with U or W"),
    (COLUMN, 'columns = { recordd_at = "Noted" }', "'recordd_at' is no column of this export. Did you mean 'recorded"),
    (COLUMN, 'columns = { held_at = "Day", recorded_at = "day " }', "the same column of the export is read as held_at"),
    (COLUMN, 'columns = { kind = "" }', "columns.kind: kind is needed, and cannot be left out: write the name that"),
    (COLUMN, 'columns = { started_at = " " }', 'in the export, such as started_at = "Started at"'),
    (COLUMN, 'columns = { recorded_at = "held_at" }', "the same column of the export is read as held_at and as record"),
]
#: Words of pydantic, tomllib and Python that nobody should have to know.
FOREIGN = re.compile(
    r"Input should|[Vv]alid (tuple|TOML|dictionary|string)|Value error|Expected|Unclosed|Invalid|Illegal|at line|codec|"
    r"column \d|Traceback|Error|NoneType|Something went wrong|pydantic|keyword argument"
)


@pytest.mark.parametrize(("was", "slip", "said"), SLIPS, ids=[slip[:40] for _, slip, _ in SLIPS])
def test_a_slip_is_told_with_its_line_and_what_to_write(read: Read, was: str, slip: str, said: str) -> None:
    at = TEXT.index(was)
    text = TEXT[:at] + slip + TEXT[at + len(was) :]
    first, *others = sorted(read(text.encode()).splitlines(), key=lambda line: said not in line)
    number = TEXT.count("\n", 0, at) + 1
    assert first.startswith(f"ours.toml: line {number}: ")
    assert said in first
    assert all("is missing" in other or "between.2" in other for other in others)
    assert not FOREIGN.search(first)
    assert "jane" not in first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('child_id = ""', "child_id is needed, and cannot be left out"),
        ('lead_wrker = "Worker"', "'lead_wrker' is no column of this export. Did you mean 'lead_worker'?"),
        ('uasc_to = "cp_to"', "the same column of the export is read as uasc_to and as cp_to"),
    ],
)
def test_columns_of_a_system_that_came_later_are_judged_too(read: Read, line: str, said: str) -> None:
    begins = (
        '[[sources.children.mappings]]\nname = "Eclipse"\nsince = 2024-04-01\n[sources.children.mappings.columns]\n'
    )
    text = f"{TEXT}\n{begins}"
    assert read(text.encode()) == ""
    number = text.count("\n") + 1
    where = f"sources.children.mappings.1.columns.{line.split()[0]}"
    assert read(f"{text}{line}\n".encode()).startswith(f"ours.toml: line {number}: {where}: {said}")


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("second", ["./in", "{here}/in/", "in/../in", "link", "other"])
def test_one_folder_under_two_names_is_told_with_its_line(read: Read, tmp_path: Path, second: str, made: bool) -> None:
    if made:
        (tmp_path / "in").mkdir()
        (tmp_path / "other").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "in")
    text = TEXT.replace("[sources.police]", '[sources.police]\nfolder = "in"')
    text = text.replace("[sources.children]", f'[sources.children]\nfolder = "{second.format(here=tmp_path)}"')
    said = read(text.encode())
    if second == "other" or (second == "link" and not made):
        assert said == ""
        return
    number = text[: text.index("[sources.children]")].count("\n") + 2
    assert said == (
        f"ours.toml: line {number}: sources.children.folder: is the folder of police, under another name: "
        "give each export a folder of its own"
    )


def test_a_channel_is_named_by_its_id(read: Read) -> None:
    line = TEXT[: TEXT.index(LEVEL)].count("\n") + 2
    for destination in ('"#missing-children"', '"missing-children"', '"c012ab3cd"', '""'):
        said = read(TEXT.replace(LEVEL, f"{SLACK}{destination}\n{LEVEL}", 1).encode())
        assert said.startswith(
            f"ours.toml: line {line}: channels.1: destination is the id of the channel in Slack, not"
        )
    assert read(TEXT.replace(LEVEL, f'{SLACK}"C012AB3CD"\n{LEVEL}', 1).encode()) == ""
    teams = 'platform = "teams"\ndestination = '
    said = read(TEXT.replace(LEVEL, f'{teams}"General"\n{LEVEL}', 1).encode())
    assert said.startswith(f"ours.toml: line {line}: channels.1: destination is the id of the channel in Teams, not")
    assert read(TEXT.replace(LEVEL, f'{teams}"19:0f@thread.tacv2"\n{LEVEL}', 1).encode()) == ""


def test_the_ways_in_which_editors_save(read: Read) -> None:
    assert read(TEXT.encode("utf-8-sig")) == ""
    assert read(TEXT.replace("\n", "\r\n").encode()) == ""
    assert read(TEXT.encode("utf-16")).startswith("ours.toml: the file is saved as UTF-16. Save it as UTF-8")
    assert read(TEXT.encode("utf-16-le")).startswith("ours.toml: the file is saved as UTF-16. Save it as UTF-8")
    said = read(TEXT.replace("North safeguarding", "North – safeguarding").encode("cp1252"))
    line = TEXT[: TEXT.index("North safeguarding")].count("\n") + 1
    assert said == (
        f"ours.toml: line {line}: a character is not UTF-8. Save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8)."
    )
    assert read(TEXT.replace(NAME, f"\t{NAME}").encode()) == ""
    assert "is missing" in read(b"")


def test_a_key_of_an_area_of_its_own_has_its_line() -> None:
    text = 'name = """a\nb"""\n[[areas]]\nid = "n"\n[[areas]]\nid = "s" # [\n'
    text += '[[areas.reminders]]\nx."y z" = [\n 1,\n]\nhours = 5\n'
    lines = lines_of(text)
    assert lines[("name",)] == 1
    assert lines[("areas", 0, "id")] == 4
    assert lines[("areas", 1, "id")] == 6
    assert lines[("areas", 1, "reminders", 0, "x", "y z")] == 8
    assert lines[("areas", 1, "reminders", 0, "hours")] == 11


def test_the_columns_are_those_of_the_exports() -> None:
    assert {source: form.row._fields for source, form in FORMATS.items()} == COLUMNS
    assert {source: frozenset(required(source)) for source in FORMATS} == NEEDED


# -- no change of the practice file is told in other words --

#: Faults of a key that is not there have no line, nor has a file that is no text.
WITHOUT_LINE = re.compile(r"ours\.toml: (\w+: is missing|the file is saved as UTF-16|(areas|channels): )")


def assert_told(said: str) -> None:
    for line in said.splitlines():
        assert re.match(r"ours\.toml: line \d+: \S", line) or WITHOUT_LINE.match(line), line
        assert not FOREIGN.search(line), line


LINES = TEXT.splitlines(keepends=True)
VALUES = [
    "8",
    "-1",
    "1.5",
    '"x"',
    "true",
    "[]",
    "[[]]",
    "{}",
    "08:00:00",
    "2017-05-01",
    "2017-05-01T08:00:00Z",
    "nan",
    "x",
]


def one_of_each_kind() -> list[int]:
    """The first line of each key of each kind of section, by its number from 0."""
    found: dict[tuple[str, str], int] = {}
    header = ""
    for number, line in enumerate(LINES):
        header = line if line.startswith("[") else header
        found.setdefault((header, line.partition("=")[0]), number)
    return list(found.values())


@pytest.mark.parametrize("number", one_of_each_kind())
def test_a_line_that_is_missing_or_there_twice(read: Read, number: int) -> None:
    before, line, after = LINES[:number], LINES[number], LINES[number + 1 :]
    assert_told(read("".join([*before, *after]).encode()))
    assert_told(read("".join([*before, line, line, *after]).encode()))


@pytest.mark.parametrize("number", [n for n in one_of_each_kind() if re.match(r"\w+ = ", LINES[n])])
def test_a_value_of_another_kind(read: Read, number: int) -> None:
    key = LINES[number].partition("=")[0]
    for value in VALUES:
        assert_told(read("".join([*LINES[:number], f"{key}= {value}\n", *LINES[number + 1 :]]).encode()))


BYTES = TEXT.encode()


@given(at=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
def test_a_byte_that_is_another(tmp_path_factory: pytest.TempPathFactory, at: int, byte: int) -> None:
    file = tmp_path_factory.getbasetemp() / "ours.toml"
    assert_told(said_of(file, BYTES[:at] + bytes([byte]) + BYTES[at + 1 :]))
    assert_told(said_of(file, BYTES[:at]))
    assert_told(said_of(file, BYTES[at:]))
