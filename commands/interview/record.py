"""Record a step of a return interview: checked by the rules, then stored with the answer, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Refused
from bot.conversation.reply import Button, Reply
from bot.messages.interview_status import NOT_THE_RECORD, Reader, comes_next, command
from bot.rules.access.absences import listed
from bot.rules.effects import NotifyPerson, RecordStep
from bot.rules.interviews import state
from bot.rules.interviews.state import OpenInterview, seen
from bot.rules.interviews.steps import (
    CHANGED_MIND,
    OF_INTERVIEW,
    InterviewStep,
    Kind,
    NotUnderstood,
    ParsedStep,
    standing,
    step_label,
    who_was_first,
)
from bot.rules.interviews.transitions import StepAttempt, why_not, why_not_undone
from bot.rules.time.clock import say as say_moment
from commands.interview.find import ChildInterviews

GONE = "This has changed since you saw it. Please ask again."


class NotRecordedStep(Exception):
    """The reason against recording a step, as one plain sentence."""


def say(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> Reply:
    """Record the step, or return the reason against it. The second of two people is told who was first."""
    try:
        if spoken.version is not None and spoken.version != i.standing.version:
            newest = i.standing.newest
            raise NotRecordedStep(who_was_first(newest, child_lookup.who(ask).id) if newest else GONE)
        meant = _HOW.get(spoken.verb, _plain)(ask, found, i, spoken)
        step = meant.step
        if step.kind != "undone" and (
            fault := why_not(StepAttempt(step, i, found.missing_at(step.at), found.interviews))
        ):
            raise NotRecordedStep(fault)
    except NotRecordedStep as fault:
        return Reply("Not recorded", 0, (str(fault),), status="refused")
    ask.log.deeds += [step, *meant.tell]
    return _done(ask, found, i, meant)


def _step(ask: Ask, i: OpenInterview, kind: Kind, spoken: ParsedStep) -> RecordStep:
    return RecordStep(
        episode_id=i.episode.id,
        version=i.standing.version,
        kind=kind,
        at=spoken.at or ask.now,
        said_at=ask.now,
        by=child_lookup.who(ask).id,
        until_at=spoken.until_at,
        detail=spoken.detail,
    )


@dataclass(frozen=True, slots=True)
class StepConfirmed:
    """The step to record, the lines to show, and the people to tell."""

    step: RecordStep
    lines: tuple[str, ...] = ()
    tell: tuple[NotifyPerson, ...] = ()


def _plain(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Return the step as it was parsed."""
    kind: Kind = spoken.verb  # type: ignore[assignment]  # every verb without a way of its own is a kind
    return StepConfirmed(_step(ask, i, kind, spoken))


