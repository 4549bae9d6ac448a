"""Steps that people record in chat of an episode and its return interview, beside the imported record.

Steps are only ever added; an undo is a step too. `standing` folds them into the state of the work at a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.model import NOT_POSSIBLE
from bot.rules.partnership.partnership import Calendar
from bot.rules.text.area_names import suggest
from bot.rules.text.spoken_time import NotATime, hear
from bot.rules.time.clock import say

InterviewKind = Literal[
    "offered",
    "attempt",
    "accepted",
    "booked",
    "held",
    "recorded",
    "declined",
    "carer_contacted",
    "not_possible",
    "merged",
    "reopened",
]
WorkKind = Literal["on_it", "snoozed", "handed_over", "took_over", "refused_hand_over"]
StrategyKind = Literal["considered", "threshold_met", "threshold_not_met", "discussion_held"]
Kind = InterviewKind | WorkKind | StrategyKind | Literal["undone"]
#: The detail of an `accepted` that follows a no: the child has changed their mind.
CHANGED_MIND = "changed_mind"
#: An interview that is over in the record and reopened in chat is listed for so long; after that the difference
#: between the two is still counted in `sources`.
OPENED_AGAIN = timedelta(days=28)
OF_INTERVIEW: frozenset[str] = frozenset(InterviewKind.__args__)  # type: ignore[attr-defined]
OF_STRATEGY: frozenset[str] = frozenset(StrategyKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """One step: it happened `at`, and was recorded in chat at `said_at`; all instants in UTC.

    `detail` is a word of a list (a method, a result, a reason), never free text. `to` is a person's id, or of
    a merged interview the number of the episode into which it went. `until_at` is the time of a booking, or the
    end of a snooze or an "I'm on it". `undoes` is the number of the step that this one takes back.
    """

    id: int
    episode_id: int
    kind: Kind
    at: datetime
    said_at: datetime
    by: str
    to: str = ""
    until_at: datetime | None = None
    detail: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class WorkState:
    """The state of the work on one interview at a moment, by its steps in chat.

    `version` is the number of the newest step, 0 while there is none: a new step names the version it was made from.
    `owner` took it over from the worker of the record; a hand-over waits for `asked`, and was made by `asked_by`;
    `on_it` is the person who is on it. `snoozes` are the running ones, the newest of each person: a snooze changes
    its own person's reminders alone. `snoozed_by` and `snoozed_until` are the newest of them.
    """

    version: int = 0
    newest: InterviewStep | None = None  # the row that `version` is of: an undo too
    steps: tuple[InterviewStep, ...] = ()  # those that hold, oldest first
    owner: str = ""
    asked: str = ""
    asked_by: str = ""
    on_it: str = ""
    on_it_until: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    snoozes: tuple[InterviewStep, ...] = ()

    def snoozed(self, person: str) -> datetime | None:
        """Return the end of this person's own snooze; None without one."""
        return next((s.until_at for s in self.snoozes if s.by == person), None)

    def last(self, *kinds: str) -> InterviewStep | None:
        """Return the newest step of these kinds that holds."""
        return last(self.steps, *kinds)


UNTOUCHED = WorkState()


def standing(steps: Sequence[InterviewStep], now: datetime) -> WorkState:
    """Fold the steps of one episode that were recorded by `now`."""
    known = [s for s in steps if s.said_at <= now]
    if not known:
        return UNTOUCHED
    held = holding(known)
    # A hand-over counts only once it was accepted.
    owner = asked = asked_by = ""
    for s in held:
        if s.kind == "handed_over":
            asked, asked_by = s.to, s.by
        elif s.kind == "took_over":
            owner, asked, asked_by = s.by, "", ""
        elif s.kind == "refused_hand_over":
            asked = asked_by = ""
    # "I'm on it" runs until its end, or until any later step of the interview.
    on_it = next((s for s in reversed(held) if s.kind == "on_it"), None)
    if on_it and (not _runs(on_it, now) or any(s.id > on_it.id and s.kind in OF_INTERVIEW for s in held)):
        on_it = None
    # The newest snooze of each person, where it still runs; oldest first.
    newest_snoozes = {s.by: s for s in held if s.kind == "snoozed"}
    snoozes = tuple(sorted((s for s in newest_snoozes.values() if _runs(s, now)), key=lambda s: s.id))
    snoozed = snoozes[-1] if snoozes else None
    newest = max(known, key=lambda s: s.id)
    return WorkState(
        version=newest.id,
        newest=newest,
        steps=held,
        owner=owner,
        asked=asked,
        asked_by=asked_by,
        on_it=on_it.by if on_it else "",
        on_it_until=on_it.until_at if on_it else None,
        snoozed_by=snoozed.by if snoozed else "",
        snoozed_until=snoozed.until_at if snoozed else None,
        snoozes=snoozes,
    )


