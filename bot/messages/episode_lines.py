"""One episode or interview as a line people read in the morning: references and bands, never more (level 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Cell, Row, Section, Table
from bot.rules.catalogue import _, code_words
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import AGES, BACKS, BEFORE_FILE, Ruling, in_doubt, newest, words
from bot.rules.episodes.found_with import ANOTHER, FoundWith, Other
from bot.rules.episodes.regrades import Regrade, in_words
from bot.rules.episodes.risk_flags import (
    GRADE_WORDS,
    Trigger,
    category,
    council_return,
    doubt_words,
    flags,
    grade_at,
    person_doubts,
    rests_on_found,
    said_return,
)
from bot.rules.interviews.state import OpenInterview, in_chat
from bot.rules.model import NO_EPISODE, Episode, Freshness, Interview
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import Morning
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import spoken
from bot.rules.time import clock
from bot.rules.time.clock import say_near


def age_lines(child: ChildFacts, now: datetime) -> tuple[str, ...]:
    """Return the ruling on the age with its person, and its validity now."""
    doubted = any(in_doubt(x) for x in child.episodes)
    last = newest(child.rulings, "age")
    if last is None:
        return ()
    told = _("{ages}, said by {who}", ages=AGES[last.value], who=_who(last, now))
    if doubted:
        return (_("Age in doubt again: {told}, of other birth dates than are recorded now.", told=told),)
    out = _(": no longer in any list") if child.adults else ""
    return (_("Age: {told}{out}.", told=told, out=out),)


def end_lines(child: ChildFacts, sources: Sequence[Freshness], now: datetime) -> Iterator[str]:
    """Yield each ruling that an absence is over, with its person and any file that contradicts it since."""
    by_id, seen = {x.id: x for x in child.episodes}, set()
    for r in reversed([r for r in child.rulings if r.kind == "end" and r.undone_at is None]):
        x = by_id.get(r.episode_id or 0)
        if x is None or x.id in seen:
            continue
        seen.add(x.id)
        told = _("{words}, said by {who}", words=words(r, now), who=_who(r, now))
        if r.overtaken_at is not None and x.open_at(now):
            yield _(
                "Said to be {told}, but {source_file_of} has it open.",
                told=told,
                source_file_of=source_file_of(r, sources, now),
            )
        elif r.holds and x.open_at(now):
            yield _("Said to be {told}, but not of every record of it: it is open.", told=told)
        elif r.holds:
            yield f"{_sentence(told)}."


def same_lines(child: ChildFacts, now: datetime) -> Iterator[str]:
    """Yield each ruling that two absences are one, or are two, with its person."""
    for r in child.rulings:
        if r.kind == "same" and r.holds:
            yield _("{sentence}, said by {who}.", sentence=_sentence(words(r, now)), who=_who(r, now))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def ruling_rows(m: Morning) -> list[Row]:
    """One row for each thing that was said, taken back or contradicted in the window: by agency, never by person."""
    open_now = {x.id for x in (*m.missing, *m.away)}
    return [Row(r.ref, (_ruling_words(r, m, open_now), spoken(r.area))) for r in m.rulings]


def void_row(x: Episode, now: datetime) -> Row:
    """'OX-7QK4 · void, a duplicate by the police's record: Wed 5 Jul 03:00 · north'."""
    return Row(x.child_ref, (f"{void_words(x)}: {say_near(x.start_at, now)}", spoken(x.area)))


def void_words(x: Episode) -> str:
    if x.saying and not x.police:
        return _("void, said in chat and taken back")
    what = _("a report that became no episode,") if x.end_reason == NO_EPISODE else _("a duplicate")
    return _("void, {what} by the police's record", what=what)


