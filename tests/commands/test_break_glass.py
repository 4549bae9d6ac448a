"""Break-glass: a missing child outside the area, for a reason, for half an hour; leads are notified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.terminal import as_json
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.refusals import not_shown
from bot.conversation.reply import Reply
from bot.rules.audit.chain import Entry
from bot.rules.effects import LockLookUps, NotifyRole, OpenBreakGlass
from bot.rules.partnership.partnership import Person
from tests.support.asking import BECAUSE, COUNTS, REFERENCES, UNLISTED, desk, everything, section
from tests.support.factories import NOW, at, episode, hours, person, reference, somebody
from tests.support.memory_facts import Case, MemoryFacts
from tests.support.memory_trail import MemoryTrail

NORTH, SOUTH, BACK_HOME, DIED, NOBODY = reference(1), reference(2), reference(3), reference(4), reference(999)
SINCE = at("Tue 4 Jul 2017 22:00")
BACK = at("Sun 2 Jul 2017 18:00")
WORKER = person("north-worker")
LEADS = (somebody("strategic_lead"), replace(somebody("strategic_lead"), id="police-lead", agency="police"))
ADMIN = person("admin")

Answer = Callable[..., Reply]


@pytest.fixture
def trail() -> MemoryTrail:
    return MemoryTrail(people=(*LEADS, ADMIN, WORKER))


@pytest.fixture
def ask(trail: MemoryTrail) -> Answer:
    """Ask one question after another; earlier records count."""
    episodes = [
        episode(1, SINCE, worker="W-N01"),
        episode(2, SINCE, area="south"),
        episode(3, BACK - hours(10), BACK, area="south"),
        episode(4, BACK - hours(10), area="south", end_reason="died"),
        *(episode(n, SINCE, area="south") for n in range(5, 10)),
    ]
    facts = MemoryFacts(episodes, {SOUTH: Case(2, area="south", worker="W-S01")}, trail=trail)

    def answer(text: str, who: Person = WORKER, minutes: float = 0, place: Place = PRIVATE) -> Reply:
        return desk(facts).answer(Request(who, place, text, NOW + timedelta(minutes=minutes)))

    return answer


def test_shown_for_a_reason_to_one_person_and_both_leads_hear(ask: Answer, trail: MemoryTrail) -> None:
    reply = ask(f"child {SOUTH} {BECAUSE}")
    assert (reply.title[: len(SOUTH)], reply.status, reply.level) == (SOUTH, "ok", 2)
    assert reply.text[0] == (
        "Shown outside your area until Wed 5 Jul 08:30, for your reason; recorded. "
        "The strategic leads of police and council have been told."
    )
    (glass,) = trail.glasses
    assert (glass.person, glass.ref, glass.area) == (WORKER.id, SOUTH, "south")
    entry = trail.entries[-1]
    assert (entry.action, entry.outcome, entry.subject) == ("break-glass", "answered", SOUTH)
    assert entry.reason == glass.reason == "seen at the station, police ask who the worker is"
    assert {n.ref for lead in LEADS for n in trail.told[lead.id]} == {SOUTH}
    assert not trail.told[ADMIN.id]


def test_where_an_agency_has_no_lead_that_is_said(ask: Answer, trail: MemoryTrail) -> None:
    trail.people = (LEADS[0], ADMIN, WORKER)
    said = ask(f"child {SOUTH} {BECAUSE}").text[0]
    assert said.endswith(
        "The strategic leads of council have been told. "
        "No strategic lead of police is listed: administrators have been told."
    )
    assert [n.kind for n in trail.told[ADMIN.id]] == ["vacant"]
    assert SOUTH not in str(trail.told[ADMIN.id])


def test_the_reason_is_never_said_back(ask: Answer) -> None:
    assert "station" not in everything(ask(f"child {SOUTH} {BECAUSE}"))
    unfit = ask(f"child {SOUTH} because her mother rang from 01865 000000 and asked")
    assert "01865" not in everything(unfit)


def test_half_an_hour_without_another_reason(ask: Answer, trail: MemoryTrail) -> None:
    ask(f"child {SOUTH} {BECAUSE}")
    assert ask(f"child {SOUTH}", minutes=29).status == "ok"
    assert ask(f"child {SOUTH} {BECAUSE}", minutes=29).status == "ok"
    assert len(trail.glasses) == 1, "it is still the same look"
    assert ask(f"child {SOUTH}", minutes=30) == not_shown()
    assert [e.action for e in trail.entries] == ["break-glass"] * 3 + ["child"]
    assert ask(f"child {reference(5)}", minutes=1) == not_shown(), "one child"
    assert ask(f"child {SOUTH}", person("disability-worker"), minutes=1) == not_shown(), "one person"


@pytest.mark.parametrize("ref", [BACK_HOME, DIED, NOBODY])
def test_not_missing_dead_and_no_such_child_are_the_same(ask: Answer, trail: MemoryTrail, ref: str) -> None:
    assert ask(f"child {ref} {BECAUSE}") == not_shown()
    assert not trail.glasses
    assert not [d for d in trail.effects if isinstance(d, OpenBreakGlass | NotifyRole)]


UNFIT = ("", '""', "x", "found", f"{SOUTH} {SOUTH} {SOUTH}", "she was born on 13/03/2003 they say", "long " * 50)


@pytest.mark.parametrize("reason", UNFIT)
def test_an_unfit_reason_is_refused_alike_for_every_reference(ask: Answer, trail: MemoryTrail, reason: str) -> None:
    replies = {as_json(ask(f"child {ref} because {reason}")) for ref in (NORTH, SOUTH, BACK_HOME, DIED, NOBODY)}
    assert len(replies) == 1
    assert "That reason can't be used" in replies.pop()
    assert {e.reason for e in trail.entries} == {""}
    assert {e.outcome for e in trail.entries} == {"reason_unfit"}


def test_on_ones_own_child_a_reason_is_only_recorded(ask: Answer, trail: MemoryTrail) -> None:
    assert ask(f"child {NORTH} {BECAUSE}").title.startswith(NORTH)
    assert (trail.entries[-1].action, trail.entries[-1].reason[:4]) == ("child", "seen")
    assert not trail.glasses


def test_three_in_thirty_days_then_refused_alike_and_leads_are_told_once_a_day(ask: Answer, trail: MemoryTrail) -> None:
    for n in (2, 5, 6):
        assert ask(f"child {reference(n)} {BECAUSE}").status == "ok"
    replies = {as_json(ask(f"child {ref} {BECAUSE}")) for ref in (reference(7), BACK_HOME, DIED, NOBODY)}
    assert len(replies) == 1
    assert "You have opened 3 children outside your areas" in replies.pop()
    assert ask(f"child {reference(7)}") == not_shown(), "without a reason nothing is said of the limit"
    assert ask(f"child {SOUTH}").status == "ok", "what is open stays open"
    assert ask(f"child {NORTH} {BECAUSE}").status == "ok", "and one's own children too"
    told = [n for n in trail.told[LEADS[0].id] if n.kind == "quota"]
    assert [n.ref for n in told] == [None]
    month = 30 * 24 * 60
    assert ask(f"child {reference(7)} {BECAUSE}", minutes=month).status == "refused"
    assert ask(f"child {reference(7)} {BECAUSE}", minutes=month + 1).status == "ok"


NEVER = [
    replace(somebody("placing_authority_contact", code="LA-9"), agency="placing_authority"),
    somebody("panel_member", "north"),
    somebody("interview_coordinator", active=False),
    somebody("analyst"),
    somebody("system_admin"),
    somebody("duty_inspector"),
    replace(WORKER, active=False),
    replace(WORKER, role=None),
    replace(WORKER, expires=at("Tue 4 Jul 2017 12:00").date()),
]


@pytest.mark.parametrize("who", NEVER, ids=lambda p: str(p.role))
def test_who_never_breaks_glass(ask: Answer, trail: MemoryTrail, who: Person) -> None:
    ref = BACK_HOME if who.role == "duty_inspector" else SOUTH
    assert ask(f"child {ref} {BECAUSE}", who).status == "refused"
    assert not trail.glasses


@pytest.mark.parametrize("place", [REFERENCES, COUNTS, UNLISTED], ids=lambda p: str(p.name))
def test_in_private_only(ask: Answer, trail: MemoryTrail, place: Place) -> None:
    assert ask(f"child {SOUTH} {BECAUSE}", place=place).status == "refused"
    ask(f"child {SOUTH} {BECAUSE}")
    assert ask(f"child {SOUTH}", place=place).status == "refused", "nor while it is open"
    assert len(trail.glasses) == 1


CHANGED = [
    replace(WORKER, role=None),
    replace(WORKER, role="panel_member"),
    replace(WORKER, expires=at("Tue 4 Jul 2017 12:00").date()),
    replace(WORKER, active=False),
    replace(WORKER, agency="health", role="analyst"),
]


@pytest.mark.parametrize("changed", CHANGED, ids=range(len(CHANGED)))
def test_a_right_that_is_gone_closes_what_was_open(ask: Answer, changed: Person) -> None:
    assert ask(f"child {SOUTH} {BECAUSE}").status == "ok"
    assert ask(f"child {SOUTH}", changed, minutes=1).status == "refused"
    assert ask(f"child {SOUTH}", minutes=2).status == "ok"


def test_a_child_who_comes_back_is_open_no_more(trail: MemoryTrail) -> None:
    missing, back = (MemoryFacts([episode(2, SINCE, end, area="south")], trail=trail) for end in (None, NOW))
    assert desk(missing).answer(Request(WORKER, PRIVATE, f"child {SOUTH} {BECAUSE}", NOW)).status == "ok"
    later = NOW + timedelta(minutes=5)
    assert desk(back).answer(Request(WORKER, PRIVATE, f"child {SOUTH}", later)) == not_shown()


# -- leads give a reason for each look --


def test_a_lead_says_why_before_learning_of_any_child(ask: Answer) -> None:
    lead = LEADS[0]
    replies = {as_json(ask(f"child {ref}", lead)).replace(ref, "REF") for ref in (NORTH, SOUTH, BACK_HOME, NOBODY)}
    assert len(replies) == 1, "but for the reference that was typed"
    assert "Say why you need this child's record" in replies.pop()
    assert ask(f"child {SOUTH} {BECAUSE}", lead).title.startswith(SOUTH)
    assert ask(f"child {NOBODY} {BECAUSE}", lead) == not_shown()


def test_a_lead_who_manages_an_area_says_why_elsewhere(ask: Answer) -> None:
    both = replace(LEADS[0], also=somebody("team_manager", "north").roles)
    assert ask(f"child {NORTH}", both).title.startswith(NORTH)
    south, nobody = (as_json(ask(f"child {ref}", both)).replace(ref, "REF") for ref in (SOUTH, NOBODY))
    assert south == nobody
    assert ask(f"child {SOUTH} {BECAUSE}", both).title.startswith(SOUTH)


# -- too many misses --


def missed(ask: Answer, times: int, minutes: float = 0) -> list[Reply]:
    return [ask(f"child {NOBODY}", minutes=minutes) for _ in range(times)]


def test_the_tenth_miss_locks_and_sounds_like_the_ninth(ask: Answer, trail: MemoryTrail) -> None:
    assert set(map(as_json, missed(ask, 10))) == {as_json(not_shown())}
    replies = {as_json(ask(f"child {ref}", minutes=1)) for ref in (NORTH, SOUTH, NOBODY, f"{SOUTH} {BECAUSE}")}
    assert len(replies) == 1
    assert "locked for you until Wed 5 Jul 09:00" in replies.pop()
    (lock,) = [d for d in trail.effects if isinstance(d, LockLookUps)]
    assert lock.until - lock.since == timedelta(minutes=60)
    (notice,) = trail.told[ADMIN.id]
    assert (notice.kind, notice.ref) == ("locked", None)
    assert NOBODY not in notice.text
    assert ask(f"child {NORTH}", minutes=60).title.startswith(NORTH)
    assert "help" in everything(ask("help", minutes=1)), "all else is answered"


def test_whoever_looked_at_no_more_than_nine_is_not_locked(ask: Answer) -> None:
    missed(ask, 9)
    assert ask(f"child {NORTH}", minutes=10).status == "ok"
    missed(ask, 9, minutes=11)
    assert ask(f"child {NORTH}", minutes=11).status == "ok"


@pytest.mark.parametrize("text", [f"child {SOUTH}", f"child {BACK_HOME} {BECAUSE}", "child OX-7QKO", f"child {DIED}"])
def test_every_kind_of_miss_counts(ask: Answer, text: str) -> None:
    for _ in range(10):
        ask(text)
    assert "locked" in ask(text, minutes=1).text[0]


def test_missing_at_the_same_moment_does_not_pass_the_lock_by(ask: Answer, trail: MemoryTrail) -> None:
    """Ten requests at once each counted nine misses: the next request is locked all the same."""
    missed(ask, 9)
    trail.entries += [trail.entries[-1]] * 3
    assert "locked" in ask(f"child {NORTH}").text[0]


# -- notices --


def test_a_lead_reads_it_on_top_of_the_next_answer_in_private_and_once(ask: Answer) -> None:
    ask(f"child {SOUTH} {BECAUSE}")
    lead = LEADS[0]
    assert "For you" not in everything(ask("open", lead, place=REFERENCES))
    assert "For you" not in everything(ask(f"child {NOBODY}", lead)), "a refusal keeps its words"
    reply = ask("sources", lead)
    assert (reply.sections[0].title, reply.level) == ("For you", 2)
    (line,) = section(reply, "For you")
    assert line.startswith(f"⚠ {SOUTH} · north-worker (council) opened this child's record")
    assert "station" not in line
    assert "For you" not in everything(ask("sources", lead))


def test_five_at_a_time(ask: Answer, trail: MemoryTrail) -> None:
    for _ in range(7):
        trail.record(Entry(NOW, "bot", "", "", "job", "done"), [NotifyRole("strategic_lead", "other", "text", NOW)])
    lines = section(ask("help", LEADS[0]), "For you")
    assert len(lines) == 6
    assert lines[-1] == "… and 2 more, with your next answers"
    assert len(section(ask("help", LEADS[0]), "For you")) == 2


def test_whoever_leads_no_more_reads_no_reference(ask: Answer) -> None:
    ask(f"child {SOUTH} {BECAUSE}")
    no_more = replace(LEADS[0], role="team_manager", areas=("north",))
    assert SOUTH not in everything(ask("help", no_more))
    assert SOUTH in everything(ask("help", LEADS[0]))
