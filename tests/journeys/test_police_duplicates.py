"""A police duplicate is kept, and counted nowhere (domain.md 10.2, case 9)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bot.app import App
from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.settings import read_settings
from tests.support.factories import at

POLICE = """\
occurrence_ref,police_ref,birth_date,sex,last_seen_at,reported_at,found_at,returned_at,risk,risk_at,missing_from,area,\
reporter,found_with,prevention_interview_at,end_reason
OCC-1,NOM-1,01/05/2003,F,03/05/2017 20:00,03/05/2017 20:10,04/05/2017 01:00,04/05/2017 01:30,low,,home,Cherwell,parent,\
,,returned_self
OCC-2,NOM-1,01/05/2003,F,03/05/2017 20:30,03/05/2017 20:30,03/05/2017 20:45,,,,school,Cherwell,school,,,\
error_duplicate
"""


def value(reply: Reply, label: str) -> object:
    return next(f.value for f in reply.facts if f.label == label)


def test_a_duplicate_is_kept_and_counted_nowhere(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "police.csv"
    file.write_text(POLICE, encoding="utf-8")
    settings = replace(read_settings({"BOT_DATABASE_URL": database_url}), data_folder=tmp_path)
    with closing(App(settings)) as app:
        summary = app.load("police", file, at("Thu 4 May 2017 07:00"))
        stats = terminal.ask(app, "stats north 2017-05", "lead", None, at("Thu 1 Jun 2017 09:00"))
        digest = terminal.digest(app, "north-digest", at("Thu 4 May 2017 08:00"))
    assert (summary.read, summary.accepted, summary.rejected) == (2, 2, 0)
    assert (value(stats, "Children"), value(stats, "Episodes")) == (1, 1)
    assert ": 1 reported (" in str(digest.text)
