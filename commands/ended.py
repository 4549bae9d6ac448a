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
from bot.messages.forms import Begun
from bot.rules.catalogue import _
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
_NO_REASON = _("Say how you know, after because: it is kept in the audit trail alone.")
_HOW = _("To say it: ended REFERENCE [{ends}] at TIME because REASON.", ends="|".join(ENDS))


def run(ask: Ask) -> Reply:
    """Record an end or take one back; without a time, show the state."""
    spoken = doubted_child.heard(ask)
    undo = plain(" ".join(spoken.words)) == "undo"
    begun, note = (Begun(), "") if undo else _when(ask, spoken)
    child = doubted_child.find(ask, spoken)
    if undo:
        ask.log.action = "ended undo"
        last = doubted_child.standing(child, "end")
        if last is None:
            return not_recorded(_("Nothing was said that could be taken back."))
        ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
        text = _("Taken back: {words}. The child is missing again, by the records.", words=words(last, ask.now))
        return Reply(_("Recorded for {ref}", ref=child.ref), 2, (text,), footer=(CHAT_ONLY,))
    if any(x.died for x in child.episodes):
        return not_recorded(_("The record says that the child has died: nothing is said here."))
    found = _meant(ask, child, spoken)
    if found is None:
        return _state(ask, child, None, begun)
    if begun.at is None:
        if not spoken.words:
            return _state(ask, child, found, begun)
        if ask.request.has_forms and (fault := _why_not(ask, child, found, None)):
            return not_recorded(fault)
        raise _lacking(child, found, begun, _("Say when, too: ended REFERENCE at 18:00 because REASON."), ask.now)
    reply = _record(ask, child, found, spoken, begun.at, begun)
    return replace(reply, text=(*reply.text, note)) if note and reply.status == "ok" else reply


def _when(ask: Ask, spoken: DoubtArguments) -> tuple[Begun, str]:
    """Parse the time and the way an absence ended, and say how the time was read.

    Other words are refused and not kept. Where a form can ask for the time of day, it may lack.
    """
    try:
        heard = hear(spoken.words, ask.now, ask.partnership.calendar(), ahead=False)
    except SeveralMoments as several:
        return _asked(spoken, several)
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if heard.day is not None and not ask.request.has_forms:
        raise Unclear(_("At what time? Say the time of day too, like: at 18:00."))
    return Begun(_reason(heard.rest), heard.at, heard.day, spoken.because), heard.note


def _lacking(child: ChildFacts, x: Episode, begun: Begun, sentence: str, now: datetime) -> Unclear:
    """Ask for what lacks, in a form where there are forms: its time, or how it is known."""
    when = f"at {written(begun.at)}" if begun.at else str(begun.day or "")
    typed = " ".join(f"ended {child.ref} #{x.id} {begun.word} {when}".split())
    return Unclear(sentence).asking(forms.ended(_command(child, x), begun, now), typed)


def _command(child: ChildFacts, x: Episode) -> str:
    return f"ended {child.ref} #{x.id} v{doubted_child.version(child.rulings, 'end')}"


def _reason(rest: Sequence[str]) -> str:
    reason = _REASONS.get(plain(" ".join(w for w in rest if w not in _SMALL)))
    if reason is None:
        raise Unclear(_("Say how it ended in one of these words, or not at all: {ends}.", ends=", ".join(ENDS)))
    return reason


def _asked(spoken: DoubtArguments, several: SeveralMoments) -> NoReturn:
    """Ask which moment is meant. A reason is never repeated, so it has to be said again."""
    words = [f"#{spoken.number}"] if spoken.number is not None else []
    words += [f"v{spoken.version}"] if spoken.version is not None else []
    words += filter(None, [_reason(several.rest)])
    begun = " ".join(("ended", spoken.ref, *words, "at"))
    again = _(" Say it with your reason again, after because.") if spoken.because else ""
    raise Unclear(f"{several}{again}", *(f"{begun} {written(m)}" for m in several.moments), level=1)


