"""said: record what the next export will say: a child missing since, back or found, or a grade of the police; and a
child whom no export has yet.

It is ours, beside the records: it adds to lists and calls, and takes no child out of them.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, NoReturn

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Refused, Unclear
from bot.conversation.doubted_child import CHAT_ONLY, DoubtArguments, not_recorded
from bot.conversation.reply import Button, Form, Reply
from bot.ingest.cells import read_code
from bot.ingest.rejects import CellError
from bot.messages import forms
from bot.messages.episode_lines import before_file_lines
from bot.messages.forms import Begun
from bot.rules.catalogue import _
from bot.rules.effects import SayBeforeFile, SayNewChild, WithdrawConfirmation
from bot.rules.episodes.confirmations import BEFORE_FILE, GRADES, who_said, why_not_new, why_not_said, words
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Area
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import find_area, plain
from bot.rules.text.area_names import spoken as spoken_area
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
_NO_WHAT = _("Say missing, back, found, or a grade, and when. I have not kept what you typed.")
_NO_REASON = _("Say how you know, after because: it is kept in the audit trail alone.")
_HOW = _("To say it: said REFERENCE missing|back|found|high|medium|low at TIME because REASON.")
_HOW_NEW = _("To say it: said new AREA number NUMBER missing since TIME [under 13] because REASON.")
_SMALL_NEW = {"missing", "in", "area", "of", "a", "child", "is", "and", "from", ""}
_UNDER_13 = re.compile(r"\bunder[ -]?(?:13|thirteen)\b", re.IGNORECASE)


def run(ask: Ask) -> Reply:
    """Record what was said, or take it back; without words, show the state."""
    if ask.words and plain(ask.words[0]) == "new":
        return _new_child(ask)
    spoken = doubted_child.heard(ask)
    undo = plain(" ".join(spoken.words)) == "undo"
    begun, note = (Begun(), "") if undo else _heard(ask, spoken)
    what, at = _WORDS.get(plain(begun.word)), begun.at
    child = doubted_child.find(ask, spoken)
    police = child_lookup.who(ask).agency == "police"
    if undo:
        return _take_back(ask, child, police=police)
    if any(x.died for x in child.episodes):
        return not_recorded(_("The record says that the child has died: nothing is said here."))
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


class _New(NamedTuple):
    """A child whom no export has yet, as said: the police's number of the occurrence leads to no message."""

    area: str
    number: str
    at: datetime
    under_13: bool


def _new_child(ask: Ask) -> Reply:
    """Give a child whom no export has a reference, and list it as missing; without words, show the form."""
    doubted_child.allowed(ask)
    areas = doubted_child.areas_of_new(ask)
    text, because = doubted_child.said_with_reason(ask)
    ask.log.action, ask.log.reason = "said new", because
    if not areas:
        raise Refused("area")
    if len(text.split()) == 1:
        form = forms.said_new("said new", areas, ask.now) if ask.request.forms else None
        button = () if ask.request.forms else (Button(_("Say a child not listed yet"), "said new", form=True),)
        return Reply(_("A child not listed yet"), 2, (_HOW_NEW,), footer=(CHAT_ONLY,), buttons=button, form=form)
    new = _heard_new(ask, text.split()[1:])
    if new.area not in areas:
        raise Refused("area", areas)
    if fault := why_not_new(new.at, ask.now):
        return not_recorded(fault)
    if not because:
        raise Unclear(_("Say how you know, after because: it is kept in the audit trail alone."))
    known = ask.facts.child_of_number(new.number, ask.now)
    if known is not None:
        return _known_already(ask, known)
    who, ref = child_lookup.who(ask), ask.facts.new_reference()
    ask.log.subject = ref
    effect = SayNewChild(ref, new.number, new.area, new.at, new.under_13, who.id, who.agency, ask.now)
    ask.log.effects.append(effect)
    return Reply(
        title=_("Recorded: {ref}", ref=ref),
        level=2,
        text=(
            _("{ref} is this child's reference from now on: note it down.", ref=ref),
            _(
                "Missing since {new_at}, {spoken_area}{under}, as you say: in lists and calls from now on.",
                new_at=clock.say_near(new.at, ask.now),
                spoken_area=spoken_area(new.area),
                under=_(", under 13") if new.under_13 else "",
            ),
            _(
                "A file with the police's number will be this child's record. Until then "
                "`sources said-missing` lists it."
            ),
        ),
        footer=(_("The police's number is sealed: no message shows it."), CHAT_ONLY),
        buttons=(
            Button(_("Say more of this child"), f"said {ref}", form=True),
            Button(_("Undo"), f"said {ref} undo"),
        ),
    )


