"""said: record what the next export will say: a child missing since, back or found, or a grade of the police.

It is ours, beside the records: it adds to lists and calls, and takes no child out of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, NoReturn

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Refused, Unclear
from bot.conversation.doubted_child import CHAT_ONLY, DoubtArguments, not_recorded
from bot.conversation.reply import Button, Form, Reply
from bot.messages import forms
from bot.messages.episode_lines import before_file_lines
from bot.messages.forms import Begun
from bot.rules.effects import SayBeforeFile, WithdrawConfirmation
from bot.rules.episodes.confirmations import BEFORE_FILE, GRADES, who_said, why_not_said, words
from bot.rules.model import Episode
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import plain
from bot.rules.text.spoken_time import NotATime, SeveralMoments, hear, written
from bot.rules.time import clock

Said = Literal["missing", "back", "grade"]


class _What(NamedTuple):
    """A thing that can be said: its kind and value, and the word by which it is typed."""

    kind: Said
    value: str
    typed: str


_WORDS = {
    "missing": _What("missing", "", "missing"),
    "back": _What("back", "returned", "back"),
    "returned": _What("back", "returned", "back"),
    "found": _What("back", "found", "found"),
    **{plain(g.replace("_", " ")): _What("grade", g, g.replace("_", " ")) for g in GRADES},
}
_SMALL = {"at", "on", "the", "since", "graded", "now"}
_NO_WHAT = "Say missing, back, found, or a grade, and when. I have not kept what you typed."
_NO_REASON = "Say how you know, after because: it is kept in the audit trail alone."
_HOW = "To say it: said REFERENCE missing|back|found|high|medium|low at TIME because REASON."


def run(ask: Ask) -> Reply:
    """Record what was said, or take it back; without words, show the state."""
    spoken = doubted_child.heard(ask)
    undo = plain(" ".join(spoken.words)) == "undo"
    begun, note = (Begun(), "") if undo else _heard(ask, spoken)
    what, at = _WORDS.get(plain(begun.word)), begun.at
    child = doubted_child.find(ask, spoken)
    police = child_lookup.who(ask).agency == "police"
    if undo:
        return _take_back(ask, child, police=police)
    if any(x.died for x in child.episodes):
        return not_recorded("The record says that the child has died: nothing is said here.")
    if what is not None and what.kind == "grade" and not police:
        raise Refused("role")
    x = None if what is None or what.kind == "missing" else _meant(ask, child, spoken)
    if what is None or at is None:
        if what is not None and what.kind != "missing" and x is None:
            return not_recorded(why_not_said(what.kind, child.episodes, x, ask.now, ask.now) or _HOW)
        if not spoken.words:
            return _state(ask, child, spoken, begun, police=police)
        raise _lacking(ask, child, spoken, begun, police=police)
    return _record(ask, child, spoken, what, x, at, note)


def _heard(ask: Ask, spoken: DoubtArguments) -> tuple[Begun, str]:
    """Parse the time and the thing that is said, and say how the time was read. Other words are refused, not kept.

    Where a form can ask for one of them, it may lack.
    """
    if not spoken.words:
        return Begun(because=spoken.because), ""
    try:
        heard = hear([w for w in spoken.words if plain(w) != "since"], ask.now, ask.partnership.calendar(), ahead=False)
    except SeveralMoments as several:
        return _asked(spoken, several)
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if ask.request.has_forms and all(plain(w) in _SMALL for w in heard.rest):
        return Begun("", heard.at, heard.day, spoken.because), heard.note
    what = _what(heard.rest)
    if heard.at is None and not ask.request.has_forms:
        raise Unclear(_when(what))
    return Begun(what.typed, heard.at, heard.day, spoken.because), heard.note


def _when(what: _What) -> str:
    return f"At what time? Say the day and the time of day too, like: {what.typed} at 18:00 because REASON."


def _lacking(ask: Ask, child: ChildFacts, spoken: DoubtArguments, begun: Begun, *, police: bool) -> Unclear:
    """Ask for what lacks in a form: the thing, its time, or how it is known."""
    what = _WORDS.get(plain(begun.word))
    sentence = _NO_WHAT if what is None else _when(what) if begun.at is None else _NO_REASON
    form = _form(ask, child, spoken, begun, police=police)
    when = written(begun.at) if begun.at else str(begun.day or "")
    typed = f"said {child.ref}{_number(ask, child, spoken)} {begun.word} {when}"
    return Unclear(sentence).asking(form, " ".join(typed.split()))


def _form(ask: Ask, child: ChildFacts, spoken: DoubtArguments, begun: Begun, *, police: bool) -> Form:
    command = f"said {child.ref}{_number(ask, child, spoken)} v{_version(child)}"
    return forms.said(command, begun, ask.now, missing=bool(_missing(child, ask.now)), police=police)


def _number(ask: Ask, child: ChildFacts, spoken: DoubtArguments) -> str:
    """Return the absence that was named, or the only open one, as it is typed."""
    open_now = [x.id for x in _missing(child, ask.now)]
    number = spoken.number if spoken.number in open_now else open_now[0] if len(open_now) == 1 else None
    return f" #{number}" if number is not None else ""


def _what(rest: Sequence[str]) -> _What:
    found = _WORDS.get(plain(" ".join(w for w in rest if plain(w) not in _SMALL)))
    if found is None:
        raise Unclear(_NO_WHAT)
    return found


def _asked(spoken: DoubtArguments, several: SeveralMoments) -> NoReturn:
    """Ask which moment is meant. A reason is never repeated, so it has to be said again."""
    shown = [f"#{spoken.number}"] if spoken.number is not None else []
    shown += [f"v{spoken.version}"] if spoken.version is not None else []
    begun = " ".join(("said", spoken.ref, *shown, _what(several.rest).typed, "at"))
    again = " Say it with your reason again, after because." if spoken.because else ""
    raise Unclear(f"{several}{again}", *(f"{begun} {written(m)}" for m in several.moments), level=1)


def _missing(child: ChildFacts, now: datetime) -> list[Episode]:
    return [x for x in child.episodes if x.kind == "missing" and x.open_at(now)]


def _meant(ask: Ask, child: ChildFacts, spoken: DoubtArguments) -> Episode | None:
    """Return the absence that a return or a grade is about; None for a child who is not missing."""
    open_now = _missing(child, ask.now)
    if spoken.number is not None:
        open_now = [x for x in open_now if x.id == spoken.number]
    if len(open_now) > 1:
        which = ", ".join(f"#{x.id} (since {clock.say_near(x.start_at, ask.now)})" for x in open_now)
        raise Unclear(f"{len(open_now)} absences of this child are open. Say of which: {which}.")
    return next(iter(open_now), None)


def _version(child: ChildFacts) -> int:
    return max(doubted_child.version(child.rulings, kind) for kind in BEFORE_FILE)


def _state(ask: Ask, child: ChildFacts, spoken: DoubtArguments, begun: Begun, *, police: bool) -> Reply:
    """Show what was said and is in force, with a form for more."""
    open_now = _missing(child, ask.now)
    lines = [f"Missing since {clock.say(x.start_at)}." for x in open_now] or ["Not missing now."]
    form = _form(ask, child, spoken, begun, police=police)
    back = any(r.holds and r.kind in BEFORE_FILE and (police or r.kind != "grade") for r in child.rulings)
    return Reply(
        title=f"Said before the file: {child.ref}",
        level=2,
        text=(*lines, *before_file_lines(child, ask.now)),
        footer=(_HOW, CHAT_ONLY),
        buttons=(
            *([] if ask.request.forms else [Button("Say what the file lacks", form.command, form=True)]),
            *([Button("Take it back", f"said {child.ref} undo")] if back else []),
        ),
        form=form if ask.request.has_forms else None,
    )


def _take_back(ask: Ask, child: ChildFacts, *, police: bool) -> Reply:
    """Take back what was said last. A grade is the police's to take back."""
    ask.log.action = "said undo"
    standing = [r for r in child.rulings if r.kind in BEFORE_FILE and r.holds]
    if not standing:
        return not_recorded("Nothing was said that could be taken back.")
    last = standing[-1]
    if last.kind == "grade" and not police:
        raise Refused("role")
    ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
    text = f"Taken back: {words(last, ask.now)}. Lists and calls go by what the files say."
    return Reply(f"Recorded for {child.ref}", 2, (text,), footer=(CHAT_ONLY,))


