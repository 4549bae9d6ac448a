"""The files of a report in Slack: made after the answer, uploaded where it went, and never with the leads' words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.reports.making import Making
from bot.rules.reports.signing import Report
from bot.rules.time.period import parse_period
from bot.store import reports
from bot.store.database import reading, writing
from tests.support.factories import NOW, at, episode, hours, person
from tests.support.reports import PlainComposer
from tests.support.slack import events
from tests.support.slack.scene import COUNTS, COUNTY, Scene, living, words
from tests.support.slack.workspace import Message

MAY = at("Mon 1 May 2017 12:00")
FACTS = [episode(n, MAY + hours(n), MAY + hours(n + 5)) for n in range(1, 9)]
CANARY = "Fewer children went missing near the heron pond"


@pytest.fixture
def bot(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    with living(tmp_path, sqlite_url) as made:
        made.app.making._composer = PlainComposer()
        made.put(*FACTS)
        yield made


def made(bot: Scene) -> None:
    """Wait until every report is made, and handed over or given up."""
    making: Making = bot.app.making
    making._pool.submit(lambda: None).result(timeout=60)


def files(bot: Scene, channel: str | None, who: str = "lead") -> list[dict[str, Any]]:
    return [bot.workspace.files[f] for m in bot.workspace.in_channel(bot.channel(channel, who).id) for f in m.files]


def newest(bot: Scene) -> Report:
    with reading(bot.app.database) as connection:
        return reports.read(connection)[-1]


def test_the_answer_comes_first_and_the_files_follow_in_private(bot: Scene) -> None:
    said = bot.slash("report 2017-H1", "lead", COUNTY)
    assert "Preparing the report of 2017-H1 ..." in words(said)
    made(bot)
    found = files(bot, None)
    assert [(f["name"], f["complete"]) for f in found] == [
        ("report.html", True),
        ("report.xlsx", True),
        ("report.docx", True),
    ]
    assert {f["title"] for f in found} == {"Report of 2017-H1"}
    assert b"'Published', 'False'" in found[0]["content"]
    assert files(bot, COUNTY) == []


def test_one_message_says_how_far_the_report_is(bot: Scene) -> None:
    told: list[str] = []
    composer = PlainComposer()
    write = composer.write

    def written(document: Any, form: Any) -> bytes:
        told.append(next(w for m in bot.to("lead") if "steps done" in (w := words(m))))
        return write(document, form)

    composer.write = written  # type: ignore[method-assign]
    bot.app.making._composer = composer
    bot.write("report 2017-H1", "lead")
    made(bot)
    assert [f"{n} of 4 steps done" in said for n, said in enumerate(told, 1)] == [True] * 3
    (progress,) = [w for m in bot.to("lead") if "steps done" in (w := words(m))]
    assert "Report of 2017-H1: 4 of 4 steps done." in progress


def test_a_report_is_handed_over_though_its_progress_cannot_be_shown(bot: Scene) -> None:
    bot.workspace.fates.schedule("chat.update", *["error internal_error"] * 3)
    bot.write("report 2017-H1", "lead")
    made(bot)
    assert len(files(bot, None)) == 3


def test_a_channel_is_handed_the_published_form_under_the_question(bot: Scene) -> None:
    asked = events.app_mention(bot.workspace, bot.person("lead"), bot.channel(COUNTS, "lead"), "report 2017-H1")
    question = Message(COUNTS, asked.payload["event"]["ts"], "report 2017-H1", user=bot.person("lead").id)
    bot.workspace.messages.append(question)
    bot.send(asked)
    made(bot)
    found = files(bot, COUNTS)
    assert len(found) == 3
    assert all(b"'Published', 'True'" in f["content"] for f in found)
    assert {m.thread_ts for m in bot.workspace.in_channel(COUNTS) if m.files} == {question.ts}
    assert files(bot, None) == []


def test_a_report_goes_from_draft_to_signed_by_buttons_on_the_files_that_were_handed_over(bot: Scene) -> None:
    bot.write("report 2017-H1 draft", "lead")
    made(bot)
    assert newest(bot).snapshot
    assert len(files(bot, None)) == 3
    bot.press(bot.write("report 1", "police-lead"), "Check", "police-lead")
    for who in ("lead", "police-lead"):
        bot.press(bot.write("report 1", who), "Sign", who)
    assert newest(bot).state == "signed"
    actions = [row[1] for row in bot.trail() if row[1].startswith("report ")]
    assert actions == ["report draft", "report check", "report sign", "report sign"]


def test_a_report_that_was_not_made_is_told_where_the_answer_went(bot: Scene) -> None:
    composer = PlainComposer()
    composer.fail = ValueError(CANARY)
    bot.app.making._composer = composer
    bot.write("report 2017-H1", "lead")
    made(bot)
    said = words(bot.to("lead")[-1])
    assert "The report was not made" in said
    assert "Something went wrong (code " in said
    assert "heron" not in said


def test_the_leads_words_are_in_no_message_and_no_file_whatever_is_asked(
    bot: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(bot.app.database) as connection:
        half = parse_period("2017-H1", NOW)
        reports.hand_in_words(connection, half, {"summary": (CANARY,)}, person("lead"), NOW)
    for text in (
        "report 1 file",
        "report 1",
        "reports",
        "report 2017-H1",
        "report 2017-H1 draft",
        "home",
        "help report",
    ):
        bot.write(text, "lead")
        bot.slash(text, "lead", COUNTY)
    made(bot)
    assert newest(bot).snapshot
    bot.press(bot.write("report 1", "police-lead"), "Check", "police-lead")
    for who in ("lead", "police-lead"):
        bot.press(bot.write("report 1", who), "Sign", who)
    for text in ("report 1 file", "report 1", "report 2017-H1"):
        bot.write(text, "lead")
        bot.write(text, "analyst")
    made(bot)
    assert newest(bot).state == "signed"
    told = [repr(m) for m in (*bot.workspace.messages, *bot.workspace.ephemeral, *bot.workspace.views.values())]
    told += [repr(f) for f in bot.workspace.files.values()]
    assert bot.workspace.files
    assert not [each for each in told if "heron" in each]
    assert "heron" not in caplog.text