def _heard_new(ask: Ask, tokens: list[str]) -> _New:
    """Parse area, number, time and "under 13". The number is never repeated, nor is any word that is not understood."""
    low = [plain(t) for t in tokens]
    if low.count("number") != 1 or low[-1] == "number":
        raise Unclear(_("Give the police's number of the occurrence after the word number."))
    place = low.index("number")
    try:
        number = read_code(tokens[place + 1].strip(",;"))
    except CellError:
        raise Unclear(
            _("That is no number of an occurrence. Give it as the police's system writes it, without spaces.")
        ) from None
    text = " ".join((*tokens[:place], *tokens[place + 2 :]))
    rest, young = _UNDER_13.subn(" ", text)
    area, left = find_area(rest.split(), ask.partnership)
    if not isinstance(area, Area):
        raise Unclear(_("Name one area: {areas}.", areas=", ".join(spoken_area(a.id) for a in ask.partnership.areas)))
    try:
        heard = hear([w for w in left if plain(w) != "since"], ask.now, ask.partnership.calendar(), ahead=False)
    except SeveralMoments as several:
        either = _(", or ").join(written(m) for m in several.moments)
        raise Unclear(
            _("{several} Say it again with the day and the time of day: {either}.", several=several, either=either)
        ) from None
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if {plain(w) for w in heard.rest} - _SMALL - _SMALL_NEW:
        raise Unclear(_("I have not understood all of it, and kept nothing."))
    if heard.at is None:
        raise Unclear(_("Since when? Say the day and the time of day."))
    return _New(area.id, number, heard.at, bool(young))


def _known_already(ask: Ask, child: ChildFacts) -> Reply:
    """Name the child of the number to a person who may say something of it, and to no other."""
    if not doubted_child.may(ask, child):
        ask.log.subject = ""
        return not_recorded(
            _(
                "That number is in the records already, and its child is not among yours: ring "
                "the police's missing persons desk. The child is in the lists of its own area."
            )
        )
    ask.log.subject = child.ref
    open_now = _missing(child, ask.now)
    now = (
        _("missing since {start_at}", start_at=clock.say_near(open_now[0].start_at, ask.now))
        if open_now
        else _("not missing now")
    )
    return Reply(
        title=_("Not recorded"),
        level=2,
        text=(_("That number is known already: it is {ref}, {now}. Say it of that child.", ref=child.ref, now=now),),
        buttons=(
            Button(_("Say what the file lacks"), f"said {child.ref}", form=True),
            Button(_("Look up {ref}", ref=child.ref), f"child {child.ref}"),
        ),
        status="refused",
    )


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
    return _(
        "At what time? Say the day and the time of day too, like: {typed} at 18:00 because REASON.", typed=what.typed
    )


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
    again = _(" Say it with your reason again, after because.") if spoken.because else ""
    raise Unclear(f"{several}{again}", *(f"{begun} {written(m)}" for m in several.moments), level=1)


def _missing(child: ChildFacts, now: datetime) -> list[Episode]:
    return [x for x in child.episodes if x.kind == "missing" and x.open_at(now)]


def _meant(ask: Ask, child: ChildFacts, spoken: DoubtArguments) -> Episode | None:
    """Return the absence that a return or a grade is about; None for a child who is not missing."""
    open_now = _missing(child, ask.now)
    if spoken.number is not None:
        open_now = [x for x in open_now if x.id == spoken.number]
    if len(open_now) > 1:
        which = ", ".join(
            _("#{id} (since {start_at})", id=x.id, start_at=clock.say_near(x.start_at, ask.now)) for x in open_now
        )
        raise Unclear(_("{n} absences of this child are open. Say of which: {which}.", n=len(open_now), which=which))
    return next(iter(open_now), None)


