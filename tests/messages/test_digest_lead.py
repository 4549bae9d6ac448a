"""The first message of a digest: within its limits for any morning, and nothing that is urgent is left out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.reply import Reply, Row
from bot.messages.digest_posts import (
    CALLS,
    HEADING,
    IN_THREAD,
    WORDS,
    Lead,
    as_posted,
    changed,
    compose_area,
    compose_lead,
)
from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import back_at
from bot.rules.delivery.posted_digest import COUNTED, Posted, PostedLine
from bot.rules.episodes.risk_flags import grade_at
from bot.rules.escalations.calls import Raised
from bot.rules.interviews.state import SOON, OpenInterview
from bot.rules.partnership.partnership import Channel
from bot.rules.queries.digest_content import Morning, gather
from bot.rules.time.clock import digest_window
from tests.messages.test_digest import ALL_CLEAR, references
from tests.support.factories import NOW, Recorded, at, episode, hours, interview, partnership, reference, sources
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

OURS = partnership()
FRIDAY = at("Fri 7 Jul 2017 08:00")
SIZES = (0, 1, 6, 50)  # and 500 alone, which takes a second
AREAS = ("north", "south", "central")


def channel(name: str = "county-digest") -> Channel:
    found = OURS.channel(name)
    assert found
    return found


def morning(facts: MemoryFacts, now: datetime = NOW, name: str = "county-digest") -> Morning:
    scope = Scope(channel(name).areas)
    return gather(facts, OURS, scope, digest_window(now, channel(name).digest.time), now)


def lead(m: Morning, name: str = "county-digest") -> Lead:
    return compose_lead(m, OURS, channel(name), m.now, back_at(OURS.calendar(), m.now))


def printed(reply: Reply) -> list[str]:
    """Return the lines of a message as they are sent, without its buttons."""
    lines = [reply.title, *reply.text]
    for section in reply.sections:
        lines += [*([section.title] if section.title else []), *section.lines]
    return [*lines, *reply.footer]


def is_short(reply: Reply) -> bool:
    lines = printed(reply)
    return len(lines) <= 14 and sum(map(len, lines)) <= 900


def kind(line: PostedLine) -> str:
    return line.section.removeprefix(IN_THREAD)


def items(found: Lead) -> list[PostedLine]:
    return [x for x in found.lines if x.section not in (HEADING, WORDS, CALLS, COUNTED)]


def shown(found: Lead) -> list[PostedLine]:
    return [x for x in items(found) if not x.section.startswith(IN_THREAD)]


def to_do(m: Morning) -> list[OpenInterview]:
    """Return the interviews that wait for somebody today."""
    written_up_today = {i.episode.id for i in m.unrecorded if i.left <= SOON}
    return [i for i in m.interviews if i.unowned or i.overdue or i.due_soon or i.episode.id in written_up_today]


def must_be_seen(m: Morning) -> set[int]:
    """Return the children who are not identified, or of whom a record has no grade or HIGH."""
    unsure = (x.child_id for x in m.missing if grade_at(x, m.now) in (None, "high") or "identity" in x.doubts)
    return set(unsure)


def invented(seed: int, missing: int, interviews: int, now: datetime, grades: Sequence[str | None]) -> MemoryFacts:
    """So many missing children, a few with two records, and so many return interviews of others; some calls."""
    chance = Random(seed)
    found: list[Recorded] = []
    raised: list[Raised] = []
    for child in range(missing):
        for _ in range(chance.choice((1, 1, 1, 1, 2))):
            doubts = chance.choice((frozenset(), frozenset(), frozenset(), frozenset({"absent"}), frozenset({"start"})))
            start = now - hours(chance.uniform(3, 200))
            x = episode(child, start, grade=chance.choice(grades), area=chance.choice(AREAS), doubts=doubts)
            found.append(x)
            if chance.random() < 0.3:
                limit = now + hours(chance.uniform(-1, 3))
                raised.append(
                    Raised(len(raised) + 1, "open", x.id, "police", 1, "duty_inspector", "police", start, limit)
                )
    for child in range(missing, missing + interviews):
        returned = now - hours(chance.choice((chance.uniform(1, 130), chance.uniform(1, 1500))))
        held = now - hours(1) if chance.random() < 0.2 else None
        worker = chance.choice((None, "W-N01", "W-S01"))
        owed = interview(returned, worker=worker, held_at=held)
        found.append(episode(child, returned - hours(6), returned, interview=owed, area=chance.choice(AREAS)))
    return MemoryFacts(found, taken=sources(now), trail=MemoryTrail(work=MemoryWork(raised=raised)))


ANY_GRADE = ("medium", "low", "medium", "low", "very_low", "high", None)
MORNINGS = {
    "seed": st.integers(0, 10**6),
    "missing": st.sampled_from(SIZES),
    "interviews": st.sampled_from(SIZES),
    "now": st.sampled_from((NOW, FRIDAY)),
    "name": st.sampled_from(("county-digest", "north-digest")),
}


@settings(max_examples=10, deadline=None)
@given(**MORNINGS, urgent=st.booleans())
def test_a_lead_is_short_unless_urgent_children_need_more(
    seed: int, missing: int, interviews: int, now: datetime, name: str, urgent: bool
) -> None:
    grades = ANY_GRADE if urgent else ANY_GRADE[:5]
    m = morning(invented(seed, missing, interviews, now, grades), now, name)
    found = lead(m, name)
    if is_short(found.reply):
        return
    rows = Counter("missing" if x.section == "missing" else "interview" for x in shown(found))
    assert rows["missing"] == least(m), "nobody else makes it longer"
    assert rows["interview"] <= 2


@settings(max_examples=10, deadline=None)
@given(**MORNINGS)
def test_every_item_once_and_every_urgent_child_in_the_lead(
    seed: int, missing: int, interviews: int, now: datetime, name: str
) -> None:
    m = morning(invented(seed, missing, interviews, now, ANY_GRADE), now, name)
    found = lead(m, name)
    by_number = {x.id: x.child_id for x in m.missing}
    children = [by_number[x.number] for x in items(found) if kind(x) == "missing"]
    assert Counter(children) == Counter({x.child_id for x in m.missing}), "each child once"
    seen = {by_number[x.number] for x in shown(found) if kind(x) == "missing"}
    assert must_be_seen(m) <= seen
    listed = Counter(x.number for x in items(found) if kind(x) != "missing")
    assert set(listed.values()) <= {1}
    assert {i.episode.id for i in to_do(m)} <= set(listed)
    told = {x.id for x in (*m.missing, *m.returned, *m.reported, *(i.episode for i in m.interviews))}
    assert told == {x.number for x in found.lines if x.number}, "a correction of any of them is said"
    assert len(found.reply.pressable) <= 6


@settings(max_examples=10, deadline=None)
@given(**MORNINGS)
def test_children_first_and_what_can_be_saved_before_what_is_lost(
    seed: int, missing: int, interviews: int, now: datetime, name: str
) -> None:
    m = morning(invented(seed, missing, interviews, now, ANY_GRADE), now, name)
    found = lead(m, name)
    order = [kind(x) == "missing" for x in items(found)]
    assert order == sorted(order, reverse=True)
    left = {i.episode.id: i.left for i in m.interviews}
    lost = [left[x.number] < timedelta() for x in items(found) if kind(x) != "missing"]
    assert lost == sorted(lost)
    assert [kind(x) for x in shown(found)] == [kind(x) for x in items(found) if not x.section.startswith(IN_THREAD)]


@settings(max_examples=8, deadline=None)
@given(**MORNINGS, old=st.sampled_from(["", "police", "interviews", "both"]))
def test_what_is_kept_of_a_lead_reads_as_it_was_posted(
    seed: int, missing: int, interviews: int, now: datetime, name: str, old: str
) -> None:
    long_ago = now - timedelta(days=9)
    facts = invented(seed, missing, interviews, now, ANY_GRADE)
    taken = {source: long_ago for source in ("police", "interviews") if old in (source, "both")}
    m = morning(replace(facts, taken=sources(now, **taken)), now, name)
    found = lead(m, name)
    kept = Posted(found.reply.text, found.reply.footer, found.lines)
    assert as_posted(kept, found.reply.title, now, "").sections == found.reply.sections
    sentences = [line for line in (*found.reply.text, *found.reply.footer) if line]
    assert len(sentences) == len(set(sentences))


@settings(max_examples=8, deadline=None)
@given(**MORNINGS)
def test_a_police_file_that_is_too_old_leaves_the_last_figure_and_the_calls(
    seed: int, missing: int, interviews: int, now: datetime, name: str
) -> None:
    facts = invented(seed, missing, interviews, now, ANY_GRADE)
    known = morning(facts, now, name)
    m = morning(replace(facts, taken=sources(now, police=now - hours(50))), now, name)
    reply = lead(m, name).reply
    n = known.children_missing
    (unknown,) = (line for line in reply.text if "NOT KNOWN" in line)
    assert f"{n} {'child was' if n == 1 else 'children were'} missing" in unknown
    assert not any("missing now" in line for line in reply.text)
    assert not any(x.title.startswith("Missing now") for x in reply.sections)
    calls = [line for section in reply.sections for line in section.lines if str(line).startswith("🔔")]
    assert bool(calls) is any(known.raised.values())


def least(m: Morning) -> int:
    """Return how many children are in a lead whatever its length."""
    return max(len(must_be_seen(m)), min(3, m.children_missing))


def test_500_children_and_500_interviews() -> None:
    """The urgent ones are in the lead, three of others, and it is as short as with 50."""
    for grades in (ANY_GRADE, ANY_GRADE[:5]):
        m = morning(invented(5, 500, 500, NOW, grades))
        found = lead(m)
        rows = Counter("missing" if x.section == "missing" else "interview" for x in shown(found))
        assert rows["missing"] == least(m)
        assert rows["interview"] == 2
        assert len(items(found)) >= m.children_missing + len(to_do(m))
        assert len(found.reply.pressable) <= 6
        if not must_be_seen(m):
            assert is_short(found.reply), "\n".join(printed(found.reply))


# -- one child, one row --

HIGH = episode(1, NOW - hours(5), grade="high")


@pytest.mark.parametrize(
    "other",
    [
        episode(1, NOW - hours(50), grade="low", doubts=frozenset({"start"})),
        episode(1, NOW - hours(50), grade="low"),
    ],
)
def test_a_child_with_a_high_record_stands_by_it_and_before_the_others(other: Recorded) -> None:
    """Wherever that record is in the list: one that is not in the newest file is its last."""
    for high in (HIGH, replace(HIGH, doubts=frozenset({"absent"}))):
        facts = MemoryFacts([other, *(episode(n, NOW - hours(9)) for n in range(2, 60)), high])
        (first, *_) = shown(lead(morning(facts)))
        assert first.number == high.id
        assert first.words.startswith(f"🔴 {reference(1)} · north · HIGH")


def test_a_child_with_another_open_record_is_not_ticked_off() -> None:
    other = episode(1, NOW - hours(50), grade="low")
    found = lead(morning(MemoryFacts([HIGH, other])))
    later, ended = NOW + hours(2), replace(HIGH, end_at=NOW + hours(1), until_at=NOW + hours(1))
    m = morning(MemoryFacts([ended, other], taken=sources(later)), later)
    posted = Posted(found.reply.text, found.reply.footer, found.lines)
    now = changed(posted, m, {HIGH.id: ended.seen(later), other.id: other.seen(later)}, OURS)
    (line,) = (x for x in now.lines if x.section == "missing")
    assert line.words.startswith(f"⚪ {reference(1)} · north · low · 52 h")
    both = replace(other, end_at=later - hours(0.5), until_at=later - hours(0.5))
    m = morning(MemoryFacts([ended, both], taken=sources(later)), later)
    now = changed(posted, m, {HIGH.id: ended.seen(later), other.id: both.seen(later)}, OURS)
    (line,) = (x for x in now.lines if x.section == "missing")
    assert line.words.startswith(f"✓ {reference(1)} · no longer missing, since Wed 5 Jul 09:00")


# -- calls --


def calls(*raised: Raised, of: Sequence[Recorded]) -> str:
    facts = MemoryFacts(of, trail=MemoryTrail(work=MemoryWork(raised=list(raised))))
    (line,) = (x.words for x in lead(morning(facts)).lines if x.section == CALLS)
    return line


def test_a_rule_that_is_met_and_called_nobody_is_said_in_the_lead() -> None:
    long = [episode(n, NOW - hours(26)) for n in (1, 2)]
    assert calls(of=long) == "🔔 nobody called yet · about 2 children"
    made = Raised(1, "open", long[0].id, "police", 1, "duty_inspector", "police", NOW - hours(1), NOW + hours(1))
    assert calls(made, of=long) == (
        "🔔 1 call · not acknowledged, about 1 child · next role 09:00 · nobody called yet · about 1 child"
    )
    done = replace(made, acknowledged_at=NOW, acknowledged_by="police")
    assert calls(done, of=long) == "🔔 1 call · all acknowledged · nobody called yet · about 1 child"
    assert calls(done, of=long[:1]) == "✓ 1 call · all acknowledged"
    assert calls(of=[episode(1, NOW - hours(3))]) == ""


# -- quiet mornings, and mornings without a source --


def test_a_clear_morning_has_no_thread_to_speak_of() -> None:
    found = lead(morning(MemoryFacts()))
    assert found.reply.text[0] == ALL_CLEAR
    assert found.reply.footer == ("police 08:00, council 08:00 · OFFICIAL-SENSITIVE",)
    assert found.reply.sections == ()
    assert compose_area(morning(MemoryFacts()), OURS, "North", channel()) is None


def test_without_any_source_what_was_said_stays_through_the_day() -> None:
    said = replace(HIGH, grade=None, said_grade="high", said_graded_at=NOW - hours(1))
    old = sources(NOW - timedelta(days=9))
    m = morning(MemoryFacts([said, episode(2, NOW - hours(5))], taken=old))
    found = lead(m)
    assert found.reply.status == "failed"
    assert [references(s.lines) for s in found.reply.sections] == [[reference(1)]]
    posted = Posted(found.reply.text, found.reply.footer, found.lines)
    later = changed(posted, m, {said.id: said.seen(NOW)}, OURS)
    reply = as_posted(later, found.reply.title, NOW, "")
    assert [references(s.lines) for s in reply.sections] == [[reference(1)]]


def test_what_was_said_is_in_the_thread_where_the_police_file_is_too_old() -> None:
    said = replace(HIGH, said_grade="medium", said_graded_at=NOW - hours(1))
    m = morning(MemoryFacts([said], taken=sources(police=NOW - hours(50))), name="north-digest")
    part = compose_area(m, OURS, "North", channel("north-digest"))
    assert part is not None
    assert reference(1) in str(part.reply.sections)


def test_a_button_is_beside_what_waits_and_never_beside_a_missing_child() -> None:
    facts = invented(7, 6, 50, NOW, ANY_GRADE)
    rows = [line for s in lead(morning(facts)).reply.sections for line in s.lines if isinstance(line, Row)]
    labels = Counter(b.label for r in rows for b in r.buttons)
    assert labels["Take it (manager)"] + labels["Open"] == 2
    assert not any(r.buttons for r in rows if r.mark in ("⚫", "🔴", "🟠", "⚪"))


def test_a_doubt_of_the_morning_is_not_said_again_when_it_is_older() -> None:
    facts = MemoryFacts([episode(1, NOW - hours(60))], taken=sources(police=NOW - hours(50)))
    found = lead(morning(facts))
    posted = Posted(found.reply.text, found.reply.footer, found.lines)
    again = changed(posted, morning(facts, NOW + hours(3)), {}, OURS)
    assert "the Police file is 50 h old" in str(found.reply.text)
    assert not [line for line in again.beside if "NOT KNOWN" in line]