def _ruling_words(r: Ruling, m: Morning, open_now: Set[int]) -> str:
    said = _("{words}, as {agency} said", words=words(r, m.now, private=False), agency=code_words(r.agency))
    if _in_window(r.undone_at, m):
        then = {
            "age": _("in doubt again, unless somebody said otherwise"),
            "end": _("missing again, by the records"),
            "same": _("in doubt again"),
            "missing": _("no record says so"),
            "back": _("the record counts"),
            "grade": _("the record counts"),
        }[r.kind]
        return _("{said}: taken back, {then}", said=said, then=then)
    if _in_window(r.overtaken_at, m):
        again = source_file_of(r, m.sources, m.now)
        if r.episode_id in open_now:
            return _("{said}, but {again} has it open: missing", said=said, again=again)
        return _("{said}; {again} has the record again", said=said, again=again)
    if r.kind == "age":
        then = _("no longer in these lists") if r.value == "adult" else _("the age is in no doubt any more")
        return f"{said}: {then}"
    if r.kind == "same":
        return f"{said}"
    if r.kind in BEFORE_FILE:
        return _("{said} in chat, before the file", said=said)
    return _("{said}; no file holds it any more", said=said)


def _in_window(at: datetime | None, m: Morning) -> bool:
    return at is not None and m.since <= at < m.until


def _who(r: Ruling, now: datetime) -> str:
    return f"{r.by} ({r.agency}), {say_near(r.said_at, now)}"


def source_file_of(r: Ruling, sources: Sequence[Freshness], now: datetime) -> str:
    """'the Police file of Wed 5 Jul 07:41'."""
    name = next((f.name for f in sources if f.source == r.source), "newest")
    return (
        _("the {name} file of {file_taken_at}", name=name, file_taken_at=say_near(r.file_taken_at, now))
        if r.file_taken_at
        else _("the {name} file", name=name)
    )


NO_OWNER = _("no owner")
#: Edge case 19: where the 72 hours rest.
FOUND = _("found, not returned: 72 h from being found")
NO_TIME = _("time of return not recorded")
#: Edge case 5, to one person in private: without a day, and from the return on.
GROWS_UP = _("turns 18 within the 72 h")
NOT_LISTED = _("{no_owner}: worker not listed", no_owner=NO_OWNER)


def owner_of(i: OpenInterview, partnership: Partnership) -> str:
    """The owner, or "no owner" and why; never the case system's code: in a list it would be another system's."""
    if i.theirs:
        return _("the placing authority's")
    if i.owner:
        return i.owner
    code, taker = i.episode.interview.worker, i.standing.owner
    if not (code or taker):
        return NO_OWNER
    gone = (p.id for p in partnership.people if (p.id == taker if taker else p.worker_code == code))
    return next((_("{no_owner}: {who} is not active here", no_owner=NO_OWNER, who=who) for who in gone), NOT_LISTED)


def time_left(i: OpenInterview, now: datetime) -> str:
    """'due Mon 29 May 18:30, 23 h left' or 'overdue by 19 h (due ...)'."""
    when, note = due_words(i.episode.interview, now)
    inside = f"{when}, {note}" if note else when
    if i.left == timedelta.max:
        return when
    if i.state.name == "held" and i.theirs:
        return _("held ({inside})", inside=inside)
    if i.state.name == "held":
        return _(
            "held, not recorded: {record_time_left} ({inside})", record_time_left=record_time_left(i), inside=inside
        )
    if i.state.name == "due, child missing":
        return _("child missing again, clock running ({inside})", inside=inside)
    if i.left < timedelta():
        return _("overdue by {left} ({inside})", left=clock.say_hours(i.left), inside=inside)
    return _("{when}{note}, {left} left", when=when, note=f" ({note})" if note else "", left=clock.say_hours(i.left))


def record_time_left(i: OpenInterview) -> str:
    """'5 h left to record within 72 h' or '19 h over the 72 h for recording': the 72 hours are for the record too."""
    if i.left == timedelta.max:
        return _("time of return not known")
    left = _("left to record within 72 h") if i.left >= timedelta() else _("over the 72 h for recording")
    return f"{clock.say_hours(i.left)} {left}"


