"""The reminder to one person: interviews by time left, in neutral words; no person is blamed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply, Row, Section, first_primary
from bot.messages import episode_lines
from bot.messages.interview_status import THEIRS, Reader, lead, row_buttons
from bot.rules.catalogue import _, code_words, date_words
from bot.rules.episodes.risk_flags import person_doubts, rests_on_found
from bot.rules.interviews.hosted import TRACKED
from bot.rules.interviews.state import OpenInterview, placing_words
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Calendar, Partnership
from bot.rules.reminders.due import (
    BREACH,
    HOSTED_LADDER,
    TELL,
    TODAY,
    UNATTENDED,
    DatedStep,
    Nudge,
    OpenCase,
    dated_step,
    explained_steps,
    need,
    next_message,
    record_step,
    step_of,
)
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness
from bot.rules.time.clock import say_day_near, say_near

#: Step of the ladder, recipient, and time sent.
Nudged = Sequence[tuple[str, str, datetime]]
#: Items with buttons; the rest is one command away.
MOST = 8
#: What nobody here could save for so long is a count, not a line.
LONG_OVER = timedelta(hours=24)


def compose(
    nudges: Sequence[Nudge],
    partnership: Partnership,
    source: Freshness,
    now: datetime,
    *,
    twice: Container[int] = (),
    authorities: Mapping[int, str] | None = None,
    late: str = "",
) -> Reply:
    """Compose the message to one person; `late` is said first of all.

    `twice` are children who came back twice with both interviews open, `authorities` the placing authorities of hosted
    children.
    """
    hour = clock.to_london(now).hour
    part = _("morning") if hour < 12 else _("afternoon") if hour < 17 else _("evening")
    long_over = [n for n in nudges if _is_long_over(n)]
    if len(long_over) == 1:  # a line of its own is as short
        long_over = []
    ordered = sorted((n for n in nudges if n not in long_over), key=_order)
    # One's own are never hidden behind what others could save.
    shown = sorted(sorted(ordered, key=lambda n: not _is_own(n))[:MOST], key=_order)
    hidden = len(ordered) - len(shown)
    # A reader of one area's own cases knows whose they are and where.
    own = all(n.to.part == "owner" for n in nudges)
    where = {area for held in nudges[0].person.roles for area in held.areas}
    known = {"yours"} if own else set()
    known |= {spoken(area) for area in where} if len(where) == 1 else set()
    rows = [_row(each, partnership, now, twice, authorities or {}, known) for each in shown]
    everything = "interviews mine" if all(n.to.part == "owner" for n in ordered) else "interviews"
    if ordered and all(n.interview.theirs for n in ordered):
        everything = "interviews hosted"
    if hidden:
        rows.append(Row(_("{hidden} more", hidden=hidden), (), "", (Button(_("Show all"), everything),)))
    if long_over:
        see = (Button(_("See them"), "interviews overdue"),)
        rows.append(Row(_("{n} overdue for longer than a day", n=len(long_over)), (), "⏰", see))
    following = min(next_message(n.calendar, partnership.delivery, now) for n in nudges)
    return Reply(
        title=_("Good {part}. {n} interviews need you.", part=part, n=len(nudges))
        if len(nudges) > 1
        else _("Good {part}. 1 interview needs you.", part=part),
        level=2,
        text=(*([late] if late else []), *first_primary(rows)),
        footer=(
            _("Next reminders: {following}.", following=clock.say_near(following, now)),
            _("Data as at: {source}.", source=freshness.say(source, now)),
        ),
    )


def _is_long_over(n: Nudge) -> bool:
    """Return True for another person's or nobody's interview that has been overdue for longer than a day."""
    return n.interview.overdue and not n.interview.theirs and n.interview.left < -LONG_OVER and not _is_own(n)


def _is_own(n: Nudge) -> bool:
    """Return True for a person's own interview, for one they cover, and for one that they are asked to take over."""
    return n.to.part in ("owner", "cover") or n.interview.standing.asked == n.person.id


def _order(n: Nudge) -> tuple[int, timedelta, int]:
    """Put first what can still be saved, then one's own, then nobody's, then the rest; each by its time."""
    i = n.interview
    group = 0 if i.left >= timedelta() else 1 if _is_own(n) else 2 if i.unowned else 3
    return group, abs(i.left), i.episode.id


