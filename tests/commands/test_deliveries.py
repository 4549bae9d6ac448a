"""deliveries: messages sent, the right to see them, and decisions where the outcome is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.chat.slack.rendering import pages
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.rules.delivery.delivery import HELD as WHY_HELD
from bot.rules.delivery.delivery import NOT_AS_DUE, Delivery, State
from bot.rules.effects import Decide
from bot.rules.model import FOREVER
from tests.support.asking import COUNTS, REFERENCES, ask, column, desk, everything, offered, row, rows, table
from tests.support.factories import NOW, at, hours, person
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail
from tests.support.slack.payload_limits import check_blocks


def delivery(
    number: int, kind: str = "digest", state: State = "sent", due: datetime = NOW, **changes: object
) -> Delivery:
    plain = Delivery(
        id=number,
        kind=kind,
        audience="north-digest" if kind == "digest" else "north-worker",
        platform="offline",
        destination="C1",
        slot="2017-07-05",
        state=state,
        reason="",
        marker=f"marker-{number}",
        parent_id=None,
        due_at=due,
        late_until=due + hours(3),
        not_before=FOREVER,
        attempts=1,
        first_attempt_at=due,
        attempted_at=due,
        message_id="m",
        sent_at=due if state == "sent" else None,
        resolved_by=None,
        digest_of_body=None,
        changed_at=None,
        closed_at=None,
        sweeps=0,
        planned_at=due,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


HELD = delivery(3, state="held", reason="unknown", sent_at=None)
LEDGER = [delivery(1), delivery(2, "reminder"), HELD, delivery(4, due=at("Tue 4 Jul 2017 08:00"))]


def asked(text: str, who: str = "admin", place: Place | None = None) -> tuple[Reply, MemoryTrail]:
    trail = MemoryTrail(work=MemoryWork(ledger=list(LEDGER)))
    return desk(MemoryFacts(trail=trail)).answer(Request(person(who), place or PRIVATE, text, NOW)), trail


def test_an_administrator_sees_all_of_today_what_failed_first() -> None:
    reply, _ = asked("deliveries")
    assert reply.title == "Deliveries of Wed 5 Jul"
    assert reply.text == (
        "⚠ 1 of 3 not sent as they should be.",
        f"⚠ 3 · digest for north-digest · due Wed 5 Jul 08:00 · held: {WHY_HELD['unknown']} · "
        "look whether it is there, then press what you saw",
        "2 sent as due",
    )
    assert offered(reply) == ["deliveries 3 there", "deliveries 3 again", "deliveries 2017-07-05 all"]
    every, _ = asked("deliveries 2017-07-05 all")
    assert table(every, "What could not be sent first").rows == (
        ("3 digest", "north-digest", "held (unknown)"),
        ("1 digest", "north-digest", "sent 08:00"),
        ("2 reminder", "north-worker", "sent 08:00"),
    )


@pytest.mark.parametrize("n", [0, 1, 49, 500, 50_000])
def test_however_many_failed_they_are_counted_and_forty_are_shown(n: int) -> None:
    many = [delivery(i, state="failed", sent_at=None) for i in range(1, n + 1)]
    facts = MemoryFacts(trail=MemoryTrail(work=MemoryWork(ledger=many)))
    for text in ("deliveries", "deliveries all"):
        reply = desk(facts).answer(Request(person("admin"), PRIVATE, text, NOW))
        for page in pages(reply):
            check_blocks(page)
    reply = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries", NOW))
    assert len(rows(reply)) == min(n, 40)
    assert (f"… and {n - 40} more" in reply.text) == (n > 40)


@pytest.mark.parametrize("state", sorted(NOT_AS_DUE))
@pytest.mark.parametrize("reason", [*WHY_HELD, ""])
def test_each_that_was_not_sent_says_what_to_do(state: State, reason: str) -> None:
    if (state == "held") != bool(reason):
        return
    facts = MemoryFacts(trail=MemoryTrail(work=MemoryWork(ledger=[delivery(1, state=state, reason=reason)])))
    reply = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries", NOW))
    assert (rows(reply)[0].mark, len(rows(reply)[0].words)) == ("⚠", 4)


REFUSED = delivery(
    3,
    state="held",
    reason="archived",
    refusal="is_archived",
    not_taken_since=NOW,
    not_before=NOW + hours(0.5),
    sent_at=None,
)


def of(d: Delivery) -> tuple[MemoryFacts, MemoryTrail]:
    trail = MemoryTrail(work=MemoryWork(ledger=[d]))
    return MemoryFacts(trail=trail), trail


def test_a_refused_message_says_why_in_words_and_when_it_is_tried_again() -> None:
    facts, _ = of(REFUSED)
    reply = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries", NOW))
    assert "held: the channel is archived · unarchive it, or put another channel" in str(rows(reply)[0])
    assert offered(reply)[0] == "deliveries 3 again"
    reply = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries 3", NOW))
    assert row(reply, "", "Reason given by offline")[0] == "is_archived"
    assert row(reply, "", "Tried again")[0] == "Wed 5 Jul 08:30"
    assert offered(reply) == ["deliveries 3 again"]


@pytest.mark.parametrize("d", [REFUSED, delivery(3, state="failed", reason="is_archived", sent_at=None)])
def test_a_refused_message_can_be_tried_again_and_so_can_one_that_an_earlier_version_gave_up(d: Delivery) -> None:
    facts, trail = of(d)
    reply = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries 3 again", NOW))
    assert reply.text == ("Recorded: it is posted again within a minute.",)
    assert [e for e in trail.effects if isinstance(e, Decide)] == [Decide(3, "post_again", "admin", NOW)]
    assert desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries 3 there", NOW)).status == "refused"
    late = desk(facts).answer(Request(person("admin"), PRIVATE, "deliveries 3 again", NOW + hours(4)))
    assert late.status == "refused"
    assert late.text == ("It was worth sending until Wed 5 Jul 11:00. Ask for today everything instead.",)


@pytest.mark.parametrize("place", [None, REFERENCES, COUNTS])
def test_anybody_listed_sees_that_the_channels_got_theirs(place: Place | None) -> None:
    reply, _ = asked("deliveries", "north-worker", place)
    assert [row.subject for row in rows(reply)] == ["3", "1 sent as due"]
    assert "reminder" not in everything(reply)
    assert offered(reply) == ["deliveries 2017-07-05 all"]
    every, _ = asked("deliveries all", "north-worker", place)
    assert column(every, "What could not be sent first", "Message") == ["3 digest", "1 digest"]


def test_another_day_and_a_day_of_nothing() -> None:
    reply, _ = asked("deliveries yesterday")
    assert reply.text == ("1 sent as due",)
    assert column(asked("deliveries yesterday all")[0], "What could not be sent first", "Message") == ["4 digest"]
    assert asked("deliveries 2017-07-01")[0].text == ("Nothing was due.",)
    assert asked("deliveries last year")[0].status == "unclear"


def test_the_receipt_of_one() -> None:
    reply, _ = asked("deliveries 1")
    assert reply.text == ("The digest for north-digest, due Wed 5 Jul 08:00, on offline.",)
    assert row(reply, "", "Sent") == ("Wed 5 Jul 08:00",)
    assert asked("deliveries 2", "north-worker")[0].status == "unclear"
    assert asked("deliveries 99")[0].text == asked("deliveries 2", "north-worker")[0].text


def test_an_administrator_alone_sees_where_the_message_is_and_its_number() -> None:
    reply, _ = asked("deliveries 1")
    assert (row(reply, "", "Place on offline"), row(reply, "", "Message number on offline")) == (("C1",), ("m",))
    unsent = MemoryTrail(work=MemoryWork(ledger=[replace(HELD, message_id=None)]))
    reply = desk(MemoryFacts(trail=unsent)).answer(Request(person("admin"), PRIVATE, "deliveries 3", NOW))
    assert row(reply, "", "Message number on offline") == ("not known",)
    shown = {str(name).partition(" on ")[0] for name in column(asked("deliveries 1", "north-worker")[0], "", "What")}
    assert shown.isdisjoint({"Place", "Message number"})
    assert "Sent" in shown


@pytest.mark.parametrize(("word", "decision"), [("there", "it_is_there"), ("again", "post_again")])
def test_an_administrator_decides(word: str, decision: str) -> None:
    reply, trail = asked(f"deliveries 3 {word}")
    assert reply.status == "ok"
    assert trail.effects == [Decide(3, decision, "admin", NOW)]  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["lead", "north-worker", "police"])
def test_nobody_else_decides(who: str) -> None:
    reply, trail = asked("deliveries 3 again", who)
    assert reply.status == "refused"
    assert trail.effects == []


def test_there_is_nothing_to_decide_of_what_was_sent() -> None:
    reply, trail = asked("deliveries 1 again")
    assert reply.text == ("There is nothing to decide: it is sent.",)
    assert trail.effects == []
    assert asked("deliveries 3 perhaps")[0].status == "unclear"


def test_it_answers_when_nothing_was_ever_loaded() -> None:
    assert ask("deliveries", "admin", of=MemoryFacts()).text == ("Nothing was due.",)
