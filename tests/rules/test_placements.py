"""Placements of a child as dated spans, from one export after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.placements import Care, Placement, ToldPlacement, after_export, dated

D = date.fromisoformat
BEGAN, MAY, JUNE, JULY = D("2016-01-01"), D("2017-05-01"), D("2017-06-01"), D("2017-07-01")
IN_CARE = Care(BEGAN, None)
HOME, FOSTER, UNKNOWN = ("residential", "R-01"), ("ifa", None), (None, None)


def row(
    kind: tuple[str | None, str | None] = HOME, since: date | None = None, until: date | None = None
) -> ToldPlacement:
    return ToldPlacement(1, *kind, since, until)


def span(since: date, until: date | None = None, kind: tuple[str | None, str | None] = HOME) -> Placement:
    return Placement(since, until, *kind)


def told(*rows: ToldPlacement) -> list[ToldPlacement]:
    return [r._replace(line=n) for n, r in enumerate(rows, 2)]


def test_the_first_placement_known_has_held_since_care_began() -> None:
    assert after_export((), [row()], IN_CARE, MAY) == (span(BEGAN),)


def test_another_placement_without_a_day_begins_on_the_day_of_the_export() -> None:
    stored = (span(BEGAN),)
    assert after_export(stored, [row(FOSTER)], IN_CARE, MAY) == (span(BEGAN, MAY), span(MAY, None, FOSTER))


def test_another_placement_with_a_day_begins_on_that_day() -> None:
    moved = after_export((span(BEGAN),), [row(FOSTER, MAY)], IN_CARE, JUNE)
    assert moved == (span(BEGAN, MAY), span(MAY, None, FOSTER))


def test_a_placement_that_is_not_known_is_not_the_older_one() -> None:
    after = after_export((span(BEGAN),), [row(UNKNOWN)], IN_CARE, MAY)
    assert after == (span(BEGAN, MAY), span(MAY, None, UNKNOWN))
    later = after_export(after, [row(HOME)], IN_CARE, JUNE)
    assert later == (span(BEGAN, MAY), span(MAY, JUNE, UNKNOWN), span(JUNE))


def test_a_corrected_span_replaces_the_one_of_its_day() -> None:
    stored = (span(BEGAN, MAY), span(MAY, None, FOSTER))
    corrected = after_export(stored, [row(("kinship", None), MAY)], IN_CARE, JUNE)
    assert corrected == (span(BEGAN, MAY), span(MAY, None, ("kinship", None)))


def test_an_earlier_beginning_shortens_the_span_before() -> None:
    stored = (span(BEGAN, JUNE), span(JUNE, None, FOSTER))
    assert after_export(stored, [row(FOSTER, MAY)], IN_CARE, JULY) == (span(BEGAN, MAY), span(MAY, None, FOSTER))


def test_a_span_that_ends_on_its_first_day_was_never_true() -> None:
    stored = (span(BEGAN, MAY), span(MAY, None, FOSTER))
    assert after_export(stored, [row(FOSTER, MAY, MAY)], IN_CARE, JUNE) == (span(BEGAN, MAY),)


def test_the_end_of_care_ends_the_placement() -> None:
    after = after_export((span(BEGAN),), [row(UNKNOWN)], Care(BEGAN, JUNE), JULY)
    assert after == (span(BEGAN, JUNE),)
    assert after_export((), [row()], Care(BEGAN, JUNE), JULY) == (span(BEGAN, JUNE),)


def test_an_end_of_care_that_was_wrong_is_taken_back() -> None:
    planned = after_export((), [row()], Care(BEGAN, JUNE), MAY)
    assert planned == (span(BEGAN, JUNE),)
    assert after_export(planned, [row()], IN_CARE, JULY) == (span(BEGAN),)


def test_a_child_who_comes_into_care_again_has_a_placement_since_then() -> None:
    stored = (span(BEGAN, MAY),)
    assert after_export(stored, [row(FOSTER)], Care(JUNE, None), JULY) == (span(BEGAN, MAY), span(JUNE, None, FOSTER))


def test_a_corrected_beginning_of_care_moves_the_only_span() -> None:
    assert after_export((span(MAY),), [row()], IN_CARE, JUNE) == (span(BEGAN),)


def test_a_child_of_whom_no_care_is_told_keeps_no_placement_after_the_export() -> None:
    assert after_export((span(BEGAN),), [row(UNKNOWN)], None, MAY) == (span(BEGAN, MAY),)
    assert after_export((), [row(UNKNOWN)], None, MAY) == ()


def test_a_history_is_taken_whole() -> None:
    rows = told(row(HOME, BEGAN, MAY), row(FOSTER, MAY, JUNE), row(("kinship", None), JUNE))
    history = (span(BEGAN, MAY), span(MAY, JUNE, FOSTER), span(JUNE, None, ("kinship", None)))
    assert after_export((), rows, IN_CARE, JULY) == history
    assert after_export(history[:1], rows[1:], IN_CARE, JULY) == history


@pytest.mark.parametrize(
    ("rows", "line", "column", "other"),
    [
        ([row(HOME, MAY), row(FOSTER, MAY)], 3, "placement_from", 2),
        ([row(HOME, BEGAN, JUNE), row(FOSTER, MAY)], 2, "placement_to", 3),
        ([row(HOME, BEGAN), row(FOSTER)], 3, "placement", 2),
    ],
)
def test_rows_that_contradict_one_another_are_said(
    rows: list[ToldPlacement], line: int, column: str, other: int
) -> None:
    _, (conflict,) = dated(told(*rows))
    assert (conflict.line, conflict.column, conflict.other) == (line, column, other)


def test_an_open_placement_ends_where_the_next_begins_without_a_word() -> None:
    rows = told(row(HOME, BEGAN), row(FOSTER, MAY), row(FOSTER, MAY))
    assert dated(rows) == ([span(BEGAN, MAY), span(MAY, None, FOSTER)], [])


# ---- properties ----

DAYS = st.integers(0, 40).map(lambda n: BEGAN + timedelta(days=n))
KINDS = st.sampled_from([HOME, FOSTER, UNKNOWN, ("residential", None)])


Files = list[tuple[list[ToldPlacement], Care | None, date]]


@st.composite
def spans_of_days(draw: st.DrawFn, taken: date) -> tuple[date, date | None]:
    """A first day, not after the day of the export, and perhaps an end."""
    since = draw(DAYS.filter(lambda day: day <= taken))
    return since, draw(st.none() | st.integers(0, 20).map(lambda n: since + timedelta(days=n)))


@st.composite
def exports(draw: st.DrawFn) -> Files:
    """Exports of one child in the order of their days; an end is never before its beginning."""
    found = []
    for taken in sorted(draw(st.lists(DAYS, min_size=1, max_size=5))):
        days = draw(st.lists(st.none() | spans_of_days(taken), min_size=1, max_size=3))
        rows = [ToldPlacement(0, *draw(KINDS), *(each or (None, None))) for each in days]
        care = draw(st.none() | spans_of_days(taken))
        found.append((told(*rows), care and Care(*care), taken))
    return found


def loaded(files: Files) -> list[tuple[Placement, ...]]:
    states: list[tuple[Placement, ...]] = [()]
    for rows, care, taken in files:
        states.append(after_export(states[-1], rows, care, taken))
    return states


@given(exports())
def test_spans_are_in_order_have_a_day_each_and_never_overlap(files: Files) -> None:
    for spans in loaded(files):
        assert all(s.until is None or s.since < s.until for s in spans)
        assert all(one.until is not None and one.until <= following.since for one, following in pairwise(spans))


@given(exports(), st.integers(0, 3))
def test_the_same_rows_again_change_nothing(files: Files, days: int) -> None:
    """On the same day, or a later one: only what is told changes a placement, never the time that passes."""
    after = loaded(files)[-1]
    rows, care, taken = files[-1]
    assert after_export(after, rows, care, taken) == after
    assert after_export(after, rows, care, taken + timedelta(days=days)) == after


@given(exports())
def test_a_child_in_care_by_its_present_row_has_one_placement_that_day(files: Files) -> None:
    spans = loaded(files)[-1]
    rows, care, taken = files[-1]
    in_care = care is not None and (care.until is None or taken < care.until)
    if in_care and all(r.since is None for r in rows):
        (held,) = [s for s in spans if s.overlaps(taken, taken + timedelta(days=1))]
        assert held[2:] == rows[0][1:3]


@given(exports())
def test_a_newer_export_changes_no_day_before_the_days_it_tells_of(files: Files) -> None:
    *_, before, after = loaded(files)
    rows, care, taken = files[-1]
    begins = min([taken, *(r.since for r in rows if r.since), *([care.since] if care else [])])

    def until(spans: Sequence[Placement]) -> list[Placement]:
        return [s._replace(until=min(s.until or begins, begins)) for s in spans if s.since < begins]

    assert until(before) == until(after)