def _version(child: ChildFacts) -> int:
    return max(doubted_child.version(child.rulings, kind) for kind in BEFORE_FILE)


def _state(ask: Ask, child: ChildFacts, spoken: DoubtArguments, begun: Begun, *, police: bool) -> Reply:
    """Show what was said and is in force, with a form for more."""
    open_now = _missing(child, ask.now)
    lines = [_("Missing since {start_at}.", start_at=clock.say_near(x.start_at, ask.now)) for x in open_now] or [
        _("Not missing now.")
    ]
    form = _form(ask, child, spoken, begun, police=police)
    back = any(r.holds and r.kind in BEFORE_FILE and (police or r.kind != "grade") for r in child.rulings)
    return Reply(
        title=_("Said before the file: {ref}", ref=child.ref),
        level=2,
        text=(*child_lookup.joined(spoken.ref, child), *lines, *before_file_lines(child, ask.now)),
        footer=(_HOW, CHAT_ONLY),
        buttons=(
            *([] if ask.request.forms else [Button(_("Say what the file lacks"), form.command, form=True)]),
            *([Button(_("Take it back"), f"said {child.ref} undo")] if back else []),
        ),
        form=form if ask.request.has_forms else None,
    )


def _take_back(ask: Ask, child: ChildFacts, *, police: bool) -> Reply:
    """Take back what was said last. A grade is the police's to take back."""
    ask.log.action = "said undo"
    standing = [r for r in child.rulings if r.kind in BEFORE_FILE and r.holds]
    if not standing:
        return not_recorded(_("Nothing was said that could be taken back."))
    last = standing[-1]
    if last.kind == "grade" and not police:
        raise Refused("role")
    ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
    text = _("Taken back: {words}. Lists and calls go by what the files say.", words=words(last, ask.now))
    return Reply(_("Recorded for {ref}", ref=child.ref), 2, (text,), footer=(CHAT_ONLY,))


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
    since = _("since {at}", at=clock.say_near(at, ask.now))
    text = {
        "missing": (
            _("{ref} is missing {since}, as you say: in lists and calls from now on.", ref=child.ref, since=since),
            _("When an export has the absence, its record is shown; until then `sources said-missing` lists it."),
        ),
        "back": (
            _(
                "{ref} is {found} {since}, as you say.",
                ref=child.ref,
                found=_("found") if what.value == "found" else _("back"),
                since=since,
            ),
            *_interview(x, at, ask.now),
            _("The child stays in the lists as said to be back, until the police file says so."),
        ),
        "grade": (
            _("{ref} is graded {typed} {since}, as you say.", ref=child.ref, typed=what.typed, since=since),
            *_beside(x, what.value),
            _("A later grade in the police file counts in its place."),
        ),
    }[what.kind]
    return Reply(
        title=_("Recorded for {ref}", ref=child.ref),
        level=2,
        text=(*text, *([note] if note else [])),
        footer=(CHAT_ONLY,),
        buttons=(Button(_("Undo"), f"said {child.ref} undo"),),
    )


def _interview(x: Episode | None, at: datetime, now: datetime) -> tuple[str, ...]:
    if x is None:
        return ()
    start = x.interview.clock_start_at or at
    if x.hosted:
        until = clock.say_near(clock.interview_due(start), now)
        return (
            _(
                "The return interview is the placing authority's, by {until}: tell them, then say told (interview).",
                until=until,
            ),
        )
    return (_("The 72 hours of the return interview run from {start}.", start=clock.say_near(start, now)),)


def _beside(x: Episode | None, said: str) -> tuple[str, ...]:
    """Say of a lower grade that it takes nothing away."""
    if said not in GRADES or x is None or x.grade is None or GRADES.index(said) <= GRADES.index(x.grade):
        return ()
    return (_("The record's grade is higher: it counts, and what you say is shown beside it."),)


COMMAND = Command(
    name="said",
    summary=_("What the next file will say: missing since, back, found, graded, as you say now"),
    usage=(
        "said REFERENCE [missing|back|found|high|medium|low at TIME because REASON | undo], "
        "or said new [AREA number NUMBER missing since TIME [under 13] because REASON]"
    ),
    examples=("said OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
