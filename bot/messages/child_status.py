"""One child's status: the records, the owners of the work, and the rules met with their evidence (level 2).

Nothing is scored (R24): police grades are shown as a dated series, rules as counts with their dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply, Section
from bot.messages.episode_lines import (
    NOT_REPORTED,
    OTHERS,
    age_lines,
    before_file_lines,
    contradicted,
    due_words,
    end_lines,
    found_and_back,
    grade_mark,
    grade_word,
    owner_of,
    said_words,
    same_lines,
    so_far,
    state_words,
    time_left,
    void_words,
)
from bot.messages.interview_status import NOT_DUE_YET
from bot.rules.catalogue import _, code_words, date_words
from bot.rules.episodes.doubts import GRADE, START
from bot.rules.episodes.found_with import FoundWith
from bot.rules.episodes.risk_flags import (
    GRADE_ORDER,
    GRADE_WORDS,
    category,
    doubt_words,
    flags,
    grade_at,
    rests_on_found,
    triggers,
)
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

ENTERED_CARE = _("entered care after: not looked after at the episode's start, and looked after since")
PLANS = _("Plans (MARAMP, trigger plan) are in the case system: not in the exports.")
#: Episodes that are listed unless all are asked for.
NEWEST = 5
NO_SCORE = _("The police grade risk; the bot computes none.")


def describe(
    child: ChildFacts,
    parts: frozenset[Part],
    partnership: Partnership,
    sources: Sequence[Freshness],
    now: datetime,
    steps: Mapping[int, WorkState] = SILENT,
    company: Sequence[FoundWith] = (),
    *,
    whole: bool = False,
) -> Reply:
    """Describe the parts of the status that the reader's role may see; any set of parts makes an answer.

    `steps` is the work on the interviews as recorded in chat; `company` are others found with the child. `whole` lists
    every episode.
    """
    open_now = [x for x in child.episodes if x.open_at(now)]
    due = () if _died(child) else child.episodes
    known = every(due, {x.child_id for x in open_now}, now, steps, owners=Owners.among(partnership.people))
    pending = listed(known)
    text: tuple[str, ...] = (_("Whether the child is missing now is not for your role to see here."),)
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
    rules = _flags(child, partnership, now) if "flags" in parts else ()
    sections = {
        "grades": _grades(child, open_now, now),
        "case": _case(child),
        "interview": _interviews(pending, known, partnership, sources, now),
        "history": _history(child, partnership, "grades" in parts, now, whole=whole),
    }
    return Reply(
        title=" · ".join((child.ref, *_head(child, open_now, parts, now))),
        level=2,
        text=(*text, *([_sentence(" · ".join(rules))] if rules else [])),
        sections=(
            *(section for part, section in sections.items() if part in parts and section),
            *(_company(company, now) if "history" in parts and not _died(child) else ()),
        ),
        footer=(
            NO_SCORE,
            *([PLANS] if "flags" in parts else []),
            *(freshness.say(s, now) for s in sources),
            _("Shown to you alone: not for publication."),
        ),
        buttons=_buttons(child, pending, parts, whole),
    )


def _head(child: ChildFacts, open_now: Sequence[Episode], parts: frozenset[Part], now: datetime) -> tuple[str, ...]:
    """Return what the title says beside the reference: area and grade of a child missing now."""
    if not open_now or _died(child):
        return ()
    x = _graded(open_now, now)
    word, at = (
        grade_word(x, now),
        _(" (police, {graded_at})", graded_at=clock.say_close(x.graded_at, now)) if x.graded_at else "",
    )
    grade = (f"{grade_mark(x, now)} {word}{at if grade_at(x, now) else ''}",) if word and "grades" in parts else ()
    return (*((spoken(_earliest(open_now).area),) if "status" in parts else ()), *grade)


def _graded(open_now: Sequence[Episode], now: datetime) -> Episode:
    """Return the open record whose grade stands highest in a list; the police's go before others."""
    graded = [x for x in open_now if x.police] or open_now
    return min(graded, key=lambda x: (x.kind != "missing", GRADE_ORDER[grade_at(x, now)], x.start_at, x.id))


def _buttons(
    child: ChildFacts, pending: Sequence[OpenInterview], parts: frozenset[Part], whole: bool
) -> tuple[Button, ...]:
    """Return what may be asked next about this child: its interview, and every episode where more are known."""
    found = []
    if "interview" in parts and pending:
        found.append(Button(_("Record a step"), f"interview {child.ref}", form=True, primary=True))
    if "history" in parts and len(child.episodes) > NEWEST and not whole:
        found.append(Button(_("All episodes"), f"child {child.ref} episodes"))
    return tuple(found)


def _died(child: ChildFacts) -> bool:
    return any(x.died for x in child.episodes)