def late_words(due: Sequence[datetime], now: datetime) -> str:
    """Write 'Sent 17:59, due 14:00 and 15:40.'"""
    *most, last = map(clock.say_time, due)
    were = _("{most} and {last}", most=", ".join(most), last=last) if most else last
    return _("Sent {time}, due {were}.", time=clock.say_time(now), were=were)


def _row(
    n: Nudge,
    partnership: Partnership,
    now: datetime,
    twice: Container[int],
    authorities: Mapping[int, str],
    known: Container[str],
) -> Row:
    """'⏳ OX-7QK4 · due Sun 22 Nov 10:00, 44 h left · next: offer it · before you are back on Monday: ... · north'.

    `known` are words that would be the same on every row.
    """
    x = n.interview.episode
    # A note on the last day with time to act, though the deadline is later.
    before_back, today = "", clock.local_day(now)
    opens = n.calendar.opens(n.calendar.next_day(today))
    if n.due_step.step.id == UNATTENDED.id:
        back = partnership.calendar(x.area).next_moment(now)
        before_back = _(
            "runs out before people are at work in time (back {back}): act today", back=clock.say_short(back)
        )
    elif now < n.deadline and clock.local_day(n.deadline) != today and n.calendar.latest(n.deadline) < opens:
        side = _("before") if n.deadline <= opens else _("soon after")
        before_back = _(
            "{side} you are back on {opens}: this is your reminder now",
            side=side,
            opens=date_words(clock.to_london(opens), "%A"),
        )
    parts = [episode_lines.time_left(n.interview, now), _next_step(n, now), before_back]
    authority = authorities.get(x.child_id, "")
    placed = f"{THEIRS} {authority}".strip() + "'s" if n.interview.theirs else ""
    grows_up = (episode_lines.GROWS_UP,) if x.turns_18 and not n.case.to_record else ()
    found = (episode_lines.FOUND,) if rests_on_found(x) and not n.case.to_record else ()
    parts += [*found, *person_doubts(x), *grows_up, placed or whose(n, partnership)]
    if n.interview.standing.asked == n.person.id:
        parts.append(_("handed to you by {asked_by}: accept or refuse", asked_by=n.interview.standing.asked_by))
    if n.interview.handed_over:
        parts += placing_words(n.interview, now)
    if x.child_id in twice:
        parts.append(_("came back twice: one interview for both?"))
    words = tuple(part for part in (*parts, spoken(x.area)) if part and part not in known)
    return Row(x.child_ref, words, episode_lines.interview_mark(n.interview), row_buttons(n.interview, n.person.id))


def _next_step(n: Nudge, now: datetime) -> str:
    """Return the next step, by the record and what was said in chat; of an interview that was held, to write it up."""
    i = n.interview
    if i.theirs:
        return _("next: ask what became of it") if i.told else _("NOT told of the return, next: tell them")
    if n.case.to_record:
        return _("next: write it up in the case system")
    last = n.case.standing.last(_("accepted"), "booked", "declined", _("offered"), "reopened")
    if last is not None and last.kind == "booked" and last.until_at:
        held = _(", next: say how it went") if last.until_at <= now else ""
        return _("booked for {until_at}{held}", until_at=clock.say_short(last.until_at), held=held)
    if last is not None and last.kind == "declined":
        return _("declined, next: offer the carer a talk")
    if last is not None and last.kind == "accepted":
        return _("accepted, next: book it")
    return _("offered, next: get the answer") if need(n.interview, n.case.standing).offered else _("next: offer it")


def whose(n: Nudge, partnership: Partnership) -> str:
    """Return the reason for telling this person: their own, their team's, unowned, or of a colleague who is away."""
    if n.to.instead_of is not None:
        away = n.to.instead_of
        return _(
            "for {person}, who is away until {day_start}",
            person=away.person,
            day_start=clock.say_day_near(clock.day_start(away.last), n.deadline),
        )
    if n.to.part == "owner":
        return _("yours")
    owner = _("nobody owns it") if n.interview.unowned else episode_lines.owner_of(n.interview, partnership)
    if n.due_step.step.id == UNATTENDED.id:
        return owner
    return _("{owner} cannot be reminded", owner=owner) if n.to.part == "duty" and n.interview.owner else owner


