"""What somebody types after a reference, as a step: the verb, its word of a list, when it was, and which interview.

Forgiving in the words, never in what they mean: whatever is left over is not understood, and not said back.
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

#: How each step may be begun; the first of each is how it is shown.
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
#: How it is said with what it needs, where a verb alone is not enough.
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
#: Steps that are not whole without more words: a form can ask for them.
ASKED = ("attempt", "booked", "declined", "not_possible", "reopened", "snoozed", "handed_over")
_HOW = {
    "attempt": "What came of it?",
    "declined": "Who declined: the child, or a parent for the child?",
    "not_possible": "For which reason?",
    "reopened": "For which reason?",
    "snoozed": "For which reason?",
}


class NotUnderstood(ValueError):
    """What was typed is no step; the text says what would be, and never what was typed."""


@dataclass(frozen=True, slots=True)
class ParsedStep:
    """`verb` is empty where nothing but the interview was named. `number` and `due` say which interview."""

    verb: str = ""
    detail: str = ""
    at: datetime | None = None
    until_at: datetime | None = None
    to: str = ""
    version: int | None = None
    number: int | None = None
    due: tuple[date, ...] = ()


def listen(typed: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """NotUnderstood for anything else than a step. `typed` may be a whole sentence's worth of other words."""
    text = " ".join(typed.replace("\u2019", "'").split())
    which, text = _which(text, now, calendar)
    verb, rest = _verb(text)
    if verb == "handed_over":
        return replace(which, verb=verb, to=_person(rest))
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


def _which(text: str, now: datetime, calendar: Calendar) -> tuple[ParsedStep, str]:
    """Which interview is meant, and at which version it was seen."""
    into, text = _taken(_INTO, text)
    number, text = _taken(_NUMBER, text)
    version, text = _taken(_VERSION, text)
    due, text = _taken(_DUE, text)
    numbers = [int(found) if found else None for found in (number, version)]
    return ParsedStep(to=into, number=numbers[0], version=numbers[1], due=_days(due, now, calendar)), text


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.search(text)
    if found is None:
        return "", text
    return found[1], " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _days(words: str, now: datetime, calendar: Calendar) -> tuple[date, ...]:
    """The day a due date may mean: of this year, the last or the next."""
    if not words:
        return ()
    try:
        found = {hear(words.split(), now, calendar, ahead=ahead).day for ahead in (True, False)}
    except NotATime as fault:
        raise NotUnderstood(str(fault)) from None
    return tuple(sorted(day for day in found if day))


def _verb(text: str) -> tuple[str, str]:
    """The longest beginning that is a verb, and the words after it."""
    low = text.casefold().strip(" .!?")
    if not low:
        return "", ""
    every = sorted(((phrase, verb) for verb, phrases in VERBS.items() for phrase in phrases), key=lambda p: -len(p[0]))
    for phrase, verb in every:
        if re.match(rf"{re.escape(phrase)}(?![\w-])", low):
            return verb, text[len(phrase) :].strip(" .,:!?")
    raise _unknown(low)


def _unknown(low: str) -> NotUnderstood:
    first = low.split()[0]
    if first in ("refused", "refuses"):
        return NotUnderstood("Did the child decline (declined by child), or only now (attempt refused now)?")
    near = suggest(first, [phrases[0].split()[0] for phrases in VERBS.values()])
    meant = next((verb for verb, phrases in VERBS.items() if near and phrases[0].split()[0] == near), None)
    if meant is None:
        return NotUnderstood(f"I don't know that step. Steps: {', '.join(phrases[0] for phrases in VERBS.values())}.")
    return NotUnderstood(f"I don't know that step. Did you mean: {example(meant)}")


def example(verb: str) -> str:
    """How a step is typed."""
    return EXAMPLES.get(verb, VERBS[verb][0])


def _person(rest: str) -> str:
    """One word; whether somebody is called so is for others to say."""
    if len(rest.split()) != 1:
        raise NotUnderstood("To whom? Say: hand to PERSON, with the person's id.")
    return rest


def begun(typed: str, now: datetime, calendar: Calendar) -> ParsedStep | None:
    """The interview and a step without what it needs, for a form to ask the rest; None where more was said."""
    which, text = _which(" ".join(typed.replace("\u2019", "'").split()), now, calendar)
    verb, rest = _verb(text)
    return replace(which, verb=verb) if not rest and (verb == "" or verb in ASKED) else None


def _with_rest(spoken: ParsedStep, rest: str, now: datetime, calendar: Calendar) -> ParsedStep:
    verb = spoken.verb
    detail, rest = _detail(verb, rest)
    ahead = verb in ("booked", "snoozed")
    heard = hear(rest.split(), now, calendar, ahead=ahead)
    if left := [w for w in heard.rest if w.strip("\"'.,;:!?") not in _FILLERS and w.strip("\"'.,;:!?")]:
        raise _left_over(verb, left)
    if verb in _HOW and not detail:
        raise NotUnderstood(f"{_HOW[verb]} One of: {', '.join(plain(w) for w in DETAILS[verb])}.")
    at = heard.at
    if heard.day and at is None:
        if verb != "snoozed":
            raise NotUnderstood(f"At what time? Say, for example: {example(verb)}")
        at = calendar.opens(heard.day)
    if ahead and at is None:
        raise NotUnderstood(f"When? Say, for example: {example(verb)}")
    return replace(spoken, detail=detail, at=None if ahead else at, until_at=at if ahead else None)


def _left_over(verb: str, left: list[str]) -> NotUnderstood:
    """Never the words themselves: they may be a name."""
    known = [p for p in _phrases(verb) if " " not in p]
    near = suggest(left[0], known)
    if near:
        return NotUnderstood(f"I did not understand all of that. Did you mean: {near}")
    words = f" Words I know here: {', '.join(plain(w) for w in DETAILS[verb])}." if verb in _HOW or known else ""
    return NotUnderstood(
        f"I did not understand all of that, so nothing was recorded.{words} For example: {example(verb)}"
    )


def _detail(verb: str, rest: str) -> tuple[str, str]:
    """The first word of the list that is named, the longest first; and what is left."""
    phrases = _phrases(verb)
    for phrase in sorted(phrases, key=lambda p: (-len(p), p)):
        pattern = rf"(?<![\w-]){re.escape(phrase).replace(chr(92) + ' ', '[ _-]')}(?![\w-])"
        found = re.search(pattern, rest)
        if found:
            return phrases[phrase], " ".join(f"{rest[: found.start()]} {rest[found.end() :]}".split())
    return "", rest


def _phrases(verb: str) -> dict[str, str]:
    """Every way in which a word of the verb's list may be said -> the word."""
    words = [w for w in DETAILS.get(verb, ()) if w != CHANGED_MIND]
    own = {w.replace("_", " "): w for w in words}
    return {**_ALSO.get(verb, {}), **{plain(w): w for w in words}, **own}
