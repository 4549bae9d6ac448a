"""Whoever is not to be answered learns nothing, not even why; and the record knows, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Executable, select

from bot.app import App
from bot.chat.terminal import as_csv, as_json, as_text
from bot.cli import terminal
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.refusals import ASK_ADMINISTRATOR
from bot.conversation.reply import Reply
from bot.rules.access.permissions import Membership
from bot.rules.partnership.partnership import HeldRole, Person
from bot.settings import read_settings
from bot.store import people_list
from bot.store.database import reading, writing
from bot.store.schema import access
from tests.support.factories import NOW

GONE = date(2017, 7, 4)
TEXTS = ("help", "stats north", "child OX-7QK4", "open all", "my-access", "nonsense", "", "Wilhelmina")
PLACES: tuple[str | None, ...] = (None, "county-digest", "county-counts", "somewhere else")

LISTED = (
    Person("w-off", "council", "strategic_lead", active=False),
    Person("w-gone", "council", "strategic_lead", expires=GONE, also=(HeldRole("analyst", (), GONE),)),
    Person("w-none", "council"),
    Person("w-health", "health", "strategic_lead"),
    Person("w-1", "council", "strategic_lead", slack_id="U1"),
)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    """The practice partnership with two agencies, and somebody of each kind that gets no answer."""
    found = read_settings({"BOT_DATABASE_URL": database_url})
    ours = replace(found.partnership, agencies=("council", "police"), people=LISTED, roles={}, rota=(), practice=None)
    made = App(
        replace(
            found,
            partnership=ours,
            data_folder=tmp_path,
            environ={"BOT_AUDIT_KEY": "0f" * 32, "BOT_DATA_KEY": "0e" * 32},
        )
    )
    with writing(made.database) as connection:
        assert len(people_list.everybody(connection)) == len(LISTED)
    yield made
    made.close()


def recorded(app: App) -> list[tuple[str, str, str]]:
    row = access.audit
    with reading(app.database) as connection:
        found = connection.execute(select(row).order_by(row.c.seq)).all()
    assert "Wilhelmina" not in str(found)
    return [(r.who, r.outcome, r.place) for r in found if r.action != "configuration"]


def shown(reply: Reply) -> str:
    return as_text(reply) + as_json(reply) + as_csv(reply)


NOT_ANSWERED = {
    "w-off": ("w-off", "deactivated"),
    "w-gone": ("w-gone", "expired"),
    "w-none": ("w-none", "no_role"),
    "w-health": ("w-health", "agency"),
    "Wilhelmina": ("terminal", "not_listed"),
    "": ("terminal", "not_listed"),
}


@pytest.mark.parametrize("who", NOT_ANSWERED)
def test_at_the_terminal_they_hear_of_their_administrator_alone(app: App, who: str) -> None:
    seen = set()
    for text in TEXTS:
        for place in PLACES:
            before = len(recorded(app))
            seen.add(shown(terminal.ask(app, text, who, place, NOW)))
            new = recorded(app)[before:]
            assert new == [(*NOT_ANSWERED[who], {None: "private", "somewhere else": "unlisted"}.get(place, place))]
    assert seen == {shown(Reply("Not answered", 0, (ASK_ADMINISTRATOR,), status="refused"))}


@pytest.mark.parametrize("who", NOT_ANSWERED)
def test_a_button_tells_them_no_more(app: App, who: str) -> None:
    told = shown(terminal.press(app, "0" * 32, who, None, NOW))
    assert told == shown(Reply("Not answered", 0, (ASK_ADMINISTRATOR,), status="refused"))
    assert recorded(app) == [(*NOT_ANSWERED[who], "private")]


STANDINGS: tuple[Membership, ...] = ("guest", "deactivated", "elsewhere", "bot", "unknown")


@pytest.mark.parametrize("standing", STANDINGS)
def test_what_the_platform_says_of_an_account_counts_first(app: App, standing: Membership) -> None:
    lead = app.person("U1", "slack_id")
    assert lead is not None
    asked = [Request(lead, PRIVATE, text, NOW, account="U1", standing=standing) for text in TEXTS]
    assert {shown(terminal.answer(app, a)) for a in asked} == {
        shown(Reply("Not answered", 0, (ASK_ADMINISTRATOR,), status="refused"))
    }
    assert recorded(app) == [("w-1", standing, "private")] * len(TEXTS)


def test_an_account_nobody_linked_is_recorded_as_the_platform_calls_it(app: App) -> None:
    assert app.person("U9", "slack_id") is None
    for standing in ("member", *STANDINGS):
        asked = Request(None, Place("county-digest", 1), "Wilhelmina", NOW, account="U9", standing=standing)
        assert terminal.answer(app, asked).text == (ASK_ADMINISTRATOR,)
    assert set(recorded(app)) == {("U9", "not_listed", "county-digest")}


#: What may be taken away, as the statements that do it, and the reason that is recorded from then on.
CHANGES: dict[str, tuple[Executable, ...]] = {
    "deactivated": (access.person.update().values(active=False),),
    "no_role": (access.role_held.delete(),),
    "expired": (access.role_held.update().values(expires=GONE),),
    "not_listed": (access.role_held.delete(), access.person.delete()),
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_is_taken_away_counts_from_the_next_question(app: App, reason: str) -> None:
    """The same App, which has its desk and its partnership in memory."""
    first = terminal.with_handles(app, terminal.ask(app, "help", "w-1", None, NOW), "w-1", NOW)
    assert first.status == "ok"
    with writing(app.database) as connection:
        for statement in CHANGES[reason]:
            connection.execute(statement)
    handle = first.buttons[0].command
    for reply in (terminal.ask(app, "help", "w-1", None, NOW), terminal.press(app, handle, "w-1", None, NOW)):
        assert reply.text == (ASK_ADMINISTRATOR,)
    who = "terminal" if reason == "not_listed" else "w-1"
    assert recorded(app)[1:] == [(who, reason, "private")] * 2