def _now(child: ChildFacts, open_now: Sequence[Episode], now: datetime) -> tuple[str, ...]:
    if _died(child):
        log = (
            (_("A record is still open since {start_at}.", start_at=clock.say_near(open_now[0].start_at, now)),)
            if open_now
            else ()
        )
        return (_("The record says that the child has died."), *log)
    if open_now:
        x = _earliest(open_now)
        verb = _("Missing") if x.kind == "missing" else _("Away, whereabouts known,")
        flagged = [_("The {line}.", line=line) for record in open_now for line in contradicted(record, now)]
        flagged += [f"{line[0].upper()}{line[1:]}." for record in open_now for line in said_words(record, now)]
        since = _(
            "since {start_at}: {now}", start_at=clock.say_near(x.start_at, now), now=clock.say_hours(now - x.start_at)
        )
        if START in x.doubts:
            since = _("now, since when not known")
        line = f"{verb} {since} · {_whose(child, x)}"
        unsure = [
            _("In doubt: {words}.", words=", ".join(words))
            for record in open_now
            if (words := doubt_words(record, now))
        ]
        twice = _("{n} open records of this child: the time counts from the earliest.", n=len(open_now))
        return (line, *unsure, *flagged, *([twice] if len(open_now) > 1 else []))
    if child.adults and (not child.episodes or child.adults[-1].start_at > child.episodes[-1].start_at):
        return (
            _("In no list: an adult, as was confirmed. The police's own record says whether the person is missing."),
        )
    if not child.episodes:
        return (_("Not missing now. No episode is recorded."),)
    x = child.episodes[-1]
    if x.left_as_adult:
        # Not the day: that would be the date of birth.
        return (_("Turned 18 while missing, not back: the police go on as for an adult."),)
    return (_ended(child, x, now),)


def _ended(child: ChildFacts, x: Episode, now: datetime) -> str:
    """Write how the newest absence ended: found, back, or both."""
    if x.end_is_a_day:
        return _(
            "Not missing now. Back {until_at}, time not recorded · {where}",
            until_at=clock.say_day_near(x.until_at, now),
            where=_where(child, x),
        )
    length = clock.say_hours(x.until_at - x.start_at)
    how = _("back since {until_at}", until_at=clock.say_near(x.until_at, now))
    if rests_on_found(x) or (x.found_at and x.returned_at and x.found_at < x.returned_at):
        how = f"{found_and_back(x, now, private=True)},"
    return _(
        "Not missing now. {sentence} after {length} · {where}",
        sentence=_sentence(how),
        length=length,
        where=_where(child, x),
    )


def _earliest(open_now: Sequence[Episode]) -> Episode:
    """The record that the time missing counts from, whatever a second record says; missing goes before away."""
    return min(open_now, key=lambda x: (x.kind != "missing", x.start_at, x.id))


def _whose(child: ChildFacts, x: Episode) -> str:
    """The exact age, which only this view has, where it is known; and whose child it is, unless it lives at home."""
    age = child.ages.get(x.id)
    home = () if category(x) == "home" else (category(x),)
    return " · ".join((x.age_band if age is None else _("{age} years", age=age), *home))


def _where(child: ChildFacts, x: Episode) -> str:
    """Return the area too, which the title has of a child missing now."""
    return f"{spoken(x.area)} · {_whose(child, x)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _grades(child: ChildFacts, open_now: Sequence[Episode], now: datetime) -> Section | None:
    """The series of the present or latest episode, oldest first; none where the title says all of it."""
    if not child.episodes:
        return Section(_("Police grades"), (_("No episode."),))
    x = child.episodes[-1]
    series = child.grades.get(x.id, ())
    legacy = _(" (recorded as absent, a term the police gave up in January 2017)")
    lines = tuple(
        f"{clock.say_near(g.graded_at, now)}: {GRADE_WORDS[g.grade]}{legacy if g.legacy_absent else ''}" for g in series
    )
    if not x.police and not series:
        lines = (_("No grade yet: there is no police record of this episode."),)
    elif not series:
        lines = (_("No grade yet: treat as not yet assessed; in lists it stands above high."),)
    elif GRADE in x.doubts:
        lines = (*lines, _("No grade now: the newest export gives none that could be read."))
    elif len(lines) == 1 and not series[0].legacy_absent and list(open_now) == [x]:
        return None
    return Section(_("Police grades, episode of {start_at}", start_at=clock.say_near(x.start_at, now)), lines)


def _flags(child: ChildFacts, partnership: Partnership, now: datetime) -> tuple[str, ...]:
    """Flags of the latest episode, and the repeat rules with the dates that meet them."""
    starts = [x.start_at for x in child.episodes if x.kind == "missing"]
    begun = min((x.start_at for x in child.episodes if x.kind == "missing" and x.open_at(now)), default=now)
    rules = []
    for t in triggers(starts, partnership.repeat_rules, begun):
        dates = ", ".join(clock.say_day_near(s, now) for s in t.starts)
        rules.append(f"{t.rule.name or t.rule.id} ({dates})")
    cohorts: tuple[str, ...] = ()
    if child.episodes:
        x = child.episodes[-1]
        cohorts = (*([ENTERED_CARE] if x.entered_care else []), *flags(x, now))
    return (*cohorts, *(rules or [_("no repeat rule met")]))