def standings(steps: Mapping[int, Sequence[InterviewStep]], now: datetime) -> dict[int, WorkState]:
    """Return the state of the work on each of these episodes."""
    return {number: standing(each, now) for number, each in steps.items()}


def holding(steps: Iterable[InterviewStep]) -> tuple[InterviewStep, ...]:
    """Return the steps that were not taken back, oldest first, without the undo steps themselves."""
    everything = sorted(steps, key=lambda s: s.id)
    undone = {s.undoes for s in everything if s.kind == "undone"}
    return tuple(s for s in everything if s.kind != "undone" and s.id not in undone)


def last(steps: Sequence[InterviewStep], *kinds: str) -> InterviewStep | None:
    """Return the newest step of these kinds."""
    return next((s for s in reversed(steps) if s.kind in kinds), None)


def _runs(step: InterviewStep, now: datetime) -> bool:
    return step.until_at is not None and step.until_at > now


#: Reasons of a snooze.
SNOOZINGS = (
    *("waiting_for_carer", "waiting_for_child", "waiting_for_school", "waiting_for_placement", "waiting_for_police"),
    *("booked", "child_unwell", "other"),
)
#: The words allowed as the detail of each step.
DETAILS: dict[str, tuple[str, ...]] = {
    "offered": ("phone", "in_person", "video", "text", "letter", "through_carer"),
    "attempt": ("no_answer", "refused_now", "asked_later", "moved", "missing_again"),
    "accepted": (CHANGED_MIND,),
    "declined": ("child", "parent"),
    "not_possible": tuple(sorted(NOT_POSSIBLE)),
    "reopened": ("child_changed_mind", "new_information", "wrong_child", "wrong_time", "recorded_in_error", "other"),
    "snoozed": SNOOZINGS,
}
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
#: Steps that need more words: a form can ask for them.
NEED_MORE = ("attempt", "booked", "declined", "not_possible", "reopened", "snoozed", "handed_over")
#: Other words that people use -> the word of the list.
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
#: Words without a meaning of their own in a step.
_SMALL = "a an and as at because been by child for i in into is it of on please the till to until was we with"
_FILLERS = frozenset(_SMALL.split())
#: Steps that need a word of their list, and the question for it.
QUESTIONS = {
    "attempt": "What came of it?",
    "declined": "Who declined: the child, or a parent for the child?",
    "not_possible": "For which reason?",
    "reopened": "For which reason?",
    "snoozed": "For which reason?",
}


class NotUnderstood(ValueError):
    """The words are no step; the text gives an example and never repeats the words."""


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


def begun(typed: str, now: datetime, calendar: Calendar) -> ParsedStep | None:
    """Parse an interview, or a step that needs more words, for a form to ask them; None where more was typed."""
    which, text = _which(typed, now, calendar)
    verb, rest = _verb(text)
    return replace(which, verb=verb) if not rest and (verb == "" or verb in NEED_MORE) else None


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