def due_words(interview: Interview, now: datetime) -> tuple[str, str]:
    """Until when it is in time, and what has to be known of that.

    Where only the day of the return was recorded there is no due time, only the end of a day (R19).
    """
    if interview.due_at is None:
        return _("due time not known"), ""
    if interview.date_only and interview.counts_until:
        return _(
            "count to the end of {counts_until}", counts_until=clock.say_day_near(interview.counts_until, now)
        ), NO_TIME
    return _("due {due_at}", due_at=clock.say_near(interview.due_at, now)), ""


def interview_mark(i: OpenInterview) -> str:
    """Return the mark of an interview: nobody owns it, overdue or due, or that it is over; its row says the word."""
    if i.closed:
        return DONE
    if i.theirs:
        return "⚠" if i.told is None else "⏰" if i.overdue else "⏳"
    return "⚠" if i.unowned else "⏰" if i.left < timedelta() else "⏳"


def state_words(i: OpenInterview) -> tuple[str, ...]:
    """Return the state beside `time_left`, which says of some states all that there is."""
    if i.state.name in ("held", "due, child missing"):
        return ()
    if i.state.needs_offer:
        return (_("not offered yet"),)
    return (_("offered") if i.state.name == "overdue" else i.state.name,)


def interview_row(i: OpenInterview, partnership: Partnership, now: datetime, buttons: tuple[Button, ...] = ()) -> Row:
    """One open interview: reference, time, whether offered, owner, area, and what was said in chat."""
    said = [time_left(i, now), *state_words(i)]
    if rests_on_found(i.episode) and not i.closed:
        said.append(FOUND)
    known = (*away_words(i.episode), *person_doubts(i.episode))
    words = (*said, *known, owner_of(i, partnership), spoken(i.episode.area), *in_chat(i, partnership, now))
    return Row(i.episode.child_ref, words, interview_mark(i), buttons)


def elsewhere_row(i: OpenInterview, partnership: Partnership, now: datetime) -> Row:
    """One interview of another authority: reference, time, whether that was told, area, what was said in chat."""
    words = (time_left(i, now), *person_doubts(i.episode), spoken(i.episode.area), *in_chat(i, partnership, now))
    return Row(i.episode.child_ref, words, interview_mark(i))


def elsewhere_table(found: Sequence[OpenInterview], now: datetime, authorities: Mapping[int, str] | None) -> Table:
    """Interviews of other authorities; `authorities` names them by child, for one person in private alone."""
    columns = (_("Child"), _("Area"), _("Returned"), _("Due"), _("Time left"), _("State"), _("Told"))
    rows = []
    for i in found:
        x, told = i.episode, clock.say_near(i.told.at, now) if i.told else _("NOT told")
        back, due = x.interview.clock_start_at, due_words(x.interview, now)[0].removeprefix("due ")
        day = clock.say_day_near if x.interview.date_only else clock.say_near
        left = clock.say_left(i.left)
        whose = () if authorities is None else (authorities.get(x.child_id, ""),)
        rows.append(
            (
                x.child_ref,
                spoken(x.area),
                day(back, now) if back else "",
                due,
                left,
                code_words(i.state.name),
                told,
                *whose,
            )
        )
    named = () if authorities is None else (_("Placing authority"),)
    return Table(_("Return interviews of other authorities"), (*columns, *named), tuple(rows))


def away_words(x: Episode) -> tuple[str, ...]:
    """Say of an interview that it is about an away episode, which the partnership asks for after so many."""
    return (_("away from placement"),) if x.repeat_away else ()


def interview_cells(
    i: OpenInterview, partnership: Partnership, now: datetime, *, ages: bool = False
) -> tuple[Cell, ...]:
    """Reference, area, returned, due, time left, state, owner; `ages` notes an 18th birthday within the 72 hours."""
    grows_up = (GROWS_UP,) if ages and i.episode.turns_18 else ()
    interview = i.episode.interview
    back, due, until = interview.clock_start_at, interview.due_at, interview.counts_until
    if interview.date_only and back:
        returned = _("{back}, time not recorded", back=clock.say_day_near(back, now))
    else:
        returned = found_and_back(i.episode, now).removeprefix("back ") if back else ""
    if interview.date_only and until:
        said = _("end of {until}", until=clock.say_day_near(until, now))
    else:
        said = clock.say_near(due, now) if due else ""
    return (
        i.episode.child_ref,
        spoken(i.episode.area),
        returned,
        said,
        clock.say_left(i.left),
        ", ".join((code_words(i.state.name), *away_words(i.episode), *person_doubts(i.episode), *grows_up)),
        owner_of(i, partnership).replace(NO_OWNER, _("nobody"), 1),  # under the column "Owner"
    )


