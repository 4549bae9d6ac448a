"""The files of a report in Teams: offered in the chat of who asked, and uploaded to their OneDrive once they accept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.escape import JOINER
from bot.chat.teams import report_files
from bot.chat.teams.report_files import DECLINED, OFFER, OVER, THERE
from bot.reports.making import Making
from bot.rules.access.permissions import TakeRole
from bot.rules.time.period import parse_period
from bot.store import reports
from bot.store.database import reading, writing
from bot.store.people_list import Changing
from tests.support.factories import NOW, at, episode, hours, person
from tests.support.reports import PlainComposer
from tests.support.teams import activities
from tests.support.teams.connector import ONEDRIVE
from tests.support.teams.scene import ACCOUNTS, COUNTS, COUNTY, Scene, living, words
from tests.support.teams.tenancy import Sent, personal_of

MAY = at("Mon 1 May 2017 12:00")
FACTS = [episode(n, MAY + hours(n), MAY + hours(n + 5)) for n in range(1, 9)]
CANARY = "Fewer children went missing near the heron pond"
SECRET = "tempauth-of-the-upload"
NAMES = ["report.html", "report.xlsx", "report.docx"]


@pytest.fixture
def bot(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    with living(tmp_path, sqlite_url) as made:
        made.app.making._composer = PlainComposer()
        made.put(*FACTS)
        yield made


def made(bot: Scene) -> None:
    """Wait until every report is made, and offered or handed over."""
    bot.settle()
    making: Making = bot.app.making
    making._pool.submit(lambda: None).result(timeout=60)


def of_kind(bot: Scene, kind: str, who: str = "lead") -> list[Sent]:
    """Return the messages of a person's chat with an attachment of a kind."""
    return [s for s in bot.to(who) if [a["contentType"] for a in s.body["attachments"]] == [kind]]


def offers(bot: Scene, who: str = "lead") -> list[Sent]:
    return of_kind(bot, OFFER, who)


def asked(bot: Scene, text: str = "report 2017-H1", who: str = "lead") -> list[Sent]:
    bot.write(text, who)
    made(bot)
    return offers(bot, who)


def answer(bot: Scene, offer: Sent, who: str = "lead", *, url: str | None = None, content: str | None = None) -> Any:
    """Answer an offer; `url` is where the file is to go, "" to decline it."""
    drive = f"{bot.tenancy.origin}{ONEDRIVE}"
    to = f"{drive}/up/1?{SECRET}" if url is None else url
    activity = activities.consent(bot.tenancy, bot.person(who), offer, to, content or f"{drive}/report")
    got = bot.send(activity)
    made(bot)
    return got


def said(bot: Scene, who: str = "lead") -> str:
    return "\n".join(words(s) for s in bot.to(who)).replace(JOINER, "")


def test_the_files_are_offered_in_the_chat_of_who_asked_after_the_answer(bot: Scene) -> None:
    first = bot.write("report 2017-H1", "lead")
    assert "Preparing the report of 2017-H1 ..." in said(bot)
    made(bot)
    found = offers(bot)
    assert [s.body["attachments"][0]["name"] for s in found] == NAMES
    assert all(s.id > first.id for s in found)
    content = found[0].body["attachments"][0]["content"]
    assert content["description"] == "Report of 2017-H1"
    assert content["sizeInBytes"] > 0
    assert content["acceptContext"] == content["declineContext"]
    assert [*content["acceptContext"]] == ["handle"]
    assert "2017" not in content["acceptContext"]["handle"]
    assert bot.tenancy.uploads == []


def test_one_message_says_how_far_the_report_is(bot: Scene) -> None:
    told: list[str] = []
    composer = PlainComposer()
    write = composer.write

    def written(document: Any, form: Any) -> bytes:
        told.append(next(w for s in bot.to("lead") if "steps done" in (w := words(s))))
        return write(document, form)

    composer.write = written  # type: ignore[method-assign]
    bot.app.making._composer = composer
    asked(bot)
    assert [f"{n} of 4 steps done" in each for n, each in enumerate(told, 1)] == [True] * 3
    (progress,) = [w for s in bot.to("lead") if "steps done" in (w := words(s))]
    assert "Report of 2017-H1: 4 of 4 steps done." in progress


