"""ended: record the end of an absence that no file holds any more, as the police or the child's team say.

An agency's record that comes back open opens it again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from bot.conversation import arguments, child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.doubted_child import CHAT_ONLY, DoubtArguments, not_recorded
from bot.conversation.reply import Button, Reply
from bot.messages import forms
from bot.messages.episode_lines import end_lines
from bot.rules.effects import ConfirmEnd, WithdrawConfirmation
from bot.rules.episodes.confirmations import END_WORDS, ENDS, who_said, why_not_ended, words
from bot.rules.model import Episode
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import plain
from bot.rules.text.spoken_time import NotATime, SeveralMoments, hear, written
from bot.rules.time import clock

_REASONS = {plain(word): word for word in ENDS} | {plain(spoken): word for word, spoken in END_WORDS.items()}
_REASONS |= {"": "", "back": "", "returned": "returned_self", "found": "found_by_police"}
_SMALL = {"at", "on", "the"}
_HOW = f"To say it: ended REFERENCE [{'|'.join(ENDS)}] at TIME because REASON."


def run(ask: Ask) -> Reply:
    """Record an end or take one back; without a time, show the state."""
    spoken = doubted_child.heard(ask)
    at, reason, note = _when(ask, spoken)
    child = doubted_child.find(ask, spoken)
    if reason == "undo":
        ask.log.action = "ended undo"
        last = doubted_child.standing(child, "end")
        if last is None:
            return not_recorded("Nothing was said that could be taken back.")
        ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
        text = f"Taken back: {words(last, ask.now)}. The child is missing again, by the records."
        return Reply(f"Recorded for {child.ref}", 2, (text,), footer=(CHAT_ONLY,))
    if any(x.died for x in child.episodes):
        return not_recorded("The record says that the child has died: nothing is said here.")
    found = _meant(ask, child, spoken)
    if found is None:
        return _state(ask, child, None)
    if at is None:
        if reason or spoken.words:
            raise Unclear("Say when, too: ended REFERENCE at 18:00 because REASON.")
        return _state(ask, child, found)
    reply = _record(ask, child, found, spoken, at, reason)
    return replace(reply, text=(*reply.text, note)) if note and reply.status == "ok" else reply


def _when(ask: Ask, spoken: DoubtArguments) -> tuple[datetime | None, str, str]:
    """Parse the time and the way an absence ended, or 'undo', and say how the time was read.

    Other words are refused and not kept.
    """
    if plain(" ".join(spoken.words)) == "undo":
        return None, "undo", ""
    try:
        heard = hear(spoken.words, ask.now, ask.partnership.calendar(), ahead=False)
    except SeveralMoments as several:
        return _asked(spoken, several)
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if heard.day is not None:
        raise Unclear("At what time? Say the time of day too, like: at 18:00.")
    return heard.at, _reason(heard.rest), heard.note


def _reason(rest: Sequence[str]) -> str:
    reason = _REASONS.get(plain(" ".join(w for w in rest if w not in _SMALL)))
    if reason is None:
        raise Unclear(f"Say how it ended in one of these words, or not at all: {', '.join(ENDS)}.")
    return reason


def _asked(spoken: DoubtArguments, several: SeveralMoments) -> NoReturn:
    """Ask which moment is meant. A reason is never repeated, so it has to be said again."""
    words = [f"#{spoken.number}"] if spoken.number is not None else []
    words += [f"v{spoken.version}"] if spoken.version is not None else []
    words += filter(None, [_reason(several.rest)])
    begun = " ".join(("ended", spoken.ref, *words, "at"))
    again = " Say it with your reason again, after because." if spoken.because else ""
    raise Unclear(f"{several}{again}", *(f"{begun} {written(m)}" for m in several.moments), level=1)


def _meant(ask: Ask, child: ChildFacts, spoken: DoubtArguments) -> Episode | None:
    """Return the episode that was named, or the open one that no file holds; None for a child in no list."""
    if spoken.number is not None:
        found = next((x for x in child.episodes if x.id == spoken.number), None)
        if found is None:
            raise Unclear("This child has no such episode. Ask without a number to see them.")
        return found
    open_now = [x for x in child.episodes if x.open_at(ask.now)]
    gone = [x for x in open_now if not child.holders.get(x.id)]
    if len(gone) > 1:
        which = ", ".join(f"#{x.id} (since {clock.say_near(x.start_at, ask.now)})" for x in gone)
        raise Unclear(f"{len(gone)} absences of this child are in no file. Say of which: {which}.")
    return next(iter((*gone, *open_now)), None)


def _why_not(ask: Ask, child: ChildFacts, x: Episode, at: datetime | None) -> str | None:
    """Return the reason against recording an end of this episode, or None."""
    said = next((r for r in child.rulings if r.kind == "missing" and r.id == x.saying), None)
    if said and not (x.police or x.council):
        taken = arguments.source(ask, "police").taken_at
        if taken is None or taken <= said.said_at:
            return f"No police file has come since it was said: say that the child is back (said {child.ref} back)."
    held = [arguments.source(ask, source) for source in child.holders.get(x.id, ())]
    return why_not_ended(x, at, ask.now, ask.partnership, held)


def _state(ask: Ask, child: ChildFacts, x: Episode | None) -> Reply:
    """Show what is known of the absence, with a form or button where its end can be recorded."""
    lines = list(end_lines(child, ask.facts.freshness(ask.now), ask.now))
    fault = _why_not(ask, child, x, None) if x else None
    if x is None and not lines:
        lines = ["Not missing now: there is nothing to end."]
    if x is not None:
        lines.append(fault or f"Missing since {clock.say(x.start_at)}; no file holds it any more.")
    command = f"ended {child.ref} #{x.id} v{doubted_child.version(child.rulings, 'end')}" if x and not fault else ""
    back = doubted_child.standing(child, "end")
    return Reply(
        title=f"End of an absence: {child.ref}",
        level=2,
        text=tuple(lines),
        footer=(*([_HOW] if command else []), CHAT_ONLY),
        buttons=(
            *([Button("Say that it has ended", command, form=True)] if command and not ask.request.forms else []),
            *([Button("Take it back", f"ended {child.ref} undo")] if back else []),
        ),
        form=forms.ended(command, ask.now) if command and ask.request.forms else None,
    )


def _record(ask: Ask, child: ChildFacts, x: Episode, spoken: DoubtArguments, at: datetime, reason: str) -> Reply:
    who, version = child_lookup.who(ask), doubted_child.version(child.rulings, "end")
    ask.log.action = "ended"
    if spoken.version is not None and spoken.version != version:
        return not_recorded(who_said(max(child.rulings, key=lambda r: r.id), who.id, ask.now))
    if fault := _why_not(ask, child, x, at):
        return not_recorded(fault)
    if not spoken.because:
        raise Unclear("Say how you know, after because: it is kept in the audit trail alone.")
    ask.log.effects.append(ConfirmEnd(child.ref, version, x.id, at, reason, who.id, who.agency, ask.now))
    how = f", {END_WORDS[reason]}" if reason else ""
    if x.kind != "missing" and not x.repeat_away:
        due = "Away from placement: no return interview is expected."
    elif x.hosted:
        until = clock.say(clock.interview_due(x.interview.clock_start_at or at))
        due = f"The return interview is the placing authority's, by {until}: tell them, then say told (interview)."
    else:
        due = f"The 72 hours of the return interview run from {clock.say(x.interview.clock_start_at or at)}."
    return Reply(
        title=f"Recorded for {child.ref}",
        level=2,
        text=(
            f"{child.ref} is back since {clock.say(at)}{how}, as you say.",
            due,
            "A file that has the record open again opens the absence again.",
        ),
        footer=(CHAT_ONLY,),
        buttons=(Button("Undo", f"ended {child.ref} undo"),),
    )


COMMAND = Command(
    name="ended",
    summary="An absence that no file holds any more is over: the police or the child's team say so",
    usage="ended REFERENCE [HOW] [at TIME because REASON | undo]",
    examples=("ended OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
