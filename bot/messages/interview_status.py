"""The status of one return interview: the record, the steps reported in chat and by whom, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.conversation.command import Ask
from bot.conversation.reply import Button, Level, Reply, Row, Section
from bot.messages.episode_lines import (
    away_words,
    due_words,
    found_and_back,
    interview_mark,
    owner_of,
    state_words,
    time_left,
)
from bot.rules.catalogue import _, code_words
from bot.rules.episodes.risk_flags import rests_on_found
from bot.rules.interviews.causes import Cause
from bot.rules.interviews.hosted import moved_out
from bot.rules.interviews.state import OpenInterview, Waiting, difference_lines, in_chat, ours
from bot.rules.interviews.steps import VERBS, InterviewStep, Kind, plain, step_label, typed
from bot.rules.interviews.transitions import following, may_follow, why_not_handing, why_not_snoozing, why_not_undone
from bot.rules.model import UNREAD_AUTHORITY, CaseRelation
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import say_near

#: Steps of which a form asks the detail, each with a button of its own.
FILLED: tuple[Kind, ...] = ("attempt", "booked", "declined", "not_possible", "reopened", "late")
#: Edge case 5, from the return on: a note that came with the birthday would be a date of birth.
GROWS_UP = _("Turns 18 within the 72 hours: it is offered and held all the same, and its deadline stays.")
NOT_DUE_YET = _("Not due yet: the 72 hours begin with the return.")
THEIRS = _("the placing authority")
_LABELS = {"take": _("Take it"), "on it": _("I'm on it"), "accept": _("Accept")}
NOT_THE_RECORD = _("Chat is not the record: write it in the case system too. Figures count the record alone.")


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of an answer, with place and time. `level` 2 is in private: there every step is shown.

    `leading` says that they answer for the child's area, not for the case alone. `authority` is the child's placing
    authority, and `moved_from` the one before by episode, where they may see them.
    """

    person: Person
    partnership: Partnership
    now: datetime
    level: Level
    leading: bool = False
    authority: str | None = None
    moved_from: Mapping[int, str] = field(default_factory=dict)


def stands(
    i: OpenInterview,
    among: Sequence[OpenInterview],
    missing: bool,
    to: Reader,
    same: Sequence[OpenInterview] = (),
    cause: Cause | None = None,
) -> Reply:
    """`among` are the child's other interviews that are open; `same` those that are merged with this one.

    `cause` is what the facts suggest of an interview that was not in time.
    """
    private = to.level == 2
    said = (step_line(s, to.now, numbered=bool(i.others)) for s in i.standing.steps)
    steps = Section(_("Said in chat"), tuple(said) or (_("Nothing."),))
    lines = difference_lines(i, to.now)
    differences = (Section(_("Differences between chat and the record"), lines),) if lines else ()
    shown = [*cause_buttons(i, cause), *buttons(i, missing, to)]
    if len(among) == 1 and not i.closed:
        typed = f"merge into #{among[0].episode.id} v{i.standing.version}"
        shown.append(Button(_("One talk for this and #{episode}", episode=among[0].episode.id), command(i, typed)))
    needed = most_needed(i, shown, to)
    in_sight, menu = needed[1:IN_SIGHT], needed[IN_SIGHT:]
    return Reply(
        title=_(
            "Return interview of {ref}: {owes}{state}",
            ref=i.episode.child_ref,
            owes=_("{theirs} owes it, ", theirs=THEIRS) if i.theirs else "",
            state=code_words(i.state.name),
        ),
        level=to.level,
        text=(
            lead(i, to).pressing((*needed[:1], *menu)),
            *(lead(o, to) for o in same),
            *_not_returned(i),
            *comes_next(i, among, to),
            *cause_lines(cause),
        ),
        sections=(_record(i, to.now), steps, *differences) if private else (),
        footer=(NOT_THE_RECORD,),
        buttons=tuple(in_sight),
    )


#: Buttons in sight; the others are in the menu of the first.
IN_SIGHT = 5