def _with_rest(step: ParsedStep, rest: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """Read the detail and the time of a step. NotUnderstood or NotATime where one lacks, or words are left over."""
    # The detail is a word of the verb's list, as people write it; of several the longest.
    verb, detail = step.verb, ""
    words = [w for w in DETAILS.get(verb, ()) if w != CHANGED_MIND]
    phrases = {**_ALSO.get(verb, {}), **{plain(w): w for w in words}, **{w.replace("_", " "): w for w in words}}
    longest_first = sorted(phrases, key=lambda p: (-len(p), p))
    patterns = ((p, rf"(?<![\w-]){re.escape(p).replace(chr(92) + ' ', '[ _-]')}(?![\w-])") for p in longest_first)
    if named := next(((p, match) for p, pattern in patterns if (match := re.search(pattern, rest))), None):
        detail, match = phrases[named[0]], named[1]
        rest = " ".join(f"{rest[: match.start()]} {rest[match.end() :]}".split())
    ahead = verb in ("booked", "snoozed")
    found = hear(rest.split(), now, calendar, ahead=ahead)
    if left := [w for w in found.rest if w.strip("\"'.,;:!?") not in _FILLERS and w.strip("\"'.,;:!?")]:
        # A known word is suggested; the words left over are not repeated, for they may be a name.
        known = [p for p in phrases if " " not in p]
        if near := suggest(left[0], known):
            raise NotUnderstood(f"I did not understand all of that. Did you mean: {near}")
        listed = ", ".join(plain(w) for w in DETAILS[verb]) if verb in QUESTIONS or known else ""
        help_words = f" Words I know here: {listed}." if listed else ""
        fault = f"I did not understand all of that, so nothing was recorded.{help_words}"
        raise NotUnderstood(f"{fault} For example: {example(verb)}")
    if verb in QUESTIONS and not detail:
        raise NotUnderstood(f"{QUESTIONS[verb]} One of: {', '.join(plain(w) for w in DETAILS[verb])}.")
    at = found.at
    if found.day and at is None:
        if verb != "snoozed":
            raise NotUnderstood(f"At what time? Say, for example: {example(verb)}")
        at = calendar.opens(found.day)
    if ahead and at is None:
        raise NotUnderstood(f"When? Say, for example: {example(verb)}")
    return replace(step, detail=detail, at=None if ahead else at, until_at=at if ahead else None)


def example(verb: str) -> str:
    """Return an example of a step, as it is typed."""
    return EXAMPLES.get(verb, VERBS[verb][0])


_JOINED = {"offered": "by", "declined": "by", "not_possible": "because", "reopened": "because", "snoozed": "because"}
_PLAIN = {
    "in_person": "in person",
    "through_carer": "through the carer",
    "other": "another reason",
    "child": "the child",
    "parent": "a parent for the child",
    "changed_mind": "the child has changed their mind",
    "in_custody": "in custody",
    "out_of_area": "out of the area",
    "recorded_in_error": "it was recorded in error",
}
_KINDS = {
    "carer_contacted": "carer contacted",
    "merged": "put together with another interview of the child",
    "handed_over": "handed over",
    "took_over": "taken over",
    "refused_hand_over": "hand-over refused",
    "undone": "the last step taken back",
    "on_it": "on it",
    "threshold_met": "threshold met",
    "threshold_not_met": "threshold not met",
    "discussion_held": "strategy discussion held",
    "considered": "strategy discussion considered",
}


def plain(word: str) -> str:
    """Write a word of a list as people read it: 'no answer', 'waiting for carer'."""
    return _PLAIN.get(word, word.replace("_", " "))


def kind_words(kind: str) -> str:
    """Write a kind of step as people read it: 'carer contacted', 'handed over'."""
    return _KINDS.get(kind, kind.replace("_", " "))


def step_label(step: InterviewStep) -> str:
    """Write 'offered by phone', 'attempt: no answer', 'declined by the child', 'handed over to coordinator'."""
    return f"{kind_words(step.kind)} to {step.to}" if step.kind == "handed_over" else worded(step.kind, step.detail)


def worded(kind: str, detail: str) -> str:
    """Write a kind of step with its word of the list, if it has one."""
    words = kind_words(kind)
    if not detail:
        return words
    if kind == "offered" and detail in ("in_person", "through_carer"):
        return f"{words} {plain(detail)}"
    joint = _JOINED.get(kind)
    return f"{words} {joint} {plain(detail)}" if joint else f"{words}: {plain(detail)}"


def who_was_first(step: InterviewStep, reader: str = "") -> str:
    """Tell the second person who was first, with which step, and when."""
    name = "You were" if step.by == reader else f"{step.by} was"
    return f"{name} first: {step_label(step)}, said {say(step.said_at)}."
