"""The status of one return interview: the record, the steps reported in chat and by whom, and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.reply import Button, Fact, Level, Reply, Section
from bot.messages.episode_lines import due_words, owner_of, time_left
from bot.rules.interviews.state import OpenInterview, Waiting, difference_lines, in_chat, ours
from bot.rules.interviews.steps import VERBS, InterviewStep, Kind, plain, step_label
from bot.rules.interviews.transitions import following, may_follow, why_not_handing, why_not_snoozing, why_not_undone
from bot.rules.model import UNREAD_AUTHORITY
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import say, say_day, say_left, say_near

#: Steps of which a form asks the detail, each with a button of its own.
FILLED: tuple[Kind, ...] = ("attempt", "booked", "declined", "not_possible", "reopened")
#: Edge case 5, from the return on: a note that came with the birthday would be a date of birth.
GROWS_UP = "Turns 18 within the 72 hours: it is offered and held all the same, and its deadline stays."
_LABELS = {"take": "Take it", "on it": "I'm on it", "accept": "Take it over"}
NOT_THE_RECORD = "Chat is not the record: write it in the case system too. Figures count the record alone."


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of an answer, with place and time. `level` 2 is in private: there every step is shown.

    `leading` says that they answer for the child's area, not for the case alone.
    """

    person: Person
    partnership: Partnership
    now: datetime
    level: Level
    leading: bool = False


def stands(
    i: OpenInterview, among: Sequence[OpenInterview], missing: bool, to: Reader, same: Sequence[OpenInterview] = ()
) -> Reply:
    """`among` are the child's other interviews that are open; `same` those that are merged with this one."""
    private = to.level == 2
    said = (step_line(s, to.now, numbered=bool(i.others)) for s in i.standing.steps)
    steps = Section("Said in chat", tuple(said) or ("Nothing.",))
    lines = difference_lines(i)
    differences = (Section("Differences between chat and the record", lines),) if lines else ()
    limit = i.episode.interview.counts_until
    facts = (Fact("Deadline", say(limit) if limit else None), Fact("Time left", say_left(i.left)))
    shown = list(buttons(i, missing, to))
    if len(among) == 1 and not i.closed:
        typed = f"merge into #{among[0].episode.id} v{i.standing.version}"
        shown.insert(0, Button(f"One talk for this and #{among[0].episode.id}", command(i, typed)))
    return Reply(
        title=f"Return interview of {i.episode.child_ref}: {i.state.name}",
        level=to.level,
        text=(lead(i, to), *(lead(o, to) for o in same), *comes_next(i, among, to)),
        facts=facts if private else (),
        sections=(_record(i), steps, *differences) if private else (),
        footer=(NOT_THE_RECORD,),
        buttons=tuple(shown),
    )


def lead(i: OpenInterview, to: Reader) -> str:
    back, now = i.episode.interview.clock_start_at, to.now
    returned = f"back {(say_day if i.episode.interview.date_only else say)(back)}" if back else "return not known"
    when = time_left(i, now) if not i.closed else ", ".join(filter(None, due_words(i.episode.interview, now)))
    return " · ".join(
        (
            f"#{i.episode.id}",
            returned,
            when,
            i.state.name,
            owner_of(i, to.partnership),
            *in_chat(i, to.partnership, now),
        )
    )


def not_ours_yet(found: Sequence[Waiting], authority: str | None, now: datetime) -> tuple[str, ...]:
    """One sentence each for a child who is not back yet, and for the newest interview that is another authority's."""
    named = f" ({authority})" if authority and authority != UNREAD_AUTHORITY else ""
    lines = []
    for w in (*[w for w in found if not w.back], *[w for w in found if w.back][-1:]):
        whose, limit = f"the placing authority{named}", w.episode.interview.counts_until
        if not w.back:
            after = f" {whose[0].upper()}{whose[1:]} owes it, and is to be told of the return." if w.elsewhere else ""
            lines.append(f"Not due yet: the 72 hours begin with the return.{after}")
        else:
            when = ", ".join(filter(None, due_words(w.episode.interview, now)))
            over = " (that time is over)" if limit is not None and limit < now else ""
            lines.append(f"Owed by {whose}, to be told of the return: {when}{over}.")
    return tuple(dict.fromkeys(lines))


_NEXT = {
    "due, child missing": "The child is missing again: it is held after the return; the 72 hours run on.",
    "due": "Next: offer it, and say offered.",
    "offered": "Next: the child's answer (accepted, declined by child, declined by parent), or an attempt.",
    "overdue": "Next: hold it, and say held; or log an attempt.",
    "accepted": "Next: book it (booked tomorrow 10:00), or say held.",
    "held": "Next: write it up in the case system within the 72 hours, and say recorded.",
}