def most_needed(i: OpenInterview, shown: Sequence[Button], to: Reader) -> list[Button]:
    """Return the buttons with the one that is needed most first and marked, and what explains or undoes last."""
    first = _first_needed(i, to)
    rank = {b: n for n, b in enumerate(shown)}
    order = sorted(shown, key=lambda b: (first.index(b.label) if b.label in first else len(first), rank[b]))
    late = [b for b in order if b.label in _LATE]
    order = [*(b for b in order if b not in late), *late]
    return [replace(b, primary=not n) for n, b in enumerate(order)] if not i.closed else order


_LATE = (_("Snooze"), _("Why this reminder?"))


def _first_needed(i: OpenInterview, to: Reader) -> tuple[str, ...]:
    """Return the labels of the steps that come next, the first needed most."""
    if i.standing.asked == to.person.id:
        return (_("Accept"), _("Refuse"))
    if i.theirs:
        return (_("Told"), _("Acknowledged"), _("Record")) if i.told is None else (_("Record"),)
    if i.unowned:
        return (_("Take it"), _("Record"))
    if i.unrecorded:
        return (_("Recorded"), _("Copy for the case system"))
    if i.state.needs_offer:
        return (_("Offered"), _("Record"))
    if i.state.name == "overdue":
        return (_("Held"), _("Record"), _("Attempt"))
    if i.state.name == "accepted":
        return (_("Booked"), _("Held"), _("Record"))
    return (_("Record"),)


def _state_beside(i: OpenInterview) -> tuple[str, ...]:
    """Return the state where the time left does not say it."""
    if i.closed:
        return (code_words(i.state.name),)
    if i.theirs:
        return () if i.state.name in ("due", "overdue", "held") else (i.state.name,)
    return state_words(i)


def lead(i: OpenInterview, to: Reader) -> Row:
    """Return one interview as a row: its number, return, time left, state and owner."""
    now = to.now
    returned = found_and_back(i.episode, now, private=to.level == 2)
    when = time_left(i, now) if not i.closed else ", ".join(filter(None, due_words(i.episode.interview, now)))
    words = (
        returned,
        when,
        *_state_beside(i),
        *away_words(i.episode),
        _("{whose} owes it", whose=_whose(to.authority)) if i.theirs else owner_of(i, to.partnership),
        *in_chat(i, to.partnership, now),
    )
    return Row(f"#{i.episode.id}", words, interview_mark(i))


def not_due_yet(found: Sequence[Waiting], authority: str | None) -> tuple[str, ...]:
    """One sentence for a child who is not back yet, with the authority that will owe the interview."""
    lines = []
    for w in found:
        after = (
            _(" T{whose} owes it, and is to be told of the return.", whose=_whose(authority)[1:]) if w.elsewhere else ""
        )
        lines.append(f"{NOT_DUE_YET}{after}")
    return tuple(dict.fromkeys(lines))


def _whose(authority: str | None) -> str:
    """Return the placing authority, by its code where it is known."""
    return f"{THEIRS} ({authority})" if authority and authority != UNREAD_AUTHORITY else THEIRS


def _not_returned(i: OpenInterview) -> tuple[str, ...]:
    """Edge case 19: from when the 72 hours count while no return is recorded."""
    if not (rests_on_found(i.episode) and i.undone):
        return ()
    return (_("Not returned yet: the 72 hours count from being found, and from the return once one is recorded."),)


def cause_lines(cause: Cause | None) -> tuple[str, ...]:
    """Suggest the cause of an interview that was not in time: nothing is recorded until a person says it."""
    if cause is None:
        return ()
    return (
        _(
            "Not in time. Suggested cause: {plain}, for {fact}. Confirm it, or choose another.",
            plain=plain(cause.word),
            fact=cause.fact,
        ),
    )


def cause_buttons(i: OpenInterview, cause: Cause | None) -> tuple[Button, ...]:
    """Return the button that confirms the suggested cause."""
    if cause is None:
        return ()
    words = f"{typed('late', cause.word)} v{i.standing.version}"
    return (Button(_("Cause: {plain}", plain=plain(cause.word)), command(i, words)),)


