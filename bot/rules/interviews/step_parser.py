"""Parse the words after a reference as a step: the verb, its word of a list, its time, and the interview.

Many words are understood, each with one meaning. A step with words left over is refused, without repeating them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.rules.interviews.step_labels import DETAILS, plain
from bot.rules.interviews.steps import CHANGED_MIND
from bot.rules.partnership.working_hours import Calendar
from bot.rules.text.area_names import suggest
from bot.rules.text.spoken_time import NotATime, hear

#: Beginnings of each step; the first of each is the one that is shown.
VERBS: dict[str, tuple[str, ...]] = {
    "offered": ("offered", "offer"),
    "attempt": ("attempt", "attempted", "tried", "log attempt"),
    "accepted": ("accepted", "agreed"),
    "booked": ("booked", "book"),
    "held": ("held",),
    "recorded": ("recorded",),
    "declined": ("declined",),
    "carer_contacted": ("carer contacted", "carer offered", "contacted carer", "contacted the carer"),
    "not_possible": ("not possible", "impossible"),
    "merged": ("merge", "merged"),
    "reopened": ("reopen", "reopened"),
    "on_it": ("on it", "i'm on it", "im on it", "i am on it"),
    "took_over": ("take", "claim", "take it", "take over"),
    "handed_over": ("hand to", "hand over to", "hand it to", "hand it over to", "give to"),
    "accept": ("accept",),
    "refuse": ("refuse",),
    "snoozed": ("snooze", "snoozed"),
    "undo": ("undo",),
    "why": ("why",),
}
#: Whole steps, where a verb alone is not enough.
EXAMPLES = {
    "offered": "offered by phone at 14:30",
    "attempt": "attempt no answer",
    "booked": "booked tomorrow 10:00",
    "held": "held at 16:15",
    "declined": "declined by child",
    "not_possible": "not possible in custody",
    "reopened": "reopen because child changed mind",
    "handed_over": "hand to PERSON",
    "snoozed": "snooze until mon 9am because waiting for carer",
}
_ALSO: Mapping[str, Mapping[str, str]] = {
    "offered": {"telephone": "phone", "call": "phone", "visit": "in_person", "face to face": "in_person"},
    "attempt": {"no reply": "no_answer", "refused": "refused_now", "missing": "missing_again", "later": "asked_later"},
    "declined": {
        "carer": "parent",
        "mother": "parent",
        "father": "parent",
        "parents": "parent",
        "young person": "child",
    },
    "not_possible": {
        "custody": "in_custody",
        "unwell": "child_unwell",
        "ill": "child_unwell",
        "no reply": "no_contact",
    },
    "reopened": {"changed mind": "child_changed_mind", "in error": "recorded_in_error"},
    "snoozed": {"carer": "waiting_for_carer", "child": "waiting_for_child", "unwell": "child_unwell"},
}
_SMALL = "a an and as at because been by child for i in into is it of on please the till to until was we with"
_FILLERS = frozenset(_SMALL.split())
#: Steps that need more words: a form can ask for them.
NEED_MORE = ("attempt", "booked", "declined", "not_possible", "reopened", "snoozed", "handed_over")
_QUESTIONS = {
    "attempt": "What came of it?",
    "declined": "Who declined: the child, or a parent for the child?",
    "not_possible": "For which reason?",
    "reopened": "For which reason?",
    "snoozed": "For which reason?",
}


class NotUnderstood(ValueError):
    """The words are no step; the text gives an example, and never the words."""


@dataclass(frozen=True, slots=True)
class ParsedStep:
    """A step as it was typed. `verb` is empty where only the interview was named, by `number` or `due`."""

    verb: str = ""
    detail: str = ""
    at: datetime | None = None
    until_at: datetime | None = None
    to: str = ""
    version: int | None = None
    number: int | None = None
    due: tuple[date, ...] = ()


def listen(typed: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """Parse a step; NotUnderstood for anything else."""
    which, text = _which(typed, now, calendar)
    verb, rest = _verb(text)
    if verb == "handed_over":
        if len(rest.split()) != 1:
            raise NotUnderstood("To whom? Say: hand to PERSON, with the person's id.")
        return replace(which, verb=verb, to=rest)
    try:
        return _with_rest(replace(which, verb=verb), rest.casefold(), now, calendar)
    except NotATime as fault:
        raise NotUnderstood(str(fault)) from None


_INTO = re.compile(r"(?:into|with|to) #(\d{1,9})(?!\S)", re.ASCII | re.I)
_NUMBER = re.compile(r"(?<!\S)#(\d{1,9})(?!\S)", re.ASCII)
_VERSION = re.compile(r"(?<!\S)v(\d{1,9})(?!\S)", re.ASCII | re.I)
_DUE = re.compile(
    r"(?<!\S)due (?:on )?(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}(?:st|nd|rd|th)? [a-z]{3,9})(?!\S)", re.ASCII | re.I
)


def _which(typed: str, now: datetime, calendar: Calendar) -> tuple[ParsedStep, str]:
    """Read the interview that is meant, and its version; return the words left over too.

    A due date without its year may be of this year, the last or the next.
    """
    text = " ".join(typed.replace("\u2019", "'").split())
    into, text = _taken(_INTO, text)
    number, text = _taken(_NUMBER, text)
    version, text = _taken(_VERSION, text)
    due, text = _taken(_DUE, text)
    days = set()
    try:
        for ahead in (True, False) if due else ():
            days.add(hear(due.split(), now, calendar, ahead=ahead).day)
    except NotATime as fault:
        raise NotUnderstood(str(fault)) from None
    numbers = [int(found) if found else None for found in (number, version)]
    sorted_days = tuple(sorted(day for day in days if day))
    return ParsedStep(to=into, number=numbers[0], version=numbers[1], due=sorted_days), text


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Return the pattern's match, and the text without it."""
    found = pattern.search(text)
    if found is None:
        return "", text
    return found[1], " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _verb(text: str) -> tuple[str, str]:
    """Return the longest beginning that is a verb, and the words after it. NotUnderstood suggests a near one."""
    low = text.casefold().strip(" .!?")
    if not low:
        return "", ""
    every = sorted(((phrase, verb) for verb, phrases in VERBS.items() for phrase in phrases), key=lambda p: -len(p[0]))
    for phrase, verb in every:
        if re.match(rf"{re.escape(phrase)}(?![\w-])", low):
            return verb, text[len(phrase) :].strip(" .,:!?")
    first = low.split()[0]
    if first in ("refused", "refuses"):
        raise NotUnderstood("Did the child decline (declined by child), or only now (attempt refused now)?")
    near = suggest(first, [phrases[0].split()[0] for phrases in VERBS.values()])
    meant = next((verb for verb, phrases in VERBS.items() if near and phrases[0].split()[0] == near), None)
    if meant is None:
        raise NotUnderstood(f"I don't know that step. Steps: {', '.join(phrases[0] for phrases in VERBS.values())}.")
    raise NotUnderstood(f"I don't know that step. Did you mean: {example(meant)}")