def test_an_accepted_file_is_put_into_their_onedrive(bot: Scene) -> None:
    offer = asked(bot)[0]
    assert answer(bot, offer) == (200, None)
    (put,) = bot.tenancy.uploads
    assert put.path == f"{ONEDRIVE}/up/1"
    assert b"'Published', 'False'" in put.content
    assert put.headers["content-range"] == f"bytes 0-{len(put.content) - 1}/{len(put.content)}"
    assert "authorization" not in put.headers
    (there,) = of_kind(bot, THERE)
    assert there.body["attachments"][0]["name"] == "report.html"
    assert there.body["attachments"][0]["contentUrl"].endswith(f"{ONEDRIVE}/report")
    assert len(offers(bot)) == 2, "the others are still to be answered"
    assert "on its way" not in said(bot)


def test_a_channel_shows_no_file_and_the_published_one_is_offered_in_private(bot: Scene) -> None:
    bot.mention("report 2017-H1", "lead", COUNTS)
    made(bot)
    kinds = [a["contentType"] for s in bot.tenancy.in_conversation(COUNTS) for a in s.body["attachments"]]
    assert set(kinds) == {"application/vnd.microsoft.card.adaptive"}
    assert "steps done" not in "\n".join(words(s) for s in bot.tenancy.in_conversation(COUNTS))
    offer = offers(bot)[0]
    assert offer.conversation == personal_of(ACCOUNTS["lead"])
    answer(bot, offer)
    assert b"'Published', 'True'" in bot.tenancy.uploads[0].content


def test_a_slash_command_is_offered_its_files_in_the_chat_and_not_in_the_channel(bot: Scene) -> None:
    bot.slash("report 2017-H1", "lead", COUNTY)
    made(bot)
    assert {s.conversation for s in offers(bot)} == {personal_of(ACCOUNTS["lead"])}


def test_a_draft_is_handed_over_with_the_bytes_that_are_kept(bot: Scene) -> None:
    offer = next(s for s in asked(bot, "report 2017-H1 draft") if s.body["attachments"][0]["name"] == "report.html")
    composed = bot.app.making._composer.composed  # type: ignore[attr-defined]
    bot.put(episode(20, MAY + hours(30), MAY + hours(40)), taken_at=NOW + timedelta(hours=1))
    answer(bot, offer)
    with reading(bot.app.database) as connection:
        (report,) = reports.read(connection)
        kept = reports.document(connection, report.id, "html")
    assert bot.tenancy.uploads[0].content == kept
    assert bot.app.making._composer.composed == composed  # type: ignore[attr-defined]


def test_a_draft_that_was_withdrawn_is_not_handed_over(bot: Scene) -> None:
    offer = asked(bot, "report 2017-H1 draft")[0]
    bot.press(bot.write("report 1", "lead"), "Withdraw", "lead")
    answer(bot, offer)
    assert bot.tenancy.uploads == []
    assert "It was withdrawn: its document is not kept." in said(bot) or "no report 1" in said(bot)


def test_a_declined_file_goes_nowhere_and_cannot_be_accepted_any_more(bot: Scene) -> None:
    offer = asked(bot)[0]
    assert answer(bot, offer, url="") == (200, None)
    assert DECLINED in words(bot.tenancy.find(offer.conversation, offer.id))
    answer(bot, offer_as_it_was(offer))
    assert OVER in said(bot)
    assert bot.tenancy.uploads == []


def offer_as_it_was(offer: Sent) -> Sent:
    """Return an offer as a client shows it that has not heard yet that the message was replaced."""
    handle = _HANDLES[offer.id]
    body = {"attachments": [{"name": "report.html", "content": {"acceptContext": {"handle": handle}}}]}
    return Sent(offer.conversation, "", offer.id, body)