def _record(
    ask: Ask, child: ChildFacts, spoken: DoubtArguments, what: _What, x: Episode | None, at: datetime, note: str
) -> Reply:
    who, version = child_lookup.who(ask), _version(child)
    ask.log.action = f"said {what.kind}"
    if spoken.version is not None and spoken.version != version:
        last = max((r for r in child.rulings if r.kind in BEFORE_FILE), key=lambda r: r.id)
        return not_recorded(who_said(last, who.id, ask.now))
    if fault := why_not_said(what.kind, child.episodes, x, at, ask.now):
        return not_recorded(fault)
    if not spoken.because:
        raise _lacking(ask, child, spoken, Begun(what.typed, at), police=who.agency == "police")
    of = None if x is None else x.id
    ask.log.effects.append(
        SayBeforeFile(child.ref, version, what.kind, what.value, of, at, who.id, who.agency, ask.now)
    )
    text = {
        "missing": (
            f"{child.ref} is missing since {clock.say(at)}, as you say: in lists and calls from now on.",
            "When an export has the absence, its record is shown; until then `sources said-missing` lists it.",
        ),
        "back": (
            f"{child.ref} is {'found' if what.value == 'found' else 'back'} since {clock.say(at)}, as you say.",
            *_interview(x, at),
            "The child stays in the lists as said to be back, until the police file says so.",
        ),
        "grade": (
            f"{child.ref} is graded {what.typed} since {clock.say(at)}, as you say.",
            *_beside(x, what.value),
            "A later grade in the police file counts in its place.",
        ),
    }[what.kind]
    return Reply(
        title=f"Recorded for {child.ref}",
        level=2,
        text=(*text, *([note] if note else [])),
        footer=(CHAT_ONLY,),
        buttons=(Button("Undo", f"said {child.ref} undo"),),
    )


def _interview(x: Episode | None, at: datetime) -> tuple[str, ...]:
    if x is None:
        return ()
    start = x.interview.clock_start_at or at
    if x.hosted:
        until = clock.say(clock.interview_due(start))
        return (f"The return interview is the placing authority's, by {until}: tell them, then say told (interview).",)
    return (f"The 72 hours of the return interview run from {clock.say(start)}.",)


def _beside(x: Episode | None, said: str) -> tuple[str, ...]:
    """Say of a lower grade that it takes nothing away."""
    if said not in GRADES or x is None or x.grade is None or GRADES.index(said) <= GRADES.index(x.grade):
        return ()
    return ("The record's grade is higher: it counts, and what you say is shown beside it.",)


COMMAND = Command(
    name="said",
    summary="What the next file will say: missing since, back, found, graded, as you say now",
    usage="said REFERENCE [missing|back|found|high|medium|low at TIME because REASON | undo]",
    examples=("said OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
