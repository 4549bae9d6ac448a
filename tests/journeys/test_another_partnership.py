"""Another partnership is another file: other areas, bands, prefix, limits and column names, and no line of code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import App
from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.settings import read_settings
from tests.support.asking import BECAUSE, column, row, rows, value
from tests.support.factories import at, hours

FILE = """
name = "Testshire"
reference_prefix = "TS"
attribution = "district"
clock_start = "found_else_returned"
frequency_bands = [{ low = 1, high = 1 }, { low = 2, high = 2 }, { low = 3 }]
age_bands = [{ low = 0, high = 15 }, { low = 16 }]
repeat_rules = [{ id = "2-in-7", name = "2 in a week", episodes = 2, days = 7 }]
reminders = []
quiet_hours = { start = 19:00:00, end = 07:00:00 }

[[areas]]
id = "hills"
name = "The Hills"
aliases = ["upland"]
districts = ["Upper Testford", "Moor"]

[[areas]]
id = "coast"
name = "The Coast"
districts = ["Sands"]

[[areas]]
id = "elsewhere"
name = "Elsewhere"
kind = "out_of_county"

[[areas]]
id = "nowhere"
name = "Area not known"
kind = "unknown"

[[channels]]
id = "morning"
name = "Testshire morning"
level = 1
areas = ["hills", "coast", "elsewhere", "nowhere"]
digest = { time = 07:30:00, cutoff = 10:00:00, rows = 2 }

[[people]]
id = "chief"
role = "strategic_lead"
agency = "police"

[sources.police]
name = "Testshire Constabulary"
stale_after_hours = 2
refuse_after_hours = 4

[sources.police.columns] # "" is not exported
occurrence_ref = "Log no"
police_ref = "Person"
last_seen_at = "Gone since"
found_at = "Found"
area = "District"
risk = "Grading"
birth_date = ""
sex = ""
reported_at = ""
returned_at = ""
risk_at = ""
missing_from = ""
reporter = ""
found_with = ""
prevention_interview_at = ""
end_reason = ""
"""
EXPORT = """Log no,Person,Gone since,Found,District,Grading
T-1,P-1,01/03/2017 22:00,02/03/2017 07:00,Moor,high
T-2,P-1,03/03/2017 22:00,04/03/2017 07:00,upper testford,medium
T-3,P-1,05/03/2017 22:00,06/03/2017 07:00,Moor,
T-4,P-2,05/03/2017 22:00,06/03/2017 07:00,Sands,low
T-5,P-3,04/07/2017 22:00,,Sands,
"""
TAKEN_AT = at("Wed 5 Jul 2017 07:00")
NOW = TAKEN_AT + hours(1)

Ask = Callable[..., Reply]


@pytest.fixture
def app(tmp_path: Path) -> App:
    file, export = tmp_path / "testshire.toml", tmp_path / "logs.csv"
    file.write_text(FILE, encoding="utf-8")
    export.write_text(EXPORT, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'testshire.sqlite'}"
    found = App(read_settings({"BOT_PARTNERSHIP": str(file), "BOT_DATABASE_URL": url}))
    summary = found.load("police", export, TAKEN_AT)
    assert (summary.accepted, summary.rejected) == (5, 0)
    return found


@pytest.fixture
def ask(app: App) -> Ask:
    return lambda text, now=NOW: terminal.ask(app, text, "chief", None, now)


def test_its_own_areas_and_bands(ask: Ask) -> None:
    reply = ask("bands 2017-H1 upland measures")
    assert reply.title == "The Hills, January to June 2017: children by number of episodes"
    assert column(reply, "Children by number of episodes", "Episodes each") == ["1", "2", "3+", "All"]
    assert row(reply, "Children by number of episodes", "3+") == (1, 0, "n/a (from 0)", 3)
    assert column(reply, "By age, 2017-H1", "Age at first episode")[:2] == ["0-15", "16+"]


def test_its_own_districts_and_attribution(ask: Ask) -> None:
    reply = ask("stats all 2017-H1 measures")
    assert (value(reply, "Children"), value(reply, "Episodes")) == (2, 4)
    assert column(reply, "By area, 2017-H1", "Episodes") == [3, 1, 0, 0, 4]
    assert "Area of an episode: 4 by the district missing from." in reply.footer


def test_its_own_references_rules_and_limits(ask: Ask) -> None:
    reply = ask("open")
    (ref,) = [row.subject for row in rows(reply)]
    assert str(ref).startswith("TS-")
    assert ask(f"child {ref} {BECAUSE}").title.startswith(ref)
    assert "like TS-7QK4" in ask("child somebody").text[0]
    assert ask("open", TAKEN_AT + hours(3)).footer[0].startswith("Testshire Constabulary: Wed 5 Jul 07:00, STALE")
    assert ask("open", TAKEN_AT + hours(5)).status == "failed"


def test_its_own_digest(app: App) -> None:
    reply = terminal.digest(app, None, NOW)
    assert reply.title == "Testshire morning · Wed 5 July, 08:00"
    assert "Window Tue 4 Jul 07:30 to Wed 5 Jul 07:30." in reply.footer
    assert "1 missing now" in str(reply.text)


def test_words_of_another_partnership_mean_nothing_here(ask: Ask) -> None:
    reply = ask("stats north")
    assert reply.status == "unclear"
    assert "Areas: hills, coast, elsewhere, nowhere, all." in reply.text[0]
    assert ask("help").footer[1] == "Children are references like TS-7QK4: please never type a name."