INTERVIEW_COLUMNS = (_("Child"), _("Area"), _("Returned"), _("Due"), _("Time left"), _("State"), _("Owner"))


def interview_table(
    title: str, found: Sequence[OpenInterview], partnership: Partnership, now: datetime, *, ages: bool = False
) -> Table:
    """With a column for what was said in chat, where anything was."""
    rows = [interview_cells(i, partnership, now, ages=ages) for i in found]
    told = ["; ".join(in_chat(i, partnership, now)) for i in found]
    if not any(told):
        return Table(title, INTERVIEW_COLUMNS, tuple(rows))
    with_chat = tuple((*row, chat) for row, chat in zip(rows, told, strict=True))
    return Table(title, (*INTERVIEW_COLUMNS, _("Said in chat")), with_chat)


#: Places in which a child was found and is not back from, to one person in private alone.
_PLACES = {
    "hospital": _("in hospital"),
    "arrested": _("in custody"),
    "located_elsewhere": _("elsewhere, whereabouts known"),
}


def found_and_back(x: Episode, now: datetime, *, private: bool = False) -> str:
    """'back Tue 4 Jul 14:00', 'found Tue 4 Jul 10:00, in hospital, not returned': where the 72 hours rest (case 19)."""
    basis, back = x.interview.clock_start_at, x.returned_at or x.interview.clock_start_at
    if basis is None or back is None:
        return _("return not known")

    def moment(at: datetime) -> str:
        day_alone = x.interview.date_only if at == basis else clock.at_midnight(at)
        return clock.say_day_near(at, now) if day_alone else say_near(at, now)

    if rests_on_found(x):
        place = _PLACES.get(x.end_reason or "", "") if private else ""
        return ", ".join(part for part in (_("found {moment}", moment=moment(basis)), place, _("not returned")) if part)
    found = (
        _("found {moment}, ", moment=moment(x.found_at))
        if x.found_at and x.found_at < back and not x.interview.date_only
        else ""
    )
    counted = _(", 72 h from being found") if found and basis == x.found_at else ""
    return _("{found}back {moment}{counted}", found=found, moment=moment(back), counted=counted)


def came_back(x: Episode) -> str:
    """'back', or what is known where the child was found and no return is recorded (edge case 19)."""
    return _("found, return not recorded,") if x.found_not_returned else _("back")


def end_words(x: Episode) -> str:
    """'Tue 4 Jul 09:00 · missing 11 h'; where only the day is known, no time is made up."""
    if x.end_is_a_day:
        return _(
            "{clock_start_at} (time not recorded)",
            clock_start_at=clock.say_day(x.interview.clock_start_at or x.until_at),
        )
    return f"{clock.say_short(x.until_at)} · {code_words(x.kind)} {clock.say_hours(x.until_at - x.start_at)}"


def so_far(x: Episode) -> str:
    """Return the end of an episode in words."""
    if x.died:
        return _("the child has died")
    if x.left_as_adult:
        return _("turned 18 while missing")
    length = _("after {until_at}", until_at=clock.say_hours(x.until_at - x.start_at))
    return _("back, time not recorded") if x.end_is_a_day else f"{came_back(x)} {length}"


def grade_word(x: Episode, now: datetime) -> str:
    """As the police recorded it; nothing for a child who is away, whom the police do not grade."""
    grade = grade_at(x, now)
    return "" if x.kind == "away" and grade is None else GRADE_WORDS[grade]


