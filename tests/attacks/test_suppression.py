"""An attacker who reads all that is printed beyond one person must not work out a single small count.

The attacker has an integer solver (`tests/support/solver.py`). `BOT_ATTACKS=12000` plays more counties, and
`python -m tests.bench.disclosure` prints what each way of hiding loses.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import product

import pytest

from bot import practice
from bot.app import App
from bot.conversation.command import Place, Request
from bot.conversation.dispatcher import Recorder
from bot.conversation.reply import Reply
from bot.messages.half_year_table import sheet_of
from bot.messages.release import INTERVIEWED, NotReleased, ReleasedAgain, first_release, release_again
from bot.messages.suppression import NotSafe, printed_counts
from bot.practice import TAKEN_AT
from bot.rules.disclosure.released_periods import family_of
from bot.rules.disclosure.sheet import Sheet
from bot.rules.effects import Figure, Release
from bot.rules.model import BREACH_REASONS, REPORTERS, SETTINGS, Period
from bot.rules.time.period import parse_period
from bot.settings import read_settings
from commands.reporters import NAMES
from tests.support.factories import NOW, at, episode, hours, interview, partnership
from tests.support.memory_facts import MemoryFacts
from tests.support.printed_figures import Printed
from tests.support.solver import PERCENT, Meaning, Name, Reader, Terms, less, read, recovered, small_counts

ATTACKS = int(os.environ.get("BOT_ATTACKS", "300"))
COUNTIES = max(2, ATTACKS // 100) if ATTACKS > 300 else 2
HALVES = ("2016-H2", "2017-H1")
BANDS = (("1", 1, 1), ("2-4", 2, 4), ("5-9", 5, 9), ("10-14", 10, 14), ("15-19", 15, 19), ("20+", 20, None))
AREAS = tuple(a.id for a in partnership().areas)
H1 = parse_period("2017-H1", NOW)


def meaning(half: Period, areas: Collection[str] = AREAS) -> Meaning:
    """Return the words of a half-year and its family."""
    whole, *quarters = [p.label for p in family_of(half)][:3]
    months = [p.label for p in family_of(half)][3:]
    return Meaning(tuple(areas), BANDS, {whole: quarters, quarters[0]: months[:3], quarters[1]: months[3:]})


def truth_of(sheet: Sheet) -> dict[Name, int]:
    return {k: c.value for k, c in sheet.cells.items() if c.kind == "printed"}


def known_areas(truth: Mapping[Name, int]) -> list[tuple[str, ...]]:
    """Return nobody, and all areas but one of those that have any episode: a manager may know their counts exactly."""
    some = [a for a in AREAS if any(n for (_, scope, measure), n in truth.items() if scope == a)]
    return [(), *(tuple(a for a in some if a != one) for one in some[: len(some) if len(some) > 1 else 0])]


def attack(
    printed: Mapping[Name, int | None], truth: Mapping[Name, int], words: Meaning, exact: Collection[str] = ()
) -> list[Terms]:
    """Return what is worked out by one who knows the meaning of every figure, and these areas exactly."""
    reader = read(printed, words, truth, exact)
    return recovered(reader, list(small_counts(reader, words, truth, exact)), truth)


# -- every answer about the practice data --


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("attack")
    app = App(read_settings({"BOT_DATABASE_URL": f"sqlite:///{folder / 'practice.sqlite'}"}))
    files = practice.write_exports(folder)
    for source in ("children", "police", "interviews"):
        app.load(source, files[source], TAKEN_AT[source])
    return app


def answers(app: App, printed: Printed, now: datetime) -> Iterator[Reply]:
    """Every statistics command, for every area and half-year, in a channel."""
    ours = app.partnership
    names = {a.short: a.id for a in ours.areas}
    place = Place("county-digest", 1)
    lead = ours.person("lead")
    days = {"2016-H2": 184, "2017-H1": 181, "2016-Q4": 92, "2017-Q1": 90, "2017-Q2": 91}

    def ask(text: str) -> Reply:
        reply = Recorder(app.record).record(app.dispatcher.dispatch(Request(lead, place, text, now)))
        assert (reply.status, reply.level) == ("ok", 0), (text, reply.text)
        return reply

    for area in (*(a.id for a in ours.areas), "all"):
        scope = "county" if area == "all" else area
        for quarter, before in (("2017-Q1", "2016-Q4"), ("2017-Q2", "2017-Q1")):
            brief, bands = ask(f"stats {area} {quarter}"), ask(f"bands {area} {quarter}")
            printed.brief(brief, scope, days)
            printed.not_due(brief, {q: f"{q} {scope}" for q in (quarter, before)})
            printed.brief_bands(bands, ask(f"bands {area} {quarter} ages"), scope, "In the quarter before, ")
            yield from (brief, bands)
        course = ask(f"trend {area} quarters")
        printed.brief_periods(course, scope)
        by_month, in_full = ask(f"trend {area} months"), ask(f"trend {area} months measures")
        printed.months(by_month, in_full, scope)
        yield from (course, by_month, in_full, ask(f"trend {area} months counted"))
    yield from of_looked_after(ask, printed)
    for area, half in product((*(a.id for a in ours.areas), "all"), HALVES):
        scope = "county" if area == "all" else area
        earlier = HALVES[0] if half == HALVES[1] else ""
        stats = ask(f"stats {area} {half} measures")
        brief = ask(f"stats {area} {half}")
        printed.brief(brief, scope, days)
        printed.not_due(brief, {half: f"{half} {scope}"})
        printed.compared(stats.tables[0], scope, days)
        printed.facts(stats, f"{half} {scope}")
        printed.not_due(stats, {half: f"{half} {scope}"})
        for table in stats.tables[1:]:
            printed.by_area(table, names)
        compare = ask(f"compare 2016-H2 2017-H1 {area} measures")
        printed.compared(compare.tables[0], scope, days)
        compared = ask(f"compare 2016-H2 2017-H1 {area}")
        printed.brief(compared, scope, days)
        bands = ask(f"bands {area} {half} measures")
        printed.bands(bands, scope)
        by_number, by_age = ask(f"bands {area} {half}"), ask(f"bands {area} {half} ages")
        printed.brief_bands(by_number, by_age, scope)
        concentration = ask(f"concentration {area} {half}")
        printed.facts(concentration, f"{half} {scope}")
        printed.concentration(concentration, f"{half} {scope}")
        in_brief = ask(f"interviews {area} {half}")
        printed.brief_interviews(in_brief, scope, half, earlier, names)
        interviews = ask(f"interviews {area} {half} measures")
        printed.teams(interviews, half, names, scope)
        reporters = ask(f"reporters {area} {half}")
        printed.reporters(reporters, f"{half} {scope}")
        trend = ask(f"trend {area} measures")
        printed.periods(trend, scope)
        course = ask(f"trend {area}")
        printed.brief_periods(course, scope)
        printed.not_due(trend, {h: f"{h} {scope}" for h in HALVES})
        yield from (stats, compare, bands, concentration, interviews, reporters, trend)
        yield from (brief, compared, by_number, by_age, in_brief, course)
        for text in (f"stats {area} {half}", f"interviews {area} {half}", f"bands {area} {half}", f"trend {area}"):
            how = ask(f"{text} counted")
            small = r"(?<!\d)[1-5] (?:episodes?|child(?:ren)?|returns?|of|by)\b"
            assert not re.findall(small, " ".join(how.text)), how.text
            yield how
        for cohort in ("lac", "not-lac", "uasc", "cp"):
            cohort_brief = ask(f"cohort {cohort} {half} {area}")
            printed.brief_cohort(cohort_brief, scope, cohort)
            yield cohort_brief
            reply = ask(f"cohort {cohort} {half} {area} measures")
            printed.compared(reply.tables[0], scope, days, f"{cohort}: ")
            printed.by_area(reply.tables[1], names, f"{cohort}: ")
            yield reply


def of_looked_after(ask: Callable[[str], Reply], printed: Printed) -> Iterator[Reply]:
    """The census of the last day of each half-year, beside the half-year before."""
    for half, before in zip(HALVES, ("", HALVES[0]), strict=True):
        lac, placements = ask(f"lac {half}"), ask(f"placements {half}")
        printed.looked_after(lac, f"{half} county", f"{before} county")
        printed.placements(placements, f"{half} county", f"{before} county")
        yield from (lac, placements)


@pytest.fixture(scope="module")
def everything(app: App) -> tuple[Printed, list[Reply]]:
    printed = Printed()
    return printed, list(answers(app, printed, NOW))


#: Measures that the half-yearly report alone prints.
OF_THE_REPORT = ("setting ", "hosted: ", "late: ", "working days: ")
MEASURES = {f"reporter {name}": f"reporter {code}" for code, name in NAMES.items()}


def name_of(name: tuple[str, str]) -> Name:
    """Return the period, the scope and the sheet's word for a measure that was read in an answer."""
    (period, scope), said = name[0].split(), name[1]
    plain = said.replace(" in time", "_in_time").replace(", required", "_required").replace("not due", "not_due")
    return period, scope, MEASURES.get(said, plain.replace("first ever", "first_ever"))