def why(case: OpenCase, nudged: Nudged, to: Reader) -> Reply:
    """Explain the reminders of one interview: its clock, the working hours, and each step of the ladder."""
    i = case.interview
    area, interview = i.episode.area, i.episode.interview
    back, limit = interview.clock_start_at, interview.counts_until
    calendar = to.partnership.calendar(area)
    hours = [
        hours_line(calendar),
        _("Next working moment: {next_moment}.", next_moment=say_near(calendar.next_moment(to.now), to.now)),
    ]
    if limit:
        hours.append(
            _(
                "Last working moment before the deadline: {last_moment}.",
                last_moment=say_near(calendar.last_moment(limit), to.now),
            )
        )
    over = (_("Nothing more is sent of it: nothing more is expected."),) if i.closed else ()
    if i.theirs and i.undone and not i.tracked:
        over = (_("Nothing more is sent of it: its time has been over for more than {days} days.", days=TRACKED.days),)
    sections = [Section(_("Calendar: when anybody is reminded"), tuple(hours))]
    if back and limit:
        returned = (_returned(i, to), _("72 hours end {limit}.", limit=say_near(limit, to.now)))
        if interview.date_only:
            returned = (
                _("Returned {back}, time not recorded.", back=say_day_near(back, to.now)),
                _("In time until {limit}.", limit=say_near(limit, to.now)),
            )
        ladder = to.partnership.ladder(area)
        rungs = [dated_step(i, step, calendar, to.now) for step in ((TELL, *HOSTED_LADDER) if i.theirs else ladder)]
        rungs += [record_step(i, ladder, calendar, to.now)] if case.to_record else []
        own = {UNATTENDED.id, TODAY, BREACH}
        rungs += [d for d in explained_steps(case, ladder, calendar, to.now) if d.step.id in own]
        due = sorted((d for d in rungs if d is not None), key=lambda d: d.step.hours)
        lines = tuple(_ladder_line(d, nudged, to.now) for d in due)
        sections.insert(0, Section(_("Clock: the 72 hours, which never stop"), returned))
        sections.append(
            Section(_("Rule: the reminders of {area}", area=area), lines or (_("No reminder is set for this area."),))
        )
    return Reply(
        title=_("Why am I reminded of {ref}?", ref=i.episode.child_ref),
        level=to.level,
        text=(lead(i, to), *over),
        sections=tuple(sections),
        footer=(_("Chat, snooze and quiet hours move reminders. Nothing moves the deadline."),),
    )


def _returned(i: OpenInterview, to: Reader) -> str:
    """Write when the child was found and back, from which the 72 hours count."""
    words = episode_lines.found_and_back(i.episode, to.now, private=to.level == 2)
    words = _("returned {words}", words=words.removeprefix("back ")) if words.startswith("back ") else words
    return f"{words[0].upper()}{words[1:]}."


def hours_line(calendar: Calendar) -> str:
    """Return the hours and days of reminders."""
    hours = calendar.hours
    days = ", ".join(hours.working_days) or _("every day")
    return _(
        "Reminders come from {end} to {start} ({days}; not on bank holidays).",
        end=f"{hours.end:%H:%M}",
        start=f"{hours.start:%H:%M}",
        days=days,
    )


def _ladder_line(due: DatedStep, nudged: Nudged, now: datetime) -> str:
    """One step of the ladder: the time it is due, its recipients, and the reminders sent of it."""
    step = due.step
    sent = [
        _("sent to {person} {when}", person=person, when=say_near(when, now))
        for slot, person, when in nudged
        if step_of(slot) == step.id
    ]
    parts = (
        step.id,
        _(
            "{spoken}{brought}",
            spoken=say_near(due.spoken, now),
            brought=_(" (brought forward: nobody works then)") if due.forward else "",
        ),
        _("to duty") if step.id == UNATTENDED.id else _("to {to}", to=", ".join(code_words(role) for role in step.to)),
        *([_("then daily")] if step.repeat_daily else []),
        *([_("not needed once it is {until}", until=step.until)] if step.until != "held" else []),
        *(sent or [_("not sent yet")]),
    )
    return " · ".join(parts)