def who_words(x: Episode) -> str:
    """'13-15, looked-after': the age band, and the category of a child who does not live at home."""
    return x.age_band if category(x) == "home" else f"{x.age_band}, {category(x)}"


#: The marks of the grades; a child who is away has none, for the police do not grade them.
GRADE_MARKS = {None: "⚫", "high": "🔴", "medium": "🟠", "low": "⚪", "very_low": "⚪"}
#: The mark of what is done, and stays listed through the day.
DONE = "✓"


def grade_mark(x: Episode, now: datetime) -> str:
    return GRADE_MARKS[grade_at(x, now)] if grade_word(x, now) else ""


def open_row(x: Episode, met: Sequence[Trigger], now: datetime, changes: Sequence[Regrade] = ()) -> Row:
    """One missing child: reference, area, grade, how long, age band, whose child, flags.

    `changes` are the grade's since the last digest: from what to what, and when.
    """
    grade = grade_word(x, now)
    if changes and changes[-1].grade == grade_at(x, now):
        grade = in_words(changes, now)
    words = (
        spoken(x.area),
        *([grade] if grade else []),
        *([] if doubts.START in x.doubts else [clock.say_hours(now - x.start_at)]),
        who_words(x),
        *flag_words(x, met, now),
    )
    return Row(x.child_ref, words, grade_mark(x, now))


def short_row(x: Episode, now: datetime, changes: Sequence[Regrade] = ()) -> Row:
    """One missing child in the first message of a digest: as `open_row`, without flags and rules, but every doubt."""
    grade = grade_word(x, now)
    if changes and changes[-1].grade == grade_at(x, now):
        grade = in_words(changes, now)
    long = [] if doubts.START in x.doubts else [clock.say_hours(now - x.start_at)]
    unsure = (*doubt_words(x, now), *contradicted(x, now), *said_words(x, now))
    return Row(x.child_ref, (spoken(x.area), *filter(None, [grade]), *long, who_words(x), *unsure), grade_mark(x, now))


def short_interview_row(i: OpenInterview, partnership: Partnership, now: datetime) -> Row:
    """One open interview in the first message of a digest: '⚠ OX-UVRY · north · by 15:30 (7 h) · nobody owns it'."""
    owner = owner_of(i, partnership)
    owner = _("nobody owns it") if owner.startswith(NO_OWNER) else owner
    words = (spoken(i.episode.area), short_time_left(i, now), owner, *in_chat(i, partnership, now))
    return Row(i.episode.child_ref, words, interview_mark(i))


def short_time_left(i: OpenInterview, now: datetime) -> str:
    """'by 15:30 (7 h)', 'overdue by 19 h', 'to record by 15:30 (7 h)'; where only the day is known, its end."""
    to_record = _("to record ") if i.state.name == "held" else ""
    if i.left == timedelta.max or i.episode.interview.due_at is None:
        return _("due time not known")
    if i.left < timedelta():
        return _(
            "{record}overdue by {left}", record=_("to record, ") if to_record else "", left=clock.say_hours(i.left)
        )
    when, note = due_words(i.episode.interview, now)
    by = when if note else _("by {due_at}", due_at=clock.say_close(i.episode.interview.due_at, now))
    again = _("missing again, ") if i.state.name == "due, child missing" else ""
    return f"{again}{to_record}{by} ({clock.say_hours(i.left)})"


SECOND_RECORD = _("second open record of the same child")


def flag_words(x: Episode, met: Sequence[Trigger], now: datetime) -> tuple[str, ...]:
    """Recorded flags and rules met; `away` is said, because whereabouts are then known."""
    away = (_("away, whereabouts known"),) if x.kind == "away" else ()
    own = tuple(f for f in flags(x, now) if f != "UASC" or x.hosted)  # the category says UASC already
    return (
        *doubt_words(x, now),
        *contradicted(x, now),
        *said_words(x, now),
        *away,
        *own,
        *(t.rule.name or t.rule.id for t in met),
    )