def is_counted(measure: str) -> bool:
    """Return True for a figure of the sheet; medians and a count that is never printed are kept beside it."""
    return measure != INTERVIEWED and not measure.startswith("median")


def percent_of(part: Name, whole: Name) -> Name:
    return *part[:2], f"{part[2]}{PERCENT}{whole[2]}"


def sheets(app: App, *labels: str) -> dict[Name, int | None]:
    """Return the released figures of these half-years and their families, but for the medians."""
    periods = [p for label in labels for p in family_of(parse_period(label, NOW))]
    with app.facts() as facts:
        found = [(p.label, sheet) for p in periods if (sheet := facts.released_sheet(p))]
    return {(label, *k): n for label, sheet in found for k, n in sheet.items() if is_counted(k[1])}


def test_every_answer_prints_the_released_sheet_and_nothing_else(
    app: App, everything: tuple[Printed, list[Reply]]
) -> None:
    """A figure that is added to an answer and is not on the sheet is found here, or by its reader."""
    printed, replies = everything
    released = sheets(app, *HALVES)
    read_off = {name_of(n): count for n, count in printed.counts.items()}
    print(f"\n{len(replies)} answers, {len(read_off)} counts, {sum(c is None for c in read_off.values())} hidden")
    assert {n: c for n, c in read_off.items() if n not in released or released[n] != c} == {}
    shares = {(percent_of(*map(name_of, pair)), percent) for *pair, percent in printed.shares}
    assert {(n, percent) for n, percent in shares if released.get(n) != percent} == set()
    unread = {n[2] for n in released if n[0] in HALVES and PERCENT not in n[2]} - {n[2] for n in read_off}
    assert {m for m in unread if "not known" not in m and not m.startswith(OF_THE_REPORT)} == set()
    months = {n for n in released if re.fullmatch(r"\d{4}-\d\d", n[0])}
    assert len(months) == 12 * 2 * (len(AREAS) + 1)
    assert months <= {name_of(n) for n in printed.counts}
    assert printed.works_out() == []