def _accepted(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Return the acceptance; after a decline it opens the interview again."""
    detail = CHANGED_MIND if i.state.name == "declined" else ""
    return StepConfirmed(_step(ask, i, "accepted", replace(spoken, detail=detail)))


def _merged(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Merge into the interview that was named, or the only other open one."""
    others = [o for o in found.interviews if o.episode.id != i.episode.id and not o.closed]
    if not spoken.to and len(others) > 1:
        named = ", ".join(f"merge into #{o.episode.id}" for o in others)
        raise NotUnderstood(f"With which of the others? Say: {named}.")
    to = spoken.to or (str(others[0].episode.id) if others else "")
    line = f"One talk for #{i.episode.id} and #{to}: its time is tested against each deadline."
    return StepConfirmed(replace(_step(ask, i, "merged", spoken), to=to), (line,))


def _on_it(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    until = state.on_it_until(ask.partnership.calendar(i.episode.area), ask.now)
    line = "Without an attempt or another step by then, it comes back."
    return StepConfirmed(_step(ask, i, "on_it", replace(spoken, until_at=until)), (line,))


def _snoozed(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    wanted = spoken.until_at or ask.now
    if fault := state.why_not_snoozed(wanted, i, ask.now, found.leading):
        raise NotRecordedStep(fault)
    until = state.snoozed_until(wanted, i, found.leading)
    capped = ("That would be after the deadline, so it ends there: later needs a manager.",) if until < wanted else ()
    line = "Your own reminders wait; it stays in every list, and nobody else's reminders change."
    return StepConfirmed(_step(ask, i, "snoozed", replace(spoken, until_at=until)), (*capped, line))


def _taken(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    if fault := state.why_not_taken(i, child_lookup.who(ask), found.leading):
        raise NotRecordedStep(fault)
    return StepConfirmed(_step(ask, i, "took_over", spoken))


def _handed(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Offer a hand-over, in private alone: the candidates depend on the child, not on the list."""
    by = child_lookup.who(ask)
    if ask.request.place.level != 2:
        raise Refused("place_level")
    to = listed(ask.facts.trail.listed(), spoken.to)
    if to is None:
        raise NotRecordedStep("Nobody of that id is listed here. Ask your administrator for the person's id.")
    fault = state.why_not_handed(i, by, found.leading)
    if fault := fault or state.why_not_to(to, by, found.relation, ask.partnership, ask.now):
        raise NotRecordedStep(fault)
    text = f"{by.id} asks you to take over a return interview: ask for interviews mine, then say accept or refuse."
    told = NotifyPerson(to.id, "hand_over", text, ask.now)
    step = replace(_step(ask, i, "handed_over", spoken), to=to.id)
    return StepConfirmed(step, (f"Nothing changes until {to.id} accepts.",), (told,))


def _hand_over_answered(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    me = child_lookup.who(ask).id
    if i.standing.asked != me:
        raise NotRecordedStep(
            "No hand-over waits for you here. If the child said yes, say accepted; if no, say declined by child."
        )
    kind: Kind = "took_over" if spoken.verb == "accept" else "refused_hand_over"
    text = f"{me} has {'taken over' if kind == 'took_over' else 'not taken over'} a return interview of yours."
    told = NotifyPerson(i.standing.asked_by, "hand_over", text, ask.now)
    return StepConfirmed(_step(ask, i, kind, spoken), tell=(told,))


def _undone(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    me, minutes = child_lookup.who(ask).id, ask.partnership.delivery.undo_minutes
    if fault := why_not_undone(i.standing, me, ask.now, minutes):
        raise NotRecordedStep(fault)
    newest = i.standing.newest
    line = (f"Taken back: {step_label(newest)}.",) if newest else ()
    return StepConfirmed(replace(_step(ask, i, "undone", spoken), undoes=i.standing.version), line)


_HOW: dict[str, Callable[[Ask, ChildInterviews, OpenInterview, ParsedStep], StepConfirmed]] = {
    "accepted": _accepted,
    "merged": _merged,
    "on_it": _on_it,
    "snoozed": _snoozed,
    "took_over": _taken,
    "handed_over": _handed,
    "accept": _hand_over_answered,
    "refuse": _hand_over_answered,
    "undo": _undone,
}


def _done(ask: Ask, found: ChildInterviews, i: OpenInterview, meant: StepConfirmed) -> Reply:
    """Confirm the recorded step with its time, the state after it, and the button that takes it back."""
    step, level = meant.step, ask.request.place.level
    taken_back = [s for s in i.standing.steps if step.undoes is None or s.id != step.undoes]
    steps = [*taken_back, *([_as_step(step)] if step.kind != "undone" else [])]
    recorded = replace(i.episode, interview=i.recorded)
    after = seen(recorded, i.state.name == "due, child missing", ask.now, standing(steps, ask.now))
    reader = Reader(child_lookup.who(ask), ask.partnership, ask.now, 2 if level == 2 else 1)
    others = [o for o in found.interviews if o.episode.id != i.episode.id and not o.closed]
    stays = (
        ("The record says otherwise, so it stays in the lists until the record agrees.",) if after.differences else ()
    )
    undo, minutes = Button("Undo", command(i, "undo")), ask.partnership.delivery.undo_minutes
    return Reply(
        title=f"Recorded for {found.ref} #{i.episode.id}",
        level=reader.level,
        text=(*_echo(step), *meant.lines, *stays, *comes_next(after, others, reader)),
        footer=(NOT_THE_RECORD, *([] if step.kind == "undone" else [f"Undo within {minutes:g} min."])),
        buttons=(*([] if step.kind == "undone" else [undo]), Button("How it stands", command(i))),
    )


def _echo(step: RecordStep) -> tuple[str, ...]:
    if step.kind == "undone":
        return ()
    when = f", {say_moment(step.at)}" if step.kind in OF_INTERVIEW and step.kind != "booked" else ""
    until = (
        "" if step.until_at is None else f" {'for' if step.kind == 'booked' else 'until'} {say_moment(step.until_at)}"
    )
    return (f"{step_label(_as_step(step)).capitalize()}{when}{until}.",)


def _as_step(deed: RecordStep) -> InterviewStep:
    """Return the step as it will be stored. Its number, not known yet, is larger than any."""
    names = ("episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")
    return InterviewStep(id=deed.version + 1, **{name: getattr(deed, name) for name in names})
