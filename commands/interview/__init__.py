"""interview: the state of one return interview, and recording its steps."""

from dataclasses import replace
from typing import cast

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Level, Reply, Section
from bot.messages.interview_status import Reader, stands, which
from bot.messages.reminder import why
from bot.rules.interviews.state import OpenInterview, choice
from bot.rules.interviews.steps import NotUnderstood, ParsedStep, begun, listen
from bot.rules.reminders.due import OpenCase
from bot.rules.reminders.explanation import explain
from bot.rules.time import clock
from commands.interview import ask as filling
from commands.interview import record
from commands.interview.find import ChildInterviews, interviews_of


def run(ask: Ask) -> Reply:
    """Check the right to this child's interviews before the typed words are read."""
    ref, typed = _split(ask)
    found = interviews_of(ask, ref)
    if not found.interviews:
        return Reply(f"Return interview of {found.ref}", _level(ask), ("No return interview is expected of anybody.",))
    try:
        spoken = _heard(ask, typed, found.interviews[-1])
        meant = _meant(found, spoken, child_lookup.who(ask).id)
        if len(meant) > 1:
            form = filling.wanted(ask, spoken)
            # The buttons repeat the words, now that they are known to hold nothing but a step.
            again = " ".join(typed.split()) if form or spoken.verb not in ("", "handed_over") else ""
            return which(meant, again, _reader(ask, found), form)
        return _answer(ask, found, meant[0], _heard(ask, typed, meant[0]))
    except NotUnderstood as fault:
        raise Unclear(str(fault), title="Not understood, nothing recorded") from None


def _split(ask: Ask) -> tuple[str, str]:
    """Split 'OX-7QK4 held' or 'ox 7qk4 held' into reference and step."""
    two = " ".join(ask.words[:2])
    if len(ask.words) > 1 and child_lookup.is_reference(ask, two) and not child_lookup.is_reference(ask, ask.words[0]):
        return child_lookup.reference(ask, two), " ".join(ask.words[2:])
    return child_lookup.reference(ask, ask.words[0] if ask.words else ""), " ".join(ask.words[1:])


def _heard(ask: Ask, typed: str, i: OpenInterview) -> ParsedStep:
    """Parse a step; where a form can ask for the rest, accept its beginning."""
    calendar = ask.partnership.calendar(i.episode.area)
    part = begun(typed, ask.now, calendar) if ask.request.forms else None
    return part or listen(typed, ask.now, calendar)


def _meant(found: ChildInterviews, spoken: ParsedStep, by: str) -> list[OpenInterview]:
    """Return the interview that was named, or those that may be meant; never another one than was named."""
    if spoken.number is not None or spoken.due:
        named = [i for i in found.interviews if _is_named(i, spoken)]
        if not named:
            raise NotUnderstood("This child has no such interview. Ask without a number to see them.")
        return named
    several = choice(spoken.verb, found.interviews, by)
    return several or [found.interviews[-1]]


def _is_named(i: OpenInterview, spoken: ParsedStep) -> bool:
    if spoken.number is not None:
        return i.episode.id == spoken.number
    limit = i.episode.interview.counts_until
    return limit is not None and clock.local_day(limit) in spoken.due


def _answer(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> Reply:
    form = filling.wanted(ask, spoken)
    if spoken.verb == "" or form:
        others = [o for o in found.interviews if not o.closed and o.episode.id != i.episode.id]
        reader = _reader(ask, found)
        plain = stands(i, others, found.missing_at(ask.now), reader)
        return filling.with_form(ask, found, i, spoken, plain, reader) if form else plain
    if spoken.verb == "why":
        work = ask.facts.work
        reply = why(i, work.nudged(i.episode.id), _reader(ask, found))
        if ask.request.place.level != 2 or i.closed:
            return reply
        case = OpenCase(i, i.standing, work.told([i.episode.id], ask.now))
        for_me = Section("For you", explain(case, child_lookup.who(ask).id, ask.partnership, ask.now))
        return replace(reply, sections=(for_me, *reply.sections))
    return record.say(ask, found, i, spoken)


def _level(ask: Ask) -> Level:
    return cast(Level, ask.request.place.level)


def _reader(ask: Ask, found: ChildInterviews) -> Reader:
    return Reader(child_lookup.who(ask), ask.partnership, ask.now, _level(ask), found.leading)


COMMAND = Command(
    name="interview",
    summary="One return interview: how it stands, and saying what became of it",
    usage="interview REFERENCE [#NUMBER] [STEP]",
    examples=(
        "interview OX-7QK4",
        "interview OX-7QK4 offered by phone at 14:30",
        "interview OX-7QK4 held at 16:15",
        "interview OX-7QK4 snooze until mon 9am because waiting for carer",
    ),
    actions=("interview_update",),
    run=run,
)