def _case(child: ChildFacts) -> Section:
    """The council's own records, in the case system's codes."""
    relation: CaseRelation = child.relation
    authority = relation.placing_authority or _("none, the child is our own")
    if authority == UNREAD_AUTHORITY:
        authority = _("not readable in the children file, so the child counts as our own")
    lines = (
        _("Workers: {workers}", workers=", ".join(sorted(relation.workers)) or _("none recorded")),
        _("Reviewing officer: {iro}", iro=relation.iro or _("none recorded")),
        _("Placing authority: {authority}", authority=authority),
    )
    return Section(_("Case, as the council's system names it"), lines)


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
        return Section(_("Return interviews: not known"), unknown)
    lines = []
    for i in pending:
        state = state_words(i)
        words = (time_left(i, now), *state, owner_of(i, partnership), *in_chat(i, partnership, now))
        lines.append(
            _(
                "Episode of {start_at}: {words}",
                start_at=clock.say_near(i.episode.start_at, now),
                words=", ".join(words),
            )
        )
    elsewhere = [i for i in known if i.theirs and i.state.name not in NONE]
    for i in [i for i in elsewhere if i.tracked] or ([] if lines else elsewhere[-1:]):
        over = (time_left(i, now),) if i.tracked else (due_words(i.episode.interview, now)[0], code_words(i.state.name))
        words = (*over, owner_of(i, partnership), *in_chat(i, partnership, now))
        lines.append(
            _(
                "Episode of {start_at}: {words}",
                start_at=clock.say_near(i.episode.start_at, now),
                words=", ".join(words),
            )
        )
    for w in filter(None, (waiting(i.episode, now) for i in known)):
        whose = _(" It will be the placing authority's.") if w.elsewhere else ""
        lines.append(
            _(
                "Episode of {start_at}: {not_due_yet}{not_due_yet2}{whose}",
                start_at=clock.say_near(w.episode.start_at, now),
                not_due_yet=NOT_DUE_YET[0].lower(),
                not_due_yet2=NOT_DUE_YET[1:],
                whose=whose,
            )
        )
    differ = [
        _("Episode of {start_at}, {d}", start_at=clock.say_near(i.episode.start_at, now), d=d)
        for i in known
        for d in difference_lines(i, now)
    ]
    return Section(_("Return interviews open"), (*(lines or (_("None is open."),)), *differ))


def _history(child: ChildFacts, partnership: Partnership, graded: bool, now: datetime, *, whole: bool) -> Section:
    """Section of the newest episodes or the whole, with the counts of 90 days, 12 months and all."""
    missing = [x for x in child.episodes if x.kind == "missing"]
    spans = [(90, _("90 days")), (365, _("12 months"))]
    counts = [
        _("{missing} in {name}", missing=sum(x.start_at > now - timedelta(days=d) for x in missing), name=name)
        for d, name in spans
    ]
    since = (
        _("since {history_start}", history_start=date_words(partnership.history_start, "%-d %b %Y"))
        if partnership.history_start
        else _("as far as loaded")
    )
    latest = []
    shown = child.episodes if whole else child.episodes[-NEWEST:]
    for x in reversed(shown):
        length = _("still {kind}", kind=x.kind) if x.open_at(now) and not x.died else f"{x.kind}, {so_far(x)}"
        grade = grade_word(x, now) if graded else ""
        care = _("entered care after") if x.entered_care else ""
        latest.append(" · ".join(filter(None, (clock.say_near(x.start_at, now), length, spoken(x.area), grade, care))))
    hidden = len(child.episodes) - len(shown)
    more = (_("… and {hidden} earlier", hidden=hidden),) if hidden else ()
    void = [f"{clock.say_near(x.start_at, now)} · {void_words(x)} · {spoken(x.area)}" for x in child.voided]
    return Section(
        _("Episodes: {counts}, {n} {since}", counts=", ".join(counts), n=len(missing), since=since),
        (*latest, *more, *void),
        hidden,
    )


def _company(company: Sequence[FoundWith], now: datetime) -> tuple[Section, ...]:
    """Section of the others found with the child, one line each with the days; none where no record names any."""
    days: dict[str, list[str]] = {}
    for f in company:
        day = clock.say_day_near(f.at, now) if f.at else _("the record has no end")
        if f.other == "unreported":
            day += _(" ({not_reported} then)", not_reported=NOT_REPORTED)
        elif not f.episodes and f.other != "unread":
            day += _(" (this child {not_reported} then)", not_reported=NOT_REPORTED)
        days.setdefault(f.ref or OTHERS[f.other][0], []).append(day)
    if not days:
        return ()
    lines = [f"{who}: {', '.join(found[:5])}{_earlier(len(found) - 5)}" for who, found in days.items()]
    hidden = max(0, len(lines) - 5)
    more = (_("… and {hidden} more", hidden=hidden),) if hidden else ()
    return (Section(_("Found with others: {n}", n=len(company)), (*lines[:5], *more), hidden),)


def _earlier(n: int) -> str:
    return _(" and {n} earlier", n=n) if n > 0 else ""