def test_a_channel_member_and_one_who_knows_every_area_but_one_exactly(app: App) -> None:
    for label in HALVES:
        half = parse_period(label, NOW)
        with app.facts() as facts:
            truth = truth_of(sheet_of(facts, app.partnership, half, NOW))
        printed = sheets(app, label)
        for exact in known_areas(truth):
            assert attack(printed, truth, meaning(half), exact) == [], (label, exact)


def test_nothing_else_in_an_answer_is_a_small_number(everything: tuple[Printed, list[Reply]]) -> None:
    """Neither numerators nor denominators of facts, which are not drawn but are in every file and message."""
    for reply in everything[1]:
        for fact in reply.facts:
            assert fact.denominator is None or not 1 <= fact.denominator <= 5, fact
            if "change" not in fact.label:
                assert fact.numerator is None or not 1 <= fact.numerator <= 5, fact


def test_two_releases_of_the_practice_data_together_with_their_year_print_no_small_count(app: App) -> None:
    printed = sheets(app, *HALVES)
    assert len([n for n in printed.values() if n is None]) > 300
    assert not [n for n, c in printed.items() if c is not None and 1 <= c <= 5 and PERCENT not in n[2]]


# -- random counties --

MISSING_FROM = (*SETTINGS[:2] * 4, *SETTINGS, None)