#: An other without a reference, and several of them.
OTHERS: dict[Other, tuple[str, str]] = {
    "missing": (ANOTHER, _("{} other children")),
    "unreported": (ANOTHER, _("{} other children")),
    "person": (_("another person"), _("{} other persons")),
    "unknown": (_("a person not in these records"), _("{} persons not in these records")),
    "unread": (_("others not readable"), _("others not readable")),
}
NOT_REPORTED = _("not reported missing")


def found_with_words(x: Episode, company: Sequence[FoundWith], now: datetime) -> tuple[str, ...]:
    """Write 'found with OX-7QK4 and 2 other children'; of a child whose log is open, when that was, if it was."""
    known = [f for f in company if f.other != "unread"]
    named = [f"{f.ref} ({NOT_REPORTED})" if f.other == "unreported" else f.ref for f in known if f.ref]
    counts: dict[tuple[Other, str], int] = {}
    for f in company:
        if not f.ref:
            note = f" ({NOT_REPORTED})" if f.other == "unreported" else ""
            counts[f.other, note] = counts.get((f.other, note), 0) + 1
    others = [f"{OTHERS[o][n > 1].format(n)}{note}" for (o, note), n in counts.items()]
    if not (named or others):
        return ()
    *most, last = (*named, *others)
    who = _(" and ").join((", ".join(most), last)) if most else last
    if not x.open_at(now):
        return (_("found with {who}", who=who),)
    when = max((f.at for f in known if f.at), default=None)
    if when is None:  # none of them is found: the records of absences that are not over name them
        return (_("with {who}, by the police record", who=who),)
    return (_("found with {who} on {when}, own log open", who=who, when=clock.say_day_near(when, now)),)


def said_words(x: Episode, now: datetime) -> tuple[str, ...]:
    """Write 'said to be back Tue 09:12, not in the police file' and a grade that was said and is in no file yet."""
    back, graded = said_return(x, now), x.said_graded_at
    found = []
    if back is not None and back <= now:
        found.append(
            _(
                "{backs} {back}, not in the police file",
                backs=BACKS[x.said_back or "returned"],
                back=clock.say_near(back, now),
            )
        )
    if graded is not None and graded <= now and (x.graded_at is None or x.graded_at <= graded):
        word = GRADE_WORDS[x.said_grade]
        found.append(
            _("graded {word} in chat {graded}, not in the police file", word=word, graded=clock.say_near(graded, now))
        )
    return tuple(found)


def was_said(x: Episode, now: datetime) -> bool:
    """Return True for an absence of which something was said in chat, before the police's file has it."""
    return x.saying is not None or bool(said_words(x, now))


def before_file_lines(child: ChildFacts, now: datetime) -> Iterator[str]:
    """Yield what was said before an export has it, with its person."""
    for r in child.rulings:
        if r.kind in BEFORE_FILE and r.holds:
            yield _("Said in chat: {words}, by {who}.", words=words(r, now), who=_who(r, now))


def contradicted(x: Episode, now: datetime) -> tuple[str, ...]:
    """Still listed as missing, the safer mistake; but whoever looks for the child has to know."""
    back = council_return(x, now)
    if back is None:
        return ()
    day = x.interview.date_only or clock.at_midnight(back)  # no time is made up
    when = (clock.say_day_near if day else clock.say_near)(back, now)
    day_alone = _(" (time not recorded)") if x.interview.date_only else ""
    return (_("council records a return {when}{day_alone}, police log open", when=when, day_alone=day_alone),)


def capped(
    title: str, lines: Sequence[str], rows: int, more: str, empty: str = _("None."), count: int | None = None
) -> Section:
    """At most `rows` lines, then 'and n more'; an explicit 'None.' because silence is not zero.

    `count` is what the title says where it is not the number of lines.
    """
    if not lines:
        return Section(f"{title}: 0", (empty,))
    hidden = max(0, len(lines) - rows)
    shown: tuple[str, ...] = tuple(lines[:rows]) + (
        (_("… and {hidden} more: {more}", hidden=hidden, more=more),) if hidden else ()
    )
    return Section(f"{title}: {len(lines) if count is None else count}", shown, hidden, more if hidden else "")