def _meant(ask: Ask, child: ChildFacts, spoken: DoubtArguments) -> Episode | None:
    """Return the episode that was named, or the open one that no file holds; None for a child in no list."""
    if spoken.number is not None:
        found = next((x for x in child.episodes if x.id == spoken.number), None)
        if found is None:
            raise Unclear(_("This child has no such episode. Ask without a number to see them."))
        return found
    open_now = [x for x in child.episodes if x.open_at(ask.now)]
    gone = [x for x in open_now if not child.holders.get(x.id)]
    if len(gone) > 1:
        which = ", ".join(
            _("#{id} (since {start_at})", id=x.id, start_at=clock.say_near(x.start_at, ask.now)) for x in gone
        )
        raise Unclear(_("{n} absences of this child are in no file. Say of which: {which}.", n=len(gone), which=which))
    return next(iter((*gone, *open_now)), None)


def _why_not(ask: Ask, child: ChildFacts, x: Episode, at: datetime | None) -> str | None:
    """Return the reason against recording an end of this episode, or None."""
    said = next((r for r in child.rulings if r.kind == "missing" and r.id == x.saying), None)
    if said and not (x.police or x.council):
        taken = arguments.source(ask, "police").taken_at
        if taken is None or taken <= said.said_at:
            return _(
                "No police file has come since it was said: say that the child is back (said {ref} back).",
                ref=child.ref,
            )
    held = [arguments.source(ask, source) for source in child.holders.get(x.id, ())]
    return why_not_ended(x, at, ask.now, ask.partnership, held)


def _state(ask: Ask, child: ChildFacts, x: Episode | None, begun: Begun) -> Reply:
    """Show what is known of the absence, with a form or button where its end can be recorded."""
    lines = list(end_lines(child, ask.facts.freshness(ask.now), ask.now))
    fault = _why_not(ask, child, x, None) if x else None
    if x is None and not lines:
        lines = [_("Not missing now: there is nothing to end.")]
    if x is not None:
        lines.append(
            fault
            or _("Missing since {start_at}; no file holds it any more.", start_at=clock.say_near(x.start_at, ask.now))
        )
    command = _command(child, x) if x and not fault else ""
    back = doubted_child.standing(child, "end")
    return Reply(
        title=_("End of an absence: {ref}", ref=child.ref),
        level=2,
        text=tuple(lines),
        footer=(*([_HOW] if command else []), CHAT_ONLY),
        buttons=(
            *([Button(_("Say that it has ended"), command, form=True)] if command and not ask.request.forms else []),
            *([Button(_("Take it back"), f"ended {child.ref} undo")] if back else []),
        ),
        form=forms.ended(command, begun, ask.now) if command and ask.request.has_forms else None,
    )


def _record(ask: Ask, child: ChildFacts, x: Episode, spoken: DoubtArguments, at: datetime, begun: Begun) -> Reply:
    who, version = child_lookup.who(ask), doubted_child.version(child.rulings, "end")
    ask.log.action = "ended"
    if spoken.version is not None and spoken.version != version:
        return not_recorded(who_said(max(child.rulings, key=lambda r: r.id), who.id, ask.now))
    if fault := _why_not(ask, child, x, at):
        return not_recorded(fault)
    if not spoken.because:
        raise _lacking(child, x, begun, _NO_REASON, ask.now)
    reason = begun.word
    ask.log.effects.append(ConfirmEnd(child.ref, version, x.id, at, reason, who.id, who.agency, ask.now))
    how = f", {END_WORDS[reason]}" if reason else ""
    start = x.interview.clock_start_at or at
    if x.kind != "missing" and not x.repeat_away:
        due = _("Away from placement: no return interview is expected.")
    elif x.hosted:
        until = clock.say_near(clock.interview_due(start), ask.now)
        due = _(
            "The return interview is the placing authority's, by {until}: tell them, then say told (interview).",
            until=until,
        )
    else:
        due = _("The 72 hours of the return interview run from {start}.", start=clock.say_near(start, ask.now))
    return Reply(
        title=_("Recorded for {ref}", ref=child.ref),
        level=2,
        text=(
            _("{ref} is back since {at}{how}, as you say.", ref=child.ref, at=clock.say_near(at, ask.now), how=how),
            due,
            _("A file that has the record open again opens the absence again."),
        ),
        footer=(CHAT_ONLY,),
        buttons=(Button(_("Undo"), f"ended {child.ref} undo"),),
    )


COMMAND = Command(
    name="ended",
    summary=_("An absence that no file holds any more is over: the police or the child's team say so"),
    usage="ended REFERENCE [HOW] [at TIME because REASON | undo]",
    examples=("ended OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