def half_year(dice: random.Random) -> MemoryFacts:
    """Invented children, most of them in the larger areas and with few episodes.

    In two of three half-years some are back so late that their interviews are not due yet.
    """
    of_report = random.Random(1)
    found, late = [], dice.choice((0, 0.03, 0.1))
    for child in range(1, dice.choice((12, 40, 120))):
        lac, home = dice.random() < 0.3, dice.choice(AREAS[:3] * 6 + AREAS[3:])
        born = date(dice.randint(2000, 2009), dice.randint(1, 12), 1)
        for _ in range(dice.choice((1, 1, 1, 1, 2, 2, 3, 5, 7, 12, 22))):
            start = at("Mon 2 Jan 2017 12:00") + hours(dice.randrange(170 * 24))
            back = start + hours(dice.randint(2, 40))
            if dice.random() < late:  # the 72 hours of some still run at NOW
                start = at("Wed 28 Jun 2017 12:00") + hours(dice.randrange(48))
                back = NOW - hours(dice.randint(1, 110))
            held = back + hours(dice.randint(5, 120)) if dice.random() < 0.85 else None
            done = interview(
                back,
                offered_at=back + hours(dice.randint(1, 100)) if held or dice.random() < 0.9 else None,
                response=dice.choice(("accepted", "accepted", "declined")) if held or dice.random() < 0.5 else None,
                held_at=held,
                recorded_at=held + hours(dice.randint(0, 60)) if held and dice.random() < 0.9 else None,
            )
            area = home if dice.random() < 0.98 else dice.choice(AREAS)
            uasc, cp = lac and dice.random() < 0.2, dice.random() < 0.05
            plain = episode(child, start, back, birth=born, area=area, interview=done, lac=lac, uasc=uasc, cp=cp)
            reporter = dice.choice((*REPORTERS[:3] * 4, *REPORTERS, None))
            done = replace(done, outcome_reason=of_report.choice((*BREACH_REASONS, None)))
            found.append(replace(plain, reporter=reporter, setting=of_report.choice(MISSING_FROM), interview=done))
    return MemoryFacts(found)


@pytest.mark.parametrize("seed", range(COUNTIES))
def test_invented_counties(seed: int) -> None:
    facts = half_year(random.Random(5 * seed + 2))
    sheet = sheet_of(facts, partnership(), H1, NOW)
    try:
        printed, truth = printed_counts(sheet, facts.chance), truth_of(sheet)
    except NotSafe:
        assert sheet.cells["2017-H1", "county", "children"].value < 20
        return  # so few children that nothing is released
    for exact in known_areas(truth)[:: 1 if ATTACKS > 300 else 3]:
        assert attack(printed, truth, meaning(H1), exact) == [], exact


def test_a_county_with_hosted_children() -> None:
    facts = half_year(random.Random(22))
    found = [replace(x, hosted=x.child_id % 3 == 0, lac=False, uasc=False) for x in facts.episodes]
    facts = replace(facts, episodes=found)
    sheet = sheet_of(facts, partnership(), H1, NOW)
    printed, truth = printed_counts(sheet, facts.chance), truth_of(sheet)
    assert truth["2017-H1", "county", "hosted: children"]
    for exact in known_areas(truth)[::3]:
        assert attack(printed, truth, meaning(H1), exact) == [], exact


