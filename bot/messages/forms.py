"""The forms: what is asked before a step, a reason or an absence is recorded.

Each field is read by `bot.conversation.form_answers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.conversation.reply import Field, Form, Option
from bot.messages.interview_status import NOT_THE_RECORD, Reader, cause_lines, command, lead
from bot.rules.catalogue import _, code_words
from bot.rules.episodes.confirmations import END_WORDS, GRADES
from bot.rules.escalations.strategy import WHY
from bot.rules.interviews.causes import Cause
from bot.rules.interviews.state import OpenInterview
from bot.rules.interviews.steps import ParsedStep, StrategyKind, typed
from bot.rules.interviews.transitions import WAITS, Choice
from bot.rules.partnership.partnership import BreakGlass
from bot.rules.text.area_names import spoken
from bot.rules.text.reasons import LONGEST_REASON
from bot.rules.time.clock import LocalTimeError, from_london, local_day, to_london

#: More than a list can show anywhere: then the id is typed.
MOST_OPTIONS = 1000
#: Characters of a hint; a list of people may be longer.
HINT = 150


@dataclass(frozen=True, slots=True)
class Begun:
    """A confirmation as far as it was said: its word, its moment (`day` without a time of day), and the reason."""

    word: str = ""
    at: datetime | None = None
    day: date | None = None
    because: str = ""


def outcome(
    i: OpenInterview, choices: Sequence[Choice], spoken: ParsedStep, to: Reader, cause: Cause | None = None
) -> Form:
    """Ask for the step, its day and time, at the version of the interview that was shown.

    What was said already is filled in. A booking lies ahead: its day is the next working day, its time has to be said.
    `cause` is suggested for an interview that was not in time: chosen beforehand where causes alone are asked.
    """
    options = tuple(Option(c.typed, c.label) for c in choices)
    chosen = typed(spoken.verb, spoken.detail) if spoken.detail else options[0].value if len(options) == 1 else ""
    if all(c.kind == "late" for c in choices):
        initial = chosen or (typed("late", cause.word) if cause else "")
        field = Field("outcome", _("Why was it not in time?"), "choice", options, initial=initial)
        return Form(
            "outcome", _seen(i), _("Cause"), (field,), text=(_about(i, to), *cause_lines(cause), NOT_THE_RECORD)
        )
    day, wall = _said_at(spoken.at or spoken.until_at, spoken.day) or _wall(to.now)
    if spoken.verb == "booked" and not spoken.day:
        calendar = to.partnership.calendar(i.episode.area)
        day, wall = str(calendar.next_day(local_day(to.now))), ""
    hint = _("A booking needs a day and a time that are still to come. Left empty, anything else happened now.")
    return Form(
        kind="outcome",
        command=_seen(i),
        title=_("What came of it?"),
        fields=(
            Field("outcome", _("What came of it?"), "choice", options, initial=chosen),
            Field("date", _("Day"), "date", required=_booked(choices), initial=day, hint=hint),
            Field("time", _("Time, in London"), "time", required=_booked(choices), initial=wall),
        ),
        text=(_about(i, to), *cause_lines(cause), NOT_THE_RECORD),
    )


def snooze(i: OpenInterview, spoken: ParsedStep, to: Reader) -> Form:
    """Until the next working day begins, unless something else was said or is chosen."""
    calendar = to.partnership.calendar(i.episode.area)
    opens = calendar.opens(calendar.next_day(local_day(to.now)))
    day, wall = _said_at(spoken.until_at, None) or _wall(opens)
    reasons = tuple(Option(typed, label) for typed, label in WAITS.items())
    return Form(
        kind="snooze",
        command=_seen(i),
        title=_("Let it wait"),
        fields=(
            Field("date", _("Until which day?"), "date", initial=day),
            Field("time", _("Until when, in London?"), "time", initial=wall),
            Field("reason", _("Why?"), "choice", reasons, initial=spoken.detail.replace("_", " ")),
        ),
        text=(_about(i, to), _("Your own reminders wait. Nothing moves the deadline.")),
    )


def hand_over(i: OpenInterview, people: Sequence[str], to: Reader) -> Form:
    """To one of those who could update it; nothing changes until they accept."""
    field = _person("person", _("To whom?"), people, _("Nothing changes until they accept."))
    return Form("hand_over", _seen(i), _("Hand over"), (field,), _("Ask them"), (_about(i, to),))


def reason(ref: str, rules: BreakGlass) -> Form:
    """The same for every reference, whoever has it and whether anybody has: nothing is learnt from being asked."""
    field = Field(
        id="reason",
        label=_("Why do you need it now?"),
        kind="words",
        hint=_(
            "At least {shortest_reason} characters. No name, date, address or number.",
            shortest_reason=rules.shortest_reason,
        ),
        longest=LONGEST_REASON,
    )
    text = (
        _("It is shown only where it may be. Your reason is recorded, and read by those who review such looks."),
        _("For a child at risk now, ring the duty desk."),
    )
    return Form("reason", f"child {ref}", _("Give a reason"), (field,), _("Ask"), text)


def look_up(prefix: str) -> Form:
    field = Field(
        "reference",
        _("Which child?"),
        "words",
        hint=_("The reference, like {prefix}-7QK4. No name.", prefix=prefix),
        longest=16,
    )
    return Form("look_up", "child", _("One child"), (field,), _("Look up"))


def away(command: str, first: date, covers: Sequence[str], cover: str, duty: Sequence[str]) -> Form:
    """Ask for the days and the cover. The last day has to be chosen, so that nothing is saved by chance.

    `duty` are the people who are reminded where nobody covers.
    """
    fields = [
        Field("first", _("First day away"), "date", initial=str(first), hint=_("Today, if you are away already.")),
        Field("last", _("Last day away"), "date", hint=_("Nothing is saved without it.")),
    ]
    behind = (
        _("whoever is on duty: {duty}", duty=", ".join(duty)) if duty else _("the duty role, which nobody holds now")
    )
    if covers:
        hint = f"Left empty, they go to {behind}."[:HINT]
        fields.append(_person("cover", _("Who takes the reminders?"), covers, hint, cover, required=False))
    return Form("away", command, _("When away?"), tuple(fields))


def _person(
    name: str, label: str, people: Sequence[str], hint: str = "", chosen: str = "", *, required: bool = True
) -> Field:
    """A choice of those alone whom the step may name; the id is typed where they are more than a list can show."""
    few = len(people) <= MOST_OPTIONS
    options = tuple(Option(p, p) for p in people) if few else ()
    return Field(name, label, "choice" if few else "words", options, required, hint, chosen, longest=64)


@dataclass(frozen=True, slots=True)
class Shifts:
    """A change of a rota as far as it was said: the role, the other person, and the two moments."""

    role: str = ""
    person: str = ""
    first: datetime | None = None
    second: datetime | None = None


def cover(roles: Sequence[str], people: Sequence[str], said: Shifts, now: datetime) -> Form:
    """Ask who holds a role of a rota from when until when."""
    labels = (
        _("Who holds it?"),
        _("From which day?"),
        _("From when, in London?"),
        _("To which day?"),
        _("Until when, in London?"),
    )
    text = (_("In the place of whoever holds it then, and in a gap of the rota. They are told."),)
    return Form("cover", "on-call cover", _("Cover a shift"), _of_rota(roles, people, said, now, labels), text=text)


def swap(roles: Sequence[str], people: Sequence[str], said: Shifts, now: datetime) -> Form:
    """Ask for a moment in each of the two shifts: the whole shifts are swapped."""
    labels = (
        _("With whom?"),
        _("Your shift: a day in it"),
        _("Your shift: a time in it"),
        _("Their shift: a day in it"),
        _("Their shift: a time in it"),
    )
    text = (_("The two whole shifts are swapped. They are told."),)
    return Form("swap", "on-call swap", _("Swap two shifts"), _of_rota(roles, people, said, now, labels), text=text)


def _of_rota(
    roles: Sequence[str], people: Sequence[str], said: Shifts, now: datetime, labels: Sequence[str]
) -> tuple[Field, ...]:
    whom, day, time, until_day, until_time = labels
    first, wall = _wall(said.first or now)
    last, until = _wall(said.second) if said.second else (_wall(now)[0], "")
    held = tuple(Option(r, code_words(r)) for r in roles[:MOST_OPTIONS])
    return (
        Field("role", _("Which role?"), "choice", held, initial=said.role),
        _person("person", whom, people, chosen=said.person),
        Field("date", day, "date", initial=first),
        Field("time", time, "time", initial=wall),
        Field("until_date", until_day, "date", initial=last),
        Field("until_time", until_time, "time", initial=until),
    )


def strategy(command: str, kind: StrategyKind) -> Form:
    """Ask for the reason of a threshold, met or not. `command` says of which child, and which of the two."""
    options = tuple(Option(word, word.replace("-", " ").capitalize()) for word in WHY[kind])
    title = _("Threshold {met}", met=_("met") if kind == "threshold_met" else _("not met"))
    return Form("strategy", command, title, (Field("reason", _("Why?"), "choice", options),))


def age(command: str, *, needs_reason: bool) -> Form:
    """`command` says of whom, at which version."""
    options = (Option("child", _("A child: under 18 when it began")), Option("adult", _("An adult: 18 or over")))
    text = (
        _(
            "An adult leaves every list, call, reminder and figure. It is said in the next "
            "digest, and can be taken back."
        ),
    )
    fields = (
        Field("age", _("Which is it?"), "choice", options),
        _because(_("How do you know?"), required=needs_reason),
    )
    return Form("age", command, _("Confirm the age"), fields, text=text)


def ended(command: str, said: Begun, now: datetime) -> Form:
    """`command` says which absence, at which version."""
    day, wall = _said_at(said.at, said.day) or _wall(now)
    options = tuple(Option(code, said.capitalize()) for code, said in END_WORDS.items())
    fields = (
        Field("how", _("How did it end?"), "choice", options, required=False, initial=said.word),
        Field("date", _("On which day?"), "date", initial=day),
        Field("time", _("At what time, in London?"), "time", initial=wall),
        _because(_("How do you know?"), said.because, required=True),
    )
    text = (_("No file holds this absence any more. The return interview starts from here."),)
    return Form("ended", command, _("It has ended"), fields, text=text)


def said(command: str, begun: Begun, now: datetime, *, missing: bool, police: bool) -> Form:
    """`command` says of whom, of which absence and at which version. The police alone say a grade."""
    day, wall = _said_at(begun.at, begun.day) or _wall(now)
    about = [Option("missing", _("Missing since"))]
    if missing:
        about = [Option("back", _("Back at home or placement")), Option("found", _("Found, not back yet")), *about]
        if police:
            about += [Option(g.replace("_", " "), _("Graded {g}", g=code_words(g))) for g in GRADES]
    fields = (
        Field("what", _("What is known?"), "choice", tuple(about), initial=begun.word),
        Field("date", _("On which day?"), "date", initial=day),
        Field("time", _("At what time, in London?"), "time", initial=wall),
        _because(_("How do you know?"), begun.because, required=True),
    )
    text = (_("It counts in lists and calls at once, beside the records, until a file has it. It takes no child out."),)
    return Form("said", command, _("Before the file"), fields, text=text)


def said_new(command: str, areas: Sequence[str], now: datetime) -> Form:
    """Ask for a child whom no export has yet. `areas` are those of which this person may say it."""
    day, wall = _wall(now)
    fields = (
        Field("area", _("Which area?"), "choice", tuple(Option(a, spoken(a)) for a in areas[:MOST_OPTIONS])),
        Field(
            id="number",
            label=_("The police's number"),
            kind="words",
            hint=_("Of this occurrence. It is kept sealed, to match the file by; no message shows it."),
            longest=32,
        ),
        Field("date", _("Missing since which day?"), "date", initial=day),
        Field("time", _("Since when, in London?"), "time", initial=wall),
        Field(
            "young", _("Under 13?"), "choice", (Option("no", _("No, or not known")), Option("yes", _("Yes, under 13")))
        ),
        _because(_("How do you know?"), required=True),
    )
    text = (_("The child gets a reference, and is in lists and calls at once. No name, no date of birth."),)
    return Form("said_new", command, _("A child not listed yet"), fields, text=text)


def _because(label: str, typed: str = "", *, required: bool) -> Field:
    hint = _("Kept in the audit trail alone. No name, date, address or number.")
    return Field("reason", label, "words", required=required, hint=hint, initial=typed, longest=LONGEST_REASON)


def _seen(i: OpenInterview) -> str:
    """With the version, so that whoever saves second learns who was first."""
    return command(i, f"v{i.standing.version}")


def _about(i: OpenInterview, to: Reader) -> str:
    return f"{i.episode.child_ref} · {lead(i, to)}"


def _booked(choices: Sequence[Choice]) -> bool:
    return all(c.kind == "booked" for c in choices)


def _said_at(at: datetime | None, day: date | None) -> tuple[str, str] | None:
    """Return the day and time of day that were said, or the day alone."""
    if at is not None:
        return _wall(at)
    return (str(day), "") if day else None


def _wall(at: datetime) -> tuple[str, str]:
    """Day and time of day in London; nothing where the clocks say that time twice, for then it cannot be meant."""
    local = to_london(at).replace(second=0, microsecond=0, tzinfo=None)
    try:
        from_london(local)
    except LocalTimeError:
        return "", ""
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"