_NEXT = {
    _("due, child missing"): _("The child is missing again: it is held after the return; the 72 hours run on."),
    "held": _("To be written up in the case system within the 72 hours (copy has the answers)."),
}


def comes_next(i: OpenInterview, among: Sequence[OpenInterview], to: Reader) -> Iterator[str]:
    """Yield the next step and the prompts that go with it.

    A parent's no is not the child's (edge case 15); the carer is offered a talk; one talk for two absences (11).
    """
    yield from _of_placing(i, to)
    if not i.theirs:
        yield from _of_ours(i, among, to)


def _of_ours(i: OpenInterview, among: Sequence[OpenInterview], to: Reader) -> Iterator[str]:
    if i.state.name in _NEXT:
        yield _NEXT[i.state.name]
    found, reason = ours(i.standing), i.episode.interview.outcome_reason
    if i.state.name == "declined" and found.answer and found.answer.detail == "parent":
        yield _("A parent declined for the child: please offer it to the child directly too.")
    if i.state.name == "declined" and not (found.carer or reason == "carer_contacted"):
        yield _("The carer is to be offered a talk.")
    if among and not i.closed:
        others = ", ".join(f"#{o.episode.id}" for o in among)
        yield _("The child has another open interview ({others}): one talk may be for both (merge).", others=others)
    if i.episode.turns_18 and to.level == 2 and not i.closed:
        yield GROWS_UP
    if i.standing.asked == to.person.id:
        yield _("{asked_by} asks you to take it over.", asked_by=i.standing.asked_by)


def _of_placing(i: OpenInterview, to: Reader) -> Iterator[str]:
    """Yield the next step of an interview that another authority holds, and of one that is handed over."""
    x, before = i.episode, to.moved_from.get(i.episode.id)
    if i.handed_over and moved_out(x):
        yield (
            _(
                "The child is {whose}'s now: this interview stays ours until they take it over. "
                "Tell them of it; Acknowledged is for when they have.",
                whose=_whose(to.authority),
            )
        )
    elif i.handed_over and not i.theirs:
        yield _("It comes from {whose}, and is to be taken over.", whose=_whose(before))
    elif i.handed_over:
        yield _(
            "It comes from {whose}. Acknowledged is for when the authority of now has taken it over.",
            whose=_whose(before),
        )
    if i.theirs and not i.told:
        yield _("Tell {whose} of the return.", whose=_whose(to.authority))
    elif i.tracked:
        yield _("Ask {whose} what became of it, and record that.", whose=_whose(to.authority))


def _record(i: OpenInterview, now: datetime) -> Section:
    """The imported record alone."""
    r = i.recorded
    reason = f" ({plain(r.outcome_reason)})" if r.outcome_reason else ""
    known = (
        _("offered: {offered_at}", offered_at=say_near(r.offered_at, now)) if r.offered_at else "",
        _("answer: {plain}{reason}", plain=plain(r.response), reason=reason)
        if r.response
        else _("answer: not recorded{reason}", reason=reason)
        if reason
        else "",
        _("held: {held_at}", held_at=say_near(r.held_at, now)) if r.held_at else "",
        _("recorded: {recorded_at}", recorded_at=say_near(r.recorded_at, now)) if r.recorded_at else "",
    )
    return Section(_("In the case system's export"), tuple(filter(None, known)) or (_("Nothing."),))