def test_the_attacker_is_worth_the_name() -> None:
    """With the counts as they are, and the small ones alone hidden, most of them are worked out."""
    sheet = sheet_of(half_year(random.Random(2)), partnership(), H1, NOW)
    truth, reader = truth_of(sheet), Reader()
    alone = {n: None if 1 <= count <= 5 else count for n, count in truth.items()}
    reader = read(alone, meaning(H1), truth)
    for name, count in alone.items():
        if count is not None:
            reader.is_exactly(name, count)
    targets = list(small_counts(reader, meaning(H1), truth))
    assert len(recovered(reader, targets, truth)) > len(targets) // 2


# -- two releases of one half-year --


def late(facts: MemoryFacts, children: int) -> MemoryFacts:
    """Return the same county after records of so many further children came, with three episodes each."""
    more = [
        episode(500 + n, start := at("Mon 9 Jan 2017 12:00") + hours(50 * n + 700 * i), start + hours(9), area=area)
        for n in range(children)
        for area in [AREAS[n % 3]]
        for i in range(3)
    ]
    return replace(facts, episodes=(*facts.episodes, *more))


def issue_of(release: Release) -> dict[tuple[date, date, str, str], Figure]:
    return {f[:4]: f for f in release.figures}


@pytest.fixture(scope="module")
def county() -> MemoryFacts:
    return half_year(random.Random(4))


@pytest.fixture(scope="module")
def first(county: MemoryFacts) -> Release:
    return first_release(county, partnership(), H1, NOW, "lead")


@pytest.fixture(scope="module")
def again(county: MemoryFacts, first: Release) -> ReleasedAgain:
    """The second issue, after twenty children came late."""
    return release_again(late(county, 20), partnership(), H1, NOW, "lead", [issue_of(first)])


@pytest.mark.parametrize("children", [1, 5])
def test_one_late_child_changes_nothing_that_is_printed(county: MemoryFacts, first: Release, children: int) -> None:
    with pytest.raises(NotReleased, match="Not enough changed"):
        release_again(late(county, children), partnership(), H1, NOW, "lead", [issue_of(first)])


def test_two_issues_together_tell_no_small_count(first: Release, again: ReleasedAgain) -> None:
    """The attacker knows that records were added alone, and of twenty children."""
    reader, truth, targets = Reader(), dict[Name, int](), list[Terms]()
    labels = {(p.first, p.last): p.label for p in family_of(H1)}
    for mark, release in (("", first), ("#2", again.release)):
        figures = [f for f in release.figures if is_counted(f.measure)]
        name = {f[:4]: (labels[f.first, f.last] + mark, f.scope, f.measure) for f in figures}
        printed = {name[f[:4]]: f.printed for f in figures}
        here = {name[f[:4]]: f.counted for f in figures}
        words = meaning(H1)
        words = replace(words, parts={w + mark: [p + mark for p in parts] for w, parts in words.parts.items()})
        one = read(printed, words, here)
        reader.bounds |= one.bounds
        reader.sums += one.sums
        truth |= here
        targets += small_counts(one, words, here)
    for period, scope, measure in [n for n in truth if not n[0].endswith("#2")]:
        if measure == "children":
            reader.knows(less((f"{period}#2", scope, measure), (period, scope, measure)), 0, 20)
        if measure == "episodes":
            reader.knows(less((f"{period}#2", scope, measure), (period, scope, measure)), 0, 1000)
    assert recovered(reader, targets, truth) == []


def test_a_later_issue_prints_an_unchanged_count_as_before_and_hides_nothing_that_was_printed(
    first: Release, again: ReleasedAgain
) -> None:
    old = {f[:4]: f for f in first.figures}
    assert again.release.issue == 2
    assert again.changed
    counts = (f for f in again.release.figures if PERCENT not in f.measure and is_counted(f.measure))
    for f in counts:
        was = old[f[:4]]
        if f.counted == was.counted:
            assert f.printed == was.printed, f
        if was.printed is not None and f.counted > 7:
            assert f.printed is not None, f