_HANDLES: dict[str, str] = {}


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember the handle of each offer, for it goes from the message when that is answered."""
    _HANDLES.clear()
    found = offers

    def noted(bot: Scene, who: str = "lead") -> list[Sent]:
        made = found(bot, who)
        _HANDLES.update({s.id: s.body["attachments"][0]["content"]["acceptContext"]["handle"] for s in made})
        return made

    monkeypatch.setitem(globals(), "offers", noted)


def test_a_file_is_handed_over_once(bot: Scene) -> None:
    offer = asked(bot)[0]
    answer(bot, offer)
    answer(bot, offer_as_it_was(offer))
    assert len(bot.tenancy.uploads) == 1
    assert OVER in said(bot)
    assert len(of_kind(bot, THERE)) == 1


def test_an_offer_ends_after_an_hour(bot: Scene) -> None:
    first, second, _ = asked(bot)
    bot.turn(NOW + timedelta(minutes=59))
    answer(bot, first)
    bot.turn(NOW + timedelta(minutes=60))
    answer(bot, second)
    assert len(bot.tenancy.uploads) == 1
    assert OVER in said(bot)


def test_nobody_else_accepts_it(bot: Scene) -> None:
    offer = asked(bot)[0]
    moved = Sent(personal_of(ACCOUNTS["analyst"]), "", "", offer.body)
    answer(bot, moved, "analyst")
    assert bot.tenancy.uploads == []
    assert OVER in said(bot, "analyst")
    assert OVER not in said(bot)
    assert ("analyst", "press", "handle") in [row[:3] for row in bot.trail()]
    answer(bot, offer)
    assert len(bot.tenancy.uploads) == 1, "it is still who asked's"


def test_an_answer_from_a_channel_is_none(bot: Scene) -> None:
    offer = asked(bot)[0]
    answer(bot, Sent(COUNTS, "", "", offer.body))
    assert bot.tenancy.uploads == []


def test_a_role_taken_away_after_the_offer_counts_no_more(bot: Scene) -> None:
    offer = asked(bot)[0]
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("lead", "strategic_lead"), "take role")
    answer(bot, offer)
    assert not [put for put in bot.tenancy.uploads if b"'Published', 'False'" in put.content]
    assert of_kind(bot, THERE) == []


@pytest.mark.parametrize("field", ["url", "content"])
@pytest.mark.parametrize(
    "address", ["https://example.org/up", "http://x.sharepoint.com/up", "https://x.sharepoint.com.example.org/up"]
)
def test_no_other_host_gets_a_file(bot: Scene, field: str, address: str, caplog: pytest.LogCaptureFixture) -> None:
    answer(bot, asked(bot)[0], **{field: f"{address}?{SECRET}"})
    assert bot.tenancy.uploads == []
    assert "report.html was not put into your OneDrive (not_microsofts_address)." in said(bot)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("status", [202, 307, 308, 403, 404, 507])
def test_an_upload_that_was_not_taken_is_told_and_not_followed(bot: Scene, status: int) -> None:
    bot.tenancy.upload_status = status
    answer(bot, asked(bot)[0])
    assert len(bot.tenancy.uploads) == 1
    assert f"(upload_{status})" in said(bot)
    assert of_kind(bot, THERE) == []


def test_a_file_that_is_too_large_is_not_sent(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "LARGEST", 10)
    answer(bot, asked(bot)[0])
    assert bot.tenancy.uploads == []
    assert "(too_large)" in said(bot)


def test_the_address_is_in_no_message_and_no_log(bot: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer(bot, asked(bot)[0])
    bot.tenancy.upload_status = 403
    answer(bot, offers(bot)[0])
    assert len(bot.tenancy.uploads) == 2
    assert SECRET not in caplog.text
    assert SECRET not in repr(bot.tenancy.sent)


def test_a_report_that_was_not_made_is_told_in_the_chat(bot: Scene) -> None:
    composer = PlainComposer()
    composer.fail = ValueError(CANARY)
    bot.app.making._composer = composer
    assert asked(bot) == []
    assert "The report was not made" in said(bot)
    assert "heron" not in said(bot)


def test_a_report_with_the_leads_words_is_neither_offered_nor_handed_over(bot: Scene) -> None:
    offer = asked(bot, "report 2017-H1 draft")[0]
    bot.press(bot.write("report 1", "lead"), "Withdraw", "lead")
    with writing(bot.app.database) as connection:
        half = parse_period("2017-H1", NOW)
        reports.hand_in_words(connection, half, {"summary": (CANARY,)}, person("lead"), NOW)
    before = len(offers(bot))
    assert len(asked(bot, "report 2 file")) == before
    answer(bot, offer)
    assert bot.tenancy.uploads == []
    assert "heron" not in repr(bot.tenancy.sent)