def step_line(step: InterviewStep, now: datetime, *, numbered: bool = False) -> str:
    """'Wed 5 Jul 16:15 · held · north-worker (said Wed 5 Jul 16:20)'; `numbered` says of which interview."""
    until = (
        _(" for {until_at}", until_at=say_near(step.until_at, now)) if step.kind == "booked" and step.until_at else ""
    )
    until = _(" until {until_at}", until_at=say_near(step.until_at, now)) if not until and step.until_at else until
    label = f"#{step.episode_id} {step_label(step)}" if numbered else step_label(step)
    return _(
        "{step_at} · {label}{until} · {by} (said {said_at})",
        step_at=say_near(step.at, now),
        label=label,
        until=until,
        by=step.by,
        said_at=say_near(step.said_at, now),
    )


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
    if i.undone and i.standing.on_it != me and not i.theirs:
        typed.append("on it")
    shown = [Button(_LABELS.get(t, t.capitalize()), command(i, f"{t} v{i.standing.version}")) for t in typed]
    shown += _forms(i, to)
    if to.level == 2 and i.lacking:
        shown.append(Button(_("Copy for the case system"), command(i, "copy")))
    if i.others:
        shown.append(
            Button(_("#{episode} on its own", episode=i.episode.id), command(i, f"unmerge v{i.standing.version}"))
        )
    if why_not_undone(i.standing, me, now, to.partnership.delivery.undo_minutes) is None:
        shown.append(Button(_("Undo"), command(i, "undo")))
    return (*shown, Button(_("Why this reminder?"), command(i, "why")))


def _forms(i: OpenInterview, to: Reader) -> Iterator[Button]:
    """Buttons of steps that need more words: a day, a reason, a person."""
    me, now = to.person.id, to.now
    if following(i, me, now):
        yield Button(_("Record"), command(i), form=True)
    for kind in FILLED:
        if following(i, me, now, (kind,)):
            yield Button(VERBS[kind][0].capitalize(), command(i, VERBS[kind][0]), form=True)
    if not why_not_snoozing(i, me, now, to.leading):
        yield Button(_("Snooze"), command(i, "snooze"), form=True)
    if to.level == 2 and not why_not_handing(i, to.person, now, to.leading):
        yield Button(_("Hand over"), command(i, "hand to"), form=True)


def command(i: OpenInterview, typed: str = "") -> str:
    """Return the command about this interview, never about another one of the child."""
    return f"interview {i.episode.child_ref} #{i.episode.id} {typed}".strip()


def which(found: Sequence[OpenInterview], typed: str, to: Reader, form: bool = False) -> Reply:
    """Ask which of several interviews of the child is meant; nothing is guessed."""
    ref = found[0].episode.child_ref
    return Reply(
        title=_("Which return interview of {ref}?", ref=ref),
        level=to.level,
        text=(_("{n} may be meant; nothing was recorded. Say which by its number, or by its due date:", n=len(found)),),
        sections=(Section(_("Return interviews"), tuple(lead(i, to) for i in found)),),
        buttons=tuple(Button(f"#{i.episode.id}", command(i, typed), form=form) for i in found),
    )


def may_update(ask: Ask) -> Callable[[OpenInterview], bool]:
    """Return whether this person may update an interview, by its area and worker: in private alone."""
    grant = ask.grant("interview_update") if ask.request.place.level == 2 and ask.may("interview_update") else None

    def may(i: OpenInterview) -> bool:
        worker = i.episode.interview.worker
        relation = CaseRelation(frozenset({i.episode.area}), frozenset({worker} if worker else ()))
        return grant is not None and grant.covers(relation)

    return may


def row_buttons(i: OpenInterview, me: str) -> tuple[Button, ...]:
    """Return the buttons of one row of a list, each for this interview by its number.

    They carry no version: a list is read for hours, and pressing two of its buttons is not being second.
    """
    if i.standing.asked == me:  # nothing else, so that both answers are in sight
        return (Button(_("Accept"), command(i, "accept"), primary=True), Button(_("Refuse"), command(i, "refuse")))
    if i.theirs:
        told = [] if i.told else [Button(_("Told"), command(i, "told"))]
        return (*told, Button(_("Record"), command(i), form=True), Button(_("Why"), command(i, "why")))
    steps = [(_("Recorded"), "recorded", False) if i.unrecorded else (_("Record"), "", True)]
    if i.unowned:
        steps.insert(0, (_("Take it"), "take", False))
    if i.undone and i.standing.on_it != me:
        steps.append((_("I'm on it"), "on it", False))
    steps += [(_("Snooze"), "snooze", True), (_("Why"), "why", False)]
    if not i.unowned:
        steps.append((_("Hand over"), "hand to", True))
    return tuple(Button(label, command(i, typed), form) for label, typed, form in steps)
