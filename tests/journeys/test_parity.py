"""Slack, Teams and the practice page say the same: each reply, and everything in it, is found again in what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import practice
from bot.chat.slack import rendering as slack
from bot.chat.teams import rendering as teams
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Chart, Form, Reply, Row, Section, Series, Table
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.messages import forms
from bot.server.worker import JOBS
from tests.bench import parity as walking
from tests.support import parity
from tests.support.asking import COMMANDS
from tests.support.factories import NOW, at
from tests.support.slack import scene as slack_scene
from tests.support.slack.replies import FORM
from tests.support.teams import scene as teams_scene
from tests.support.three_platforms import PAGE, SLACK, STARTS, TEAMS, Three, three

PLATFORMS = (SLACK, TEAMS, PAGE)
BUTTONS = (Button("Take it", "h1", primary=True), Button("Record", "h2", form=True), Button("Why", "h3"))
ROWS = (Row("OX-TES2", ("due by 15:30", "nobody owns it"), "⚠", BUTTONS), Row("OX-TES3", ("graded high",), "🔴"))
FIGURES = Table("Figures", ("Measure", "Now", "Before"), (("Children", 82, 81), ("Episodes", 188, None)), "c: hidden")
WEEKLY = Chart("Weekly", "bar", ("May", "June"), (Series("All", (5.0, 7.0)),), "By week: 5, then 7.")
REPLY = Reply(
    "North, and <everybody> & *more*",
    1,
    ("The police file is 24 h old: who is missing is NOT KNOWN.", *ROWS),
    sections=(Section("To do first", ("⏰ OX-TES4 · overdue by 33 h", "by e-mail: a@example.org"), 3),),
    tables=(FIGURES,),
    footer=("References only.", "Police: 07:41, ok"),
    buttons=(Button("Missing now", "h4"), Button("Record", "h5", form=True)),
    charts=(WEEKLY,),
    form=FORM,
)


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    with three(tmp_path_factory.mktemp("parity")) as made:
        made.turn(STARTS)
        yield made


def test_the_practice_morning_is_the_same_everywhere(tmp_path: Path) -> None:
    with three(tmp_path) as on:
        on.turn(STARTS)
        walking.walk(on, small=True)
        assert on.seen.faults == []
        assert on.seen.verbs == set(COMMANDS)
        kinds = ("digest part", "call", "reminder, call or digest action", "drill action", "form handed in")
        assert [kind for kind in kinds if not on.seen.counts[kind]] == []


# ---- what the adapters send is what was compared ----------------------------------------------------------

ASKED = (
    *(("lead", "stats north"), ("lead", "trend north"), ("lead", "compare 2016-H2 2017-H1"), ("coordinator", "help")),
    *(
        ("police", "open"),
        ("police", "escalations"),
        ("north-worker", "interviews mine"),
        ("north-worker", "my-access"),
    ),
    *(("coordinator", "today"), ("north-manager", "sources"), ("lead", "stat nort"), ("admin", "deliveries")),
)
Read = Callable[[Any], list[parity.Item]]


def as_sent(bot: Any, adapter: Any, read: Read, sent: Callable[[], list[Any]], ask: Any) -> None:
    """Compare the morning's posts and some answers with what an adapter made of them on the wire."""
    handed: list[Reply] = []
    gateway = adapter.gateway
    sealing, asking = gateway.for_post, gateway.ask

    def seal(reply: Reply, destination: str) -> Reply:
        handed.append(sealing(reply, destination))
        return handed[-1]

    def answer(*given: Any, **named: Any) -> Any:
        found = asking(*given, **named)
        if found is not None:
            handed.append(found.reply)
        return found

    gateway.for_post, gateway.ask = seal, answer  # before the platform is made, which takes the first
    platform = adapter.platform
    files = practice.write_exports(bot.app.settings.data_folder / "exports")
    for source, taken_at in practice.TAKEN_AT.items():
        bot.app.load(source, files[source], taken_at)
    for moment in ("07:58", "08:00", "08:01"):
        bot.turn(at(f"Wed 5 Jul 2017 {moment}"))
        app = bot.app
        here = {platform.name: platform}
        tick(Run(app.database, app.as_listed(), here, app.sealing_key, "a", lambda connection: bot.now), JOBS, STARTS)
    posted = sent()
    assert len(posted) == len(handed) > 12
    for reply, one in zip(handed, posted, strict=True):
        assert parity.differences(reply, [read(one)]) == []
    for who, text in ASKED:
        told = ask(text, who)
        assert parity.differences(handed[-1], [read(told)]) == [], text