def comes_next(i: OpenInterview, among: Sequence[OpenInterview], to: Reader) -> Iterator[str]:
    """Yield the next step and the prompts that go with it.

    A parent's no is not the child's (edge case 15); the carer is offered a talk; one talk for two absences (11).
    """
    if i.state.needs_offer:
        yield "Next: offer it, by phone if need be, and say offered."
    elif i.state.name in _NEXT:
        yield _NEXT[i.state.name]
    found, reason = ours(i.standing), i.episode.interview.outcome_reason
    if i.state.name == "declined" and found.answer and found.answer.detail == "parent":
        yield "A parent declined for the child: please offer it to the child directly too."
    if i.state.name == "declined" and not (found.carer or reason == "carer_contacted"):
        yield "Offer the carer a talk, then say carer contacted."
    if among and not i.closed:
        others = ", ".join(f"#{o.episode.id}" for o in among)
        yield f"The child has another open interview ({others}). One talk for both? Say merge."
    if i.episode.turns_18 and to.level == 2 and not i.closed:
        yield GROWS_UP
    if i.standing.asked == to.person.id:
        yield f"{i.standing.asked_by} asks you to take it over: say accept, or refuse."


def _record(i: OpenInterview) -> Section:
    """The imported record alone."""
    r = i.recorded
    times = (("offered", r.offered_at), ("held", r.held_at), ("recorded", r.recorded_at))
    lines = [f"{name}: {say(at) if at else 'not recorded'}" for name, at in times]
    answer = plain(r.response) if r.response else "not recorded"
    reason = f" ({plain(r.outcome_reason)})" if r.outcome_reason else ""
    return Section("In the case system's export", (lines[0], f"answer: {answer}{reason}", *lines[1:]))


def step_line(step: InterviewStep, now: datetime, *, numbered: bool = False) -> str:
    """'Wed 5 Jul 16:15 · held · north-worker (said Wed 5 Jul 16:20)'; `numbered` says of which interview."""
    until = f" for {say_near(step.until_at, now)}" if step.kind == "booked" and step.until_at else ""
    until = f" until {say_near(step.until_at, now)}" if not until and step.until_at else until
    label = f"#{step.episode_id} {step_label(step)}" if numbered else step_label(step)
    return f"{say_near(step.at, now)} · {label}{until} · {step.by} (said {say_near(step.said_at, now)})"


def buttons(i: OpenInterview, missing: bool, to: Reader) -> tuple[Button, ...]:
    """Return a button for each step that may follow, with the version that was shown: the second to press is told.

    A button that opens a form carries no version: the form has the one of when it is opened.
    """
    me, now = to.person.id, to.now
    typed = list(may_follow(i, me, now, missing))
    if i.standing.asked == me:
        typed += ["accept", "refuse"]
    elif i.unowned:
        typed.append("take")
    if i.undone and i.standing.on_it != me:
        typed.append("on it")
    shown = [Button(_LABELS.get(t, t.capitalize()), command(i, f"{t} v{i.standing.version}")) for t in typed]
    shown += _forms(i, to)
    if i.others:
        shown.append(Button(f"#{i.episode.id} on its own", command(i, f"unmerge v{i.standing.version}")))
    if why_not_undone(i.standing, me, now, to.partnership.delivery.undo_minutes) is None:
        shown.append(Button("Undo", command(i, "undo")))
    return (*shown, Button("Why this reminder?", command(i, "why")))


def _forms(i: OpenInterview, to: Reader) -> Iterator[Button]:
    """Buttons of steps that need more words: a day, a reason, a person."""
    me, now = to.person.id, to.now
    if following(i, me, now):
        yield Button("Record", command(i), form=True)
    for kind in FILLED:
        if following(i, me, now, (kind,)):
            yield Button(VERBS[kind][0].capitalize(), command(i, VERBS[kind][0]), form=True)
    if not why_not_snoozing(i, me, now, to.leading):
        yield Button("Snooze", command(i, "snooze"), form=True)
    if to.level == 2 and not why_not_handing(i, to.person, now, to.leading):
        yield Button("Hand over", command(i, "hand to"), form=True)


def command(i: OpenInterview, typed: str = "") -> str:
    """Return the command about this interview, never about another one of the child."""
    return f"interview {i.episode.child_ref} #{i.episode.id} {typed}".strip()


def which(found: Sequence[OpenInterview], typed: str, to: Reader, form: bool = False) -> Reply:
    """Ask which of several interviews of the child is meant; nothing is guessed."""
    ref = found[0].episode.child_ref
    return Reply(
        title=f"Which return interview of {ref}?",
        level=to.level,
        text=(f"{len(found)} may be meant; nothing was recorded. Say which by its number, or by its due date:",),
        sections=(Section("Return interviews", tuple(lead(i, to) for i in found)),),
        buttons=tuple(Button(f"#{i.episode.id}", command(i, typed), form=form) for i in found),
    )


def line_buttons(i: OpenInterview, me: str, line: int) -> tuple[Button, ...]:
    """Return the buttons beside one line of a list, each for this interview by its number.

    They carry no version: a list is read for hours, and pressing two of its buttons is not being second.
    """
    steps = [("Recorded", "recorded", False) if i.unrecorded else ("Record", "", True)]
    if i.standing.asked == me:
        steps.append(("Take it over", "accept", False))
    elif i.unowned:
        steps.append(("Take it", "take", False))
    if i.undone and i.standing.on_it != me:
        steps.append(("I'm on it", "on it", False))
    steps += [("Snooze", "snooze", True), ("Why", "why", False)]
    if not i.unowned and i.standing.asked != me:
        steps.append(("Hand over", "hand to", True))
    return tuple(Button(label, command(i, typed), line, form) for label, typed, form in steps)
