"""One child's status: the records, the owners of the work, and the rules met with their evidence (level 2).

Nothing is scored (R24): police grades are shown as a dated series, rules as counts with their dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Fact, Reply, Section
from bot.messages.episode_lines import (
    NOT_REPORTED,
    OTHERS,
    age_lines,
    before_file_lines,
    contradicted,
    due_words,
    end_lines,
    found_and_back,
    grade_word,
    owner_of,
    said_words,
    same_lines,
    so_far,
    time_left,
    void_words,
)
from bot.messages.interview_status import NOT_DUE_YET
from bot.rules.episodes.doubts import GRADE, START
from bot.rules.episodes.found_with import FoundWith
from bot.rules.episodes.risk_flags import GRADE_WORDS, category, doubt_words, flags, grade_at, rests_on_found, triggers
from bot.rules.interviews.state import (
    NONE,
    SILENT,
    OpenInterview,
    Owners,
    difference_lines,
    every,
    in_chat,
    listed,
    waiting,
)
from bot.rules.interviews.steps import WorkState
from bot.rules.model import UNREAD_AUTHORITY, CaseRelation, Episode, Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Part
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness

ENTERED_CARE = "Entered care after: not looked after at the episode's start, and looked after since"
NO_SCORE = "No risk score is computed: grades are the police's, rules are counts with their dates."


def describe(
    child: ChildFacts,
    parts: frozenset[Part],
    partnership: Partnership,
    sources: Sequence[Freshness],
    now: datetime,
    steps: Mapping[int, WorkState] = SILENT,
    company: Sequence[FoundWith] = (),
) -> Reply:
    """Describe the parts of the status that the reader's role may see; any set of parts makes an answer.

    `steps` is the work on the interviews as recorded in chat; `company` are others found with the child.
    """
    open_now = [x for x in child.episodes if x.open_at(now)]
    due = () if _died(child) else child.episodes
    known = every(due, {x.child_id for x in open_now}, now, steps, owners=Owners.among(partnership.people))
    pending = listed(known)
    text: tuple[str, ...] = ("Whether the child is missing now is not for your role to see here.",)
    if "status" in parts:
        confirmed = (
            ()
            if _died(child)
            else (
                *age_lines(child, now),
                *end_lines(child, sources, now),
                *same_lines(child, now),
                *before_file_lines(child, now),
            )
        )
        text = (*_now(child, open_now, now), *confirmed)
    sections = {
        "grades": _grades(child, now),
        "flags": _flags(child, partnership, now),
        "case": _case(child),
        "interview": _interviews(pending, known, partnership, sources, now),
        "history": _history(child, partnership, "grades" in parts, now),
    }
    return Reply(
        title=child.ref,
        level=2,
        text=(*text, NO_SCORE),
        facts=tuple(_facts(child, open_now, pending, parts, now)),
        sections=(
            *(section for part, section in sections.items() if part in parts),
            *(_company(company, now) if "history" in parts and not _died(child) else ()),
        ),
        footer=(*(freshness.say(s, now) for s in sources), "Shown to you alone: not for publication."),
        buttons=(Button("Interviews", "interviews"),) if "interview" in parts else (),
    )


def _died(child: ChildFacts) -> bool:
    return any(x.died for x in child.episodes)


def _now(child: ChildFacts, open_now: Sequence[Episode], now: datetime) -> tuple[str, ...]:
    if _died(child):
        log = (f"A record is still open since {clock.say_near(open_now[0].start_at, now)}.",) if open_now else ()
        return ("The record says that the child has died.", *log)
    if open_now:
        x = _earliest(open_now)
        verb = "Missing" if x.kind == "missing" else "Away, whereabouts known,"
        flagged = [f"The {line}." for record in open_now for line in contradicted(record, now)]
        flagged += [f"{line[0].upper()}{line[1:]}." for record in open_now for line in said_words(record, now)]
        since = f"since {clock.say_near(x.start_at, now)} ({clock.say_hours(now - x.start_at)})"
        if START in x.doubts:
            since = "now, since when not known"
        line = f"{verb} {since}, {_whose(child, x)}."
        unsure = [f"In doubt: {', '.join(words)}." for record in open_now if (words := doubt_words(record, now))]
        twice = f"{len(open_now)} open records of this child: the time counts from the earliest."
        return (line, *unsure, *flagged, *([twice] if len(open_now) > 1 else []))
    if child.adults and (not child.episodes or child.adults[-1].start_at > child.episodes[-1].start_at):
        return ("In no list: an adult, as was confirmed. The police's own record says whether the person is missing.",)
    if not child.episodes:
        return ("Not missing now. No episode is recorded.",)
    x = child.episodes[-1]
    if x.left_as_adult:
        # Not the day: that would be the date of birth.
        return ("Turned 18 while missing, not back: the police go on as for an adult.",)
    return (_ended(child, x, now),)


def _ended(child: ChildFacts, x: Episode, now: datetime) -> str:
    """Write how the newest absence ended: found, back, or both."""
    if x.end_is_a_day:
        return f"Not missing now. Back on {clock.say_day_near(x.until_at, now)}, time not recorded, {_whose(child, x)}."
    length = clock.say_hours(x.until_at - x.start_at)
    how = f"back since {clock.say_near(x.until_at, now)}"
    if rests_on_found(x) or (x.found_at and x.returned_at and x.found_at < x.returned_at):
        how = f"{found_and_back(x, now, private=True)},"
    return f"Not missing now. {how[0].upper()}{how[1:]} after {length}, {_whose(child, x)}."


def _earliest(open_now: Sequence[Episode]) -> Episode:
    """The record that the time missing counts from, whatever a second record says; missing goes before away."""
    return min(open_now, key=lambda x: (x.kind != "missing", x.start_at, x.id))


def _whose(child: ChildFacts, x: Episode) -> str:
    """Category, area and the exact age, which only this view has, where it is known."""
    age = child.ages.get(x.id)
    return f"{category(x)}, {spoken(x.area)}, {x.age_band if age is None else f'{age} years old then'}"


def _facts(
    child: ChildFacts,
    open_now: Sequence[Episode],
    pending: Sequence[OpenInterview],
    parts: frozenset[Part],
    now: datetime,
) -> list[Fact]:
    missing = [x for x in child.episodes if x.kind == "missing"]
    listed_now = "yes" if open_now else "not listed: an adult" if child.adults else "no"
    found = [Fact("Missing now", listed_now)] if "status" in parts else []
    if open_now and "status" in parts and START not in _earliest(open_now).doubts:
        found.append(
            Fact("Hours missing", round((now - _earliest(open_now).start_at) / timedelta(hours=1), 1), unit="h")
        )
    if "grades" in parts and child.episodes:
        found.append(Fact("Latest police grade", GRADE_WORDS[grade_at(child.episodes[-1], now)]))
    if "history" in parts:
        found.append(Fact("Episodes in the last 90 days", sum(x.start_at > now - timedelta(days=90) for x in missing)))
        found.append(Fact("Episodes in all", len(missing)))
    if "interview" in parts and pending:
        interview, left = pending[0].episode.interview, pending[0].left
        due = clock.say_near(interview.due_at, now) if interview.due_at else None
        if interview.date_only and interview.counts_until:
            due = f"end of {clock.say_day_near(interview.counts_until, now)}"
        found += [Fact("Interview due", due), Fact("Time left", clock.say_left(left))]
    return found


def _grades(child: ChildFacts, now: datetime) -> Section:
    """The series of the present or latest episode, oldest first; an empty one is said, never left out."""
    if not child.episodes:
        return Section("Police grades", ("No episode.",))
    x = child.episodes[-1]
    series = child.grades.get(x.id, ())
    legacy = " (recorded as absent, a term the police gave up in January 2017)"
    lines = tuple(
        f"{clock.say_near(g.graded_at, now)}: {GRADE_WORDS[g.grade]}{legacy if g.legacy_absent else ''}" for g in series
    )
    if not x.police and not series:
        lines = ("UNGRADED: there is no police record of this episode.",)
    elif not series:
        lines = ("UNGRADED: treat as not yet assessed; in lists it stands above high.",)
    if GRADE in x.doubts and series:
        lines = (*lines, "UNGRADED now: the newest export gives no grade that could be read.")
    return Section(f"Police grades, episode of {clock.say_near(x.start_at, now)}", lines)


def _flags(child: ChildFacts, partnership: Partnership, now: datetime) -> Section:
    """Cohort flags of the latest episode, repeat rules with the dates that meet them, and plans."""
    starts = [x.start_at for x in child.episodes if x.kind == "missing"]
    begun = min((x.start_at for x in child.episodes if x.kind == "missing" and x.open_at(now)), default=now)
    met = triggers(starts, partnership.repeat_rules, begun)
    rules = []
    for t in met:
        dates = ", ".join(f"{clock.to_london(s):%-d %b %Y}" for s in t.starts)
        rules.append(f"Rule met: {t.rule.name or t.rule.id} (starts on {dates})")
    cohorts = []
    if child.episodes:
        x = child.episodes[-1]
        cohorts = ["Looked after at the episode's start"] if x.lac else []
        cohorts += [ENTERED_CARE] if x.entered_care else []
        cohorts += [f.capitalize() if f != "UASC" else f for f in flags(x, now)]
    plans = "Plans (MARAMP, trigger plan): not in the exports this bot is given, see the case system."
    lines = (
        *(cohorts or ["No cohort flag at the latest episode."]),
        *(rules or ["No repeat rule is met now."]),
        plans,
    )
    return Section("Flags and rules", lines)


def _case(child: ChildFacts) -> Section:
    """The council's own records, in the case system's codes."""
    relation: CaseRelation = child.relation
    authority = relation.placing_authority or "none, the child is our own"
    if authority == UNREAD_AUTHORITY:
        authority = "not readable in the children file, so the child counts as our own"
    lines = (
        f"Workers: {', '.join(sorted(relation.workers)) or 'none recorded'}",
        f"Reviewing officer: {relation.iro or 'none recorded'}",
        f"Placing authority: {authority}",
    )
    return Section("Case, as the council's system names it", lines)


def _interviews(
    pending: Sequence[OpenInterview],
    known: Sequence[OpenInterview],
    partnership: Partnership,
    sources: Sequence[Freshness],
    now: datetime,
) -> Section:
    """Section of the open interviews and their differences; a source that was never loaded is not "none"."""
    unknown = tuple(freshness.say(s, now) for s in sources if s.source == "interviews" and s.taken_at is None)
    if unknown:
        return Section("Return interviews: not known", unknown)
    lines = []
    for i in pending:
        state = "not offered yet" if i.state.needs_offer else i.state.name
        words = (time_left(i, now), state, owner_of(i, partnership), *in_chat(i, partnership, now))
        lines.append(f"Episode of {clock.say_near(i.episode.start_at, now)}: {', '.join(words)}")
    elsewhere = [i for i in known if i.theirs and i.state.name not in NONE]
    for i in [i for i in elsewhere if i.tracked] or ([] if lines else elsewhere[-1:]):
        over = (time_left(i, now),) if i.tracked else (due_words(i.episode.interview, now)[0], i.state.name)
        words = (*over, owner_of(i, partnership), *in_chat(i, partnership, now))
        lines.append(f"Episode of {clock.say_near(i.episode.start_at, now)}: {', '.join(words)}")
    for w in filter(None, (waiting(i.episode, now) for i in known)):
        whose = " It will be the placing authority's." if w.elsewhere else ""
        lines.append(
            f"Episode of {clock.say_near(w.episode.start_at, now)}: {NOT_DUE_YET[0].lower()}{NOT_DUE_YET[1:]}{whose}"
        )
    differ = [
        f"Episode of {clock.say_near(i.episode.start_at, now)}, {d}" for i in known for d in difference_lines(i, now)
    ]
    return Section("Return interviews open", (*(lines or ("None is open.",)), *differ))


def _history(child: ChildFacts, partnership: Partnership, graded: bool, now: datetime) -> Section:
    """Section of the five newest episodes, with the counts of 90 days, 12 months and all."""
    missing = [x for x in child.episodes if x.kind == "missing"]
    spans = [(90, "90 days"), (365, "12 months")]
    counts = [f"{sum(x.start_at > now - timedelta(days=d) for x in missing)} in {name}" for d, name in spans]
    since = f"since {partnership.history_start:%-d %b %Y}" if partnership.history_start else "as far as loaded"
    latest = []
    for x in reversed(child.episodes[-5:]):
        length = f"still {x.kind}" if x.open_at(now) and not x.died else f"{x.kind}, {so_far(x)}"
        grade = grade_word(x, now) if graded else ""
        care = "entered care after" if x.entered_care else ""
        latest.append(" · ".join(filter(None, (clock.say_near(x.start_at, now), length, spoken(x.area), grade, care))))
    hidden = max(0, len(child.episodes) - 5)
    more = (f"… and {hidden} earlier",) if hidden else ()
    void = [f"{clock.say_near(x.start_at, now)} · {void_words(x)} · {spoken(x.area)}" for x in child.voided]
    return Section(f"Episodes: {', '.join(counts)}, {len(missing)} {since}", (*latest, *more, *void), hidden)


def _company(company: Sequence[FoundWith], now: datetime) -> tuple[Section, ...]:
    """Section of the others found with the child, one line each with the days; none where no record names any."""
    days: dict[str, list[str]] = {}
    for f in company:
        day = clock.say_day_near(f.at, now) if f.at else "the record has no end"
        if f.other == "unreported":
            day += f" ({NOT_REPORTED} then)"
        elif not f.episodes and f.other != "unread":
            day += f" (this child {NOT_REPORTED} then)"
        days.setdefault(f.ref or OTHERS[f.other][0], []).append(day)
    if not days:
        return ()
    lines = [f"{who}: {', '.join(found[:5])}{_earlier(len(found) - 5)}" for who, found in days.items()]
    hidden = max(0, len(lines) - 5)
    more = (f"… and {hidden} more",) if hidden else ()
    return (Section(f"Found with others: {len(company)}", (*lines[:5], *more), hidden),)


def _earlier(n: int) -> str:
    return f" and {n} earlier" if n > 0 else ""
