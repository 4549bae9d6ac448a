"""Release of a half-year with its family: once, with the year of both halves, and what later loads do not change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.command import Request
from bot.conversation.reply import Reply
from bot.messages.release import DELAY, HELD, NotReleased, changed_children, first_release, release_again, sheets_of
from bot.rules.effects import Release
from bot.rules.time.period import parse_period
from tests.support.asking import REFERENCES, desk
from tests.support.factories import Recorded, at, episode, hours, interview, partnership, person, sources
from tests.support.memory_facts import MemoryFacts

JANUARY = at("Fri 5 Jan 2018 08:00")
H1, H2, YEAR = (parse_period(p, JANUARY) for p in ("2017-H1", "2017-H2", "2017"))


def absence(child: int, day: int) -> Recorded:
    start = at("Mon 2 Jan 2017 12:00") + hours(24 * day)
    back = start + hours(5)
    held = interview(back, offered_at=back + hours(1), response="accepted", held_at=back + hours(10))
    done = replace(held, recorded_at=back + hours(20))
    seen = replace(episode(child, start, back, interview=done), last_seen_at=start - hours(2), reported_at=start)
    return replace(seen, reporter="parent")


FOUND = [absence(n, day=3 * n) for n in range(1, 116)]


@pytest.fixture
def facts() -> MemoryFacts:
    return MemoryFacts(FOUND, taken=sources(JANUARY))


def asked(facts: MemoryFacts, text: str) -> Reply:
    return desk(facts).answer(Request(person("lead"), REFERENCES, text, JANUARY))


def places(release: Release) -> set[tuple[date, date]]:
    return {f[:2] for f in release.figures}


def test_a_half_year_is_released_with_its_quarters_and_months(facts: MemoryFacts) -> None:
    release = first_release(facts, partnership(), H1, JANUARY, "lead")
    assert (release.first, release.last, release.issue, release.by) == (H1.first, H1.last, 1, "lead")
    assert sorted(p.label for p in sheets_of(release)) == [
        *("2017-01", "2017-02", "2017-03", "2017-04", "2017-05", "2017-06", "2017-H1", "2017-Q1", "2017-Q2"),
    ]
    months = {f.measure for f in release.figures if (f.first, f.last) == (date(2017, 5, 1), date(2017, 5, 31))}
    assert months == {"children", "episodes"}


class OtherKey(MemoryFacts):
    def chance(self, *place: str | int) -> float:
        return super().chance("another key", *place)


def test_the_same_key_releases_the_same_figures_and_another_one_others(facts: MemoryFacts) -> None:
    first = first_release(facts, partnership(), H1, JANUARY, "lead")
    assert first_release(MemoryFacts(FOUND, taken=sources(JANUARY)), partnership(), H1, JANUARY, "lead") == first
    other = first_release(OtherKey(FOUND, taken=sources(JANUARY)), partnership(), H1, JANUARY, "lead")
    assert [f[:5] for f in other.figures] == [f[:5] for f in first.figures]
    assert other != first


def test_the_year_is_released_with_the_later_of_its_half_years(facts: MemoryFacts) -> None:
    first = first_release(facts, partnership(), H1, JANUARY, "lead")
    alone = first_release(facts, partnership(), H2, JANUARY, "lead")
    assert (YEAR.first, YEAR.last) not in places(alone)
    both = first_release(facts, partnership(), H2, JANUARY, "lead", sheets_of(first))
    assert (YEAR.first, YEAR.last) in places(both)
    assert not any(f[0] < H2.first and f[:2] != (YEAR.first, YEAR.last) for f in both.figures)
    assert sheets_of(both)[YEAR]["county", "episodes"] == 115


def test_a_year_asked_in_a_channel_releases_both_half_years(facts: MemoryFacts) -> None:
    assert asked(facts, "stats north 2017").status == "ok"
    assert {H1.first, H2.first} <= {r.first for r in facts.trail.releases}
    assert facts.released_sheet(YEAR) is not None


def test_a_year_whose_half_years_were_released_apart_is_not_shown(facts: MemoryFacts) -> None:
    for half in (H1, H2):
        release = first_release(MemoryFacts(FOUND, taken=sources(JANUARY)), partnership(), half, JANUARY, "lead")
        facts.trail.releases.append(release)
        facts.trail.released.append(half)
    reply = asked(facts, "stats north 2017")
    assert (reply.status, reply.title) == ("unclear", "Not shown here")
    assert "2017 was not released with its half-years." in reply.text[0]


def test_a_later_load_changes_no_figure_not_even_a_median(facts: MemoryFacts) -> None:
    before = [asked(facts, text) for text in ("stats north 2017-H1 measures", "interviews 2017-H1 measures")]
    before.append(asked(facts, "reporters north 2017-H1"))
    facts.episodes = [replace(x, interview=interview(None), reporter="school") for x in FOUND[:50]]
    after = [asked(facts, text) for text in ("stats north 2017-H1 measures", "interviews 2017-H1 measures")]
    after.append(asked(facts, "reporters north 2017-H1"))
    assert [r.tables for r in after] == [r.tables for r in before]
    (release,) = [r for r in facts.trail.releases if r.first == H1.first]
    medians = {f.measure: f.printed for f in release.figures if f.scope == "county" and f[:2] == (H1.first, H1.last)}
    assert (medians[HELD], medians[f"{DELAY}parent"]) == (100, 20)


def test_what_was_not_loaded_at_the_release_is_not_known_in_it_later() -> None:
    facts = MemoryFacts(FOUND, taken=sources(JANUARY, interviews=None, children=None))
    assert asked(facts, "stats north 2017-H1").status == "ok"
    facts.taken = sources(JANUARY)
    told = asked(facts, "stats north 2017-H1")
    assert "Return interviews: not known (not loaded when these figures were released)." in told.text
    assert asked(facts, "interviews 2017-H1").status == "failed"
    lac = asked(facts, "cohort lac 2017-H1")
    assert "not known (not loaded when these figures were released)" in lac.text[0]


def test_a_count_that_a_newer_bot_has_is_no_reason_for_another_issue_and_a_source_that_came_is() -> None:
    facts = MemoryFacts(FOUND, taken=sources(JANUARY, interviews=None))
    first = first_release(facts, partnership(), H1, JANUARY, "lead")
    older = {f[:4]: f for f in first.figures if not f.measure.startswith(("setting ", "hosted: "))}
    with pytest.raises(NotReleased, match="Not enough changed"):
        release_again(facts, partnership(), H1, JANUARY, "lead", [older])
    facts.taken = sources(JANUARY)
    again = release_again(facts, partnership(), H1, JANUARY, "lead", [older]).release
    assert {"setting home", "interviews: due", "late: all"} <= {f.measure for f in again.figures}


def test_a_half_year_that_a_restore_lost_is_shown_again_on_purpose_only(facts: MemoryFacts) -> None:
    facts.lost_until = date(2017, 8, 1)
    lost = asked(facts, "stats north 2017-H1")
    assert "Figures of 2017-H1 may have been shown before the database was restored" in lost.text[0]
    assert asked(facts, "stats north 2017-H2").status == "ok"
    assert "So nothing is compared with it here." in asked(facts, "stats north 2017-H2").text[0]
    facts.trail.releases.append(first_release(facts, partnership(), H1, JANUARY, "lead"))
    assert asked(facts, "stats north 2017-H1").status == "ok"


@pytest.mark.parametrize(
    ("old", "new", "least"),
    [({"1": 9}, {"1": 9}, 0), ({"1": 9}, {"1": 12}, 3), ({"1": 9, "2": 4}, {"1": 6, "2": 9}, 5), ({}, {"1": 2}, 2)],
)
def test_the_least_number_of_children_that_changed(old: dict[str, int], new: dict[str, int], least: int) -> None:
    assert changed_children(old, new) == least