def test_what_slack_is_sent(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    with slack_scene.living(tmp_path, database, draw=lambda chart: None) as bot:
        as_sent(
            *(bot, bot.slack, lambda sent: parity.slack_page(sent.blocks)),
            lambda: list(bot.workspace.messages),
            bot.slash,
        )


def test_what_teams_is_sent(tmp_path: Path) -> None:
    with teams_scene.living(tmp_path, f"sqlite:///{tmp_path / 'bot.sqlite'}") as bot:
        as_sent(
            *(bot, bot.teams, lambda sent: parity.teams_page(sent.card)),
            lambda: list(bot.tenancy.sent),
            bot.write,
        )


# ---- a planted loss is found, on each platform ---------------------------------------------------------


def read(on: Three, platform: str, sent: Reply) -> list[str]:
    """Return the differences that are found where a platform sends `sent` for REPLY."""
    before = len(on.seen.faults)
    on.planted = lambda name, answer: replace(answer, reply=sent) if name == platform else answer
    on._read_back("planted", platform, "planted", "lead", Answer(REPLY, form="h9"))
    found = on.seen.faults[before:]
    del on.seen.faults[before:]
    return found


def rows_of(*rows: str) -> Reply:
    return replace(REPLY, text=(REPLY.text[0], *rows))


LOSSES: dict[str, Callable[[], Reply]] = {
    "a doubt": lambda: replace(REPLY, text=REPLY.text[1:]),
    "a row": lambda: rows_of(ROWS[0]),
    "a row's mark": lambda: rows_of(Row("OX-TES2", ROWS[0].words, "", BUTTONS), ROWS[1]),
    "a row's words": lambda: rows_of(Row("OX-TES2", ROWS[0].words[:1], "⚠", BUTTONS), ROWS[1]),
    "another subject": lambda: rows_of(Row("OX-TES9", ROWS[0].words, "⚠", BUTTONS), ROWS[1]),
    "rows in another order": lambda: rows_of(*ROWS[::-1]),
    "a row's button": lambda: rows_of(ROWS[0].pressing(BUTTONS[:2]), ROWS[1]),
    "a button of another row": lambda: rows_of(ROWS[0].pressing(()), ROWS[1].pressing(BUTTONS)),
    "another handle": lambda: rows_of(ROWS[0].pressing((replace(BUTTONS[0], command="h8"), *BUTTONS[1:])), ROWS[1]),
    "the first step's weight": lambda: rows_of(
        ROWS[0].pressing((replace(BUTTONS[0], primary=False), *BUTTONS[1:])), ROWS[1]
    ),
    "a form": lambda: replace(REPLY, buttons=(REPLY.buttons[0], replace(REPLY.buttons[1], form=False))),
    "a button": lambda: replace(REPLY, buttons=REPLY.buttons[:1]),
    "a label": lambda: replace(REPLY, buttons=(replace(REPLY.buttons[0], label="Missing"), REPLY.buttons[1])),
    "a section's title": lambda: replace(REPLY, sections=(replace(REPLY.sections[0], title=""),)),
    "a line": lambda: replace(REPLY, sections=(replace(REPLY.sections[0], lines=REPLY.sections[0].lines[:1]),)),
    "the number of lines left": lambda: replace(REPLY, sections=(replace(REPLY.sections[0], hidden=2),)),
    "a figure": lambda: replace(REPLY, tables=(replace(FIGURES, rows=(("Children", 83, 81), FIGURES.rows[1])),)),
    "a row of a table": lambda: replace(REPLY, tables=(replace(FIGURES, rows=FIGURES.rows[:1]),)),
    "a column's name": lambda: replace(REPLY, tables=(replace(FIGURES, columns=("Measure", "Now", "Then")),)),
    "a zero for what is not known": lambda: replace(
        REPLY, tables=(replace(FIGURES, rows=(FIGURES.rows[0], ("Episodes", 188, 0))),)
    ),
    "a note": lambda: replace(REPLY, tables=(replace(FIGURES, note=""),)),
    "a number of a chart": lambda: replace(
        REPLY, charts=(replace(WEEKLY, series=(Series("All", (5.0, 8.0)),), alt="By week: 5, then 8."),)
    ),
    "a chart": lambda: replace(REPLY, charts=()),
    "a footer": lambda: replace(REPLY, footer=REPLY.footer[:1]),
    "the title": lambda: replace(REPLY, title="North"),
    "one line more": lambda: replace(REPLY, footer=(*REPLY.footer, "All is well.")),
    "an option": lambda: with_fields(replace(FORM.fields[0], options=FORM.fields[0].options[:1])),
    "a field that is required": lambda: with_fields(replace(FORM.fields[0], required=False)),
    "a first value": lambda: replace(
        REPLY,
        form=replace(FORM, fields=(*FORM.fields[:2], replace(FORM.fields[2], initial="2017-07-04"), *FORM.fields[3:])),
    ),
    "a hint": lambda: replace(REPLY, form=replace(FORM, fields=(*FORM.fields[:4], replace(FORM.fields[4], hint="")))),
    "a field": lambda: replace(REPLY, form=replace(FORM, fields=FORM.fields[:4])),
    "the text of a form": lambda: replace(REPLY, form=replace(FORM, text=())),
    "the word that hands a form in": lambda: replace(REPLY, form=replace(FORM, submit="Send")),
}


def with_fields(first: Any) -> Reply:
    return replace(REPLY, form=replace(FORM, fields=(first, *FORM.fields[1:])))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_reply_with_everything_is_read_back_whole(on: Three, platform: str) -> None:
    assert read(on, platform, REPLY) == []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_found(on: Three, platform: str, loss: str) -> None:
    assert read(on, platform, LOSSES[loss]()) != []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "of", [forms.age("age OX-TES2 #1", needs_reason=True), forms.ended("ended OX-TES2 #1", forms.Begun(), NOW)]
)
def test_a_form_that_no_child_of_the_morning_needs(on: Three, platform: str, of: Form) -> None:
    asked, before = replace(REPLY, form=of), len(on.seen.faults)
    on.planted = lambda name, answer: answer
    on._read_back("form", platform, of.kind, "lead", Answer(asked, form="h9"))
    assert on.seen.faults[before:] == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_has_to_be_put_right_is_shown_with_what_was_typed(on: Three, platform: str) -> None:
    faults = {"day": "That day is still to come.", "": "Somebody else was first."}
    typed = {"outcome": "held", "reason": "r4", "day": "2017-07-04", "at": "07:45", "note": "By telephone"}
    text, shown = on.put_right(platform, "lead", Answer(REPLY, form="h9"), typed, faults)
    assert [fault for fault in faults.values() if fault not in text] == []
    assert {each.id: each.value for each in shown.fields} == typed