def example(verb: str) -> str:
    """Return an example of a step, as it is typed."""
    return EXAMPLES.get(verb, VERBS[verb][0])


def begun(typed: str, now: datetime, calendar: Calendar) -> ParsedStep | None:
    """Parse an interview, or a step that needs more words, for a form to ask them; None where more was typed."""
    which, text = _which(typed, now, calendar)
    verb, rest = _verb(text)
    return replace(which, verb=verb) if not rest and (verb == "" or verb in NEED_MORE) else None


def _with_rest(step: ParsedStep, rest: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """Read the detail and the time of a step. NotUnderstood or NotATime where one lacks, or words are left over."""
    verb = step.verb
    detail, rest = _detail(verb, rest)
    ahead = verb in ("booked", "snoozed")
    found = hear(rest.split(), now, calendar, ahead=ahead)
    if left := [w for w in found.rest if w.strip("\"'.,;:!?") not in _FILLERS and w.strip("\"'.,;:!?")]:
        raise _left_over(verb, left)
    if verb in _QUESTIONS and not detail:
        raise NotUnderstood(f"{_QUESTIONS[verb]} One of: {', '.join(plain(w) for w in DETAILS[verb])}.")
    at = found.at
    if found.day and at is None:
        if verb != "snoozed":
            raise NotUnderstood(f"At what time? Say, for example: {example(verb)}")
        at = calendar.opens(found.day)
    if ahead and at is None:
        raise NotUnderstood(f"When? Say, for example: {example(verb)}")
    return replace(step, detail=detail, at=None if ahead else at, until_at=at if ahead else None)


def _left_over(verb: str, left: list[str]) -> NotUnderstood:
    """Suggest known words, without repeating the words left over: they may be a name."""
    known = [p for p in _phrases(verb) if " " not in p]
    near = suggest(left[0], known)
    if near:
        return NotUnderstood(f"I did not understand all of that. Did you mean: {near}")
    words = f" Words I know here: {', '.join(plain(w) for w in DETAILS[verb])}." if verb in _QUESTIONS or known else ""
    return NotUnderstood(
        f"I did not understand all of that, so nothing was recorded.{words} For example: {example(verb)}"
    )


def _detail(verb: str, rest: str) -> tuple[str, str]:
    """Return the word of the list that is named, tried longest first; and the words left over."""
    phrases = _phrases(verb)
    for phrase in sorted(phrases, key=lambda p: (-len(p), p)):
        pattern = rf"(?<![\w-]){re.escape(phrase).replace(chr(92) + ' ', '[ _-]')}(?![\w-])"
        found = re.search(pattern, rest)
        if found:
            return phrases[phrase], " ".join(f"{rest[: found.start()]} {rest[found.end() :]}".split())
    return "", rest


def _phrases(verb: str) -> dict[str, str]:
    """Return every phrase for a word of the verb's list -> the word."""
    words = [w for w in DETAILS.get(verb, ()) if w != CHANGED_MIND]
    own = {w.replace("_", " "): w for w in words}
    return {**_ALSO.get(verb, {}), **{plain(w): w for w in words}, **own}