def test_another_reply_on_one_platform_is_found(on: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that understands something else is found, although each platform shows what it was handed."""
    side, before = on.sides[1], len(on.seen.faults)
    on.planted = lambda platform, answer: answer
    asking = side.gateway.ask
    monkeypatch.setattr(side.gateway, "ask", lambda caller, text, **given: asking(caller, "help marks", **given))
    on.ask("lead", "stats north")
    found = on.seen.faults[before:]
    del on.seen.faults[before:]
    assert any("teams answers otherwise" in each for each in found)


# ---- nothing strange passes for read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "image_url": "x", "alt_text": "x"},
        {"type": "divider_of_another_kind"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "a", "verbatim": True}, "fields": []},
        {"type": "section", "text": {"type": "mrkdwn", "text": "a"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "a *b* c", "verbatim": True}},
        {"type": "actions", "elements": [{"type": "datepicker", "action_id": "press:0", "text": {}}]},
    ],
)
def test_a_strange_block_is_no_block(block: dict[str, Any]) -> None:
    with pytest.raises((parity.Strange, KeyError)):
        parity.slack_page([block])


@pytest.mark.parametrize(
    "element",
    [
        {"type": "Image", "url": "x"},
        {"type": "TextBlock", "text": "a", "size": "Large"},
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "a", "selectAction": {}}]},
        {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "a", "data": {"action": "press"}}]},
        {
            **teams.button("Take it", "press", "h1"),
            "fallback": {"type": "Action.Submit", "title": "Take it", "data": {}},
        },
    ],
)
def test_a_strange_element_is_no_element(element: dict[str, Any]) -> None:
    inside = [element] if element["type"] != "Action.Execute" else [{"type": "ActionSet", "actions": [element]}]
    with pytest.raises((parity.Strange, KeyError)):
        parity.teams_page(teams.card(inside))


@pytest.mark.parametrize(
    "text", ["<article><video></video></article>", "<article><p>a <b>b</b></p></article>", "<article>loose</article>"]
)
def test_a_strange_tag_is_no_tag(text: str) -> None:
    with pytest.raises(parity.Strange):
        parity.page_message(parity.tree(text).all("article")[0])


def test_a_page_that_is_not_closed_is_no_page() -> None:
    with pytest.raises(parity.Strange):
        parity.tree("<article><p>a</article>")


def test_pages_are_put_together() -> None:
    """A long answer is read page by page, and a page that is left out is found."""
    long = Reply("Long", 1, tuple(Row(f"OX-{n:04}", ("due by 15:30",)) for n in range(900)), footer=("Police: ok",))
    for pages in (
        [parity.slack_page(page) for page in slack.pages(long)],
        [parity.teams_page(page) for page in teams.pages(long)],
    ):
        assert len(pages) > 2
        assert parity.differences(long, pages) == []
        assert parity.differences(long, [*pages[:1], *pages[2:]]) != []
        assert parity.differences(long, pages[:-1]) != []
