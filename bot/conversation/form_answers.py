"""Turn a filled form into the command that could have been typed; no value is trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from bot.conversation.inbound import NotFilled
from bot.conversation.reply import Kind
from bot.rules.catalogue import _
from bot.rules.episodes.confirmations import AGES, ENDS, GRADES
from bot.rules.escalations.strategy import WHY
from bot.rules.interviews.transitions import OUTCOMES, WAITS
from bot.rules.text import reasons
from bot.rules.time.clock import instants, to_london

Values = Mapping[str, str]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)
#: An id as `id_format` has it, without a full stop at its end, which the commands strip.
_PERSON = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?", re.ASCII)
#: A reference of any partnership: with a hyphen, or with a digit where one was left out, so that no word is one.
_REFERENCE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{4}| ?(?=[A-Za-z]*[0-9])[A-Za-z0-9]{4})", re.ASCII)
_AREA = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
#: The police's number of an occurrence, as `read_code` takes it from a file.
_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9._/-]{1,32}", re.ASCII)
#: Characters that end a quoted text, here or in another program that reads the record.
_DOUBLE = frozenset('"\u201c\u201d\u201e\u00ab\u00bb')

NO_DATE = _("Give a day.")
NO_TIME = _("Give a time of day.")
NO_SUCH_DATE = _("There is no such day.")
NO_SUCH_TIME = _("There is no such time of day.")
SKIPPED = _("The clocks skip that hour on that day: take another time.")
TWICE = _("That time comes twice on that day: type the step, with BST for the first or GMT for the second.")
NOT_LISTED = _("Choose one of the list.")
NO_PERSON = _("Give the person's id, as it stands in the lists.")
AHEAD = _("A booking is for a time that is still to come.")
BEHIND = _("That is still to come: say when it happened.")
UNTIL = _("That is over: say until when your reminders are to wait.")
UNTIL_OVER = _("That is over: give an end that is still to come.")
BACKWARDS = _("The last day is before the first.")
NO_REFERENCE = _("Give the reference: its letters and four signs, as it stands in the lists. No name.")
NO_NUMBER = _("Give the police's number of the occurrence, as their system writes it: letters and digits.")
NO_REASON = _("Say in at least three words why you need this record now.")
LONG_REASON = _("Say it in at most {longest_reason} characters.", longest_reason=reasons.LONGEST_REASON)
PERSONAL = _(
    "Without personal details, please: no date, address, postcode, e-mail, telephone "
    "or NHS number, and no name. Nothing was kept."
)


def as_command(kind: Kind, command: str, values: Values, now: datetime | None = None) -> str:
    """Return the command of a filled form. NotFilled names the wrong field and never its value.

    With `now`, a time that should lie ahead or behind and does not is a fault too.
    """
    return f"{command} {_WORDS[kind](command, values, now)}".strip()


def _outcome(command: str, values: Values, now: datetime | None) -> str:
    """Return the words of an outcome: now, without a day and a time. A booking needs both and lies ahead."""
    chosen = OUTCOMES.get(_value(values, "outcome"))
    if chosen is None:
        raise NotFilled({"outcome": NOT_LISTED})
    booked = chosen.kind == "booked"
    if not booked and not _value(values, "date") and not _value(values, "time"):
        return chosen.typed
    day, wall, at = _when(values)
    if now is not None and booked and at <= now:
        raise NotFilled({_side(day, now): AHEAD})
    if now is not None and not booked and at > now:
        raise NotFilled({_side(day, now): BEHIND})
    return f"{chosen.typed} {'' if booked else 'at '}{day} {wall:%H:%M}"


def _snooze(command: str, values: Values, now: datetime | None) -> str:
    reason = _value(values, "reason")
    if reason not in WAITS:
        raise NotFilled({"reason": NOT_LISTED})
    day, wall, at = _when(values)
    if now is not None and at <= now:
        raise NotFilled({_side(day, now): UNTIL})
    return f"snooze until {day} {wall:%H:%M} because {reason}"


def _hand_over(command: str, values: Values, now: datetime | None) -> str:
    return f"hand to {_person(values, 'person')}"


def _away(command: str, values: Values, now: datetime | None) -> str:
    first, last = _day(values, "first"), _day(values, "last")
    if last < first:
        raise NotFilled({"last": BACKWARDS})
    cover = f" cover {_person(values, 'cover')}" if _value(values, "cover") else ""
    return f"{first} to {last}{cover}"


def _reason(command: str, values: Values, now: datetime | None) -> str:
    """Return the reason in one line, without a quote that could end it; the command judges it again."""
    words = "".join("'" if c in _DOUBLE else c for c in reasons.in_one_line(values.get("reason", "")))
    words = words.strip(reasons.QUOTES + " ")
    prefix = command.split()[1].partition("-")[0]
    fault = reasons.unfit(words, 0, prefix)
    if fault is not None:
        raise NotFilled({"reason": {"short": NO_REASON, "long": LONG_REASON, "personal": PERSONAL}[fault]})
    return f'because "{words}"'


def _look_up(command: str, values: Values, now: datetime | None) -> str:
    ref = _value(values, "reference")
    if not _REFERENCE.fullmatch(ref):
        raise NotFilled({"reference": NO_REFERENCE})
    return ref.upper()


def _age(command: str, values: Values, now: datetime | None) -> str:
    age = _value(values, "age")
    if age not in AGES:
        raise NotFilled({"age": NOT_LISTED})
    return f"{age} {_reason(command, values, now)}" if _value(values, "reason") else age


def _ended(command: str, values: Values, now: datetime | None) -> str:
    how = _value(values, "how")
    if how and how not in ENDS:
        raise NotFilled({"how": NOT_LISTED})
    day, wall, at = _when(values)
    if now is not None and at > now:
        raise NotFilled({_side(day, now): BEHIND})
    return f"{how} at {day} {wall:%H:%M} {_reason(command, values, now)}".strip()


def _cover(command: str, values: Values, now: datetime | None) -> str:
    role, person = _role(values), _person(values, "person")
    first, last, ends = _two_moments(values)
    if now is not None and ends <= now:
        raise NotFilled({"until_date": UNTIL_OVER})
    return f"{role} by {person} from {first} to {last}"


def _swap(command: str, values: Values, now: datetime | None) -> str:
    role, person = _role(values), _person(values, "person")
    first, last, _ = _two_moments(values)
    return f"{role} {first} with {person} {last}"


def _role(values: Values) -> str:
    role = _value(values, "role")
    if not _PERSON.fullmatch(role):
        raise NotFilled({"role": NOT_LISTED})
    return role


def _two_moments(values: Values) -> tuple[str, str, datetime]:
    """Return two moments as they are typed, and the second as an instant."""
    day, wall, _ = _when(values)
    last_day, last_wall, at = _when(values, "until_date", "until_time")
    return f"{day} {wall:%H:%M}", f"{last_day} {last_wall:%H:%M}", at


def _said(command: str, values: Values, now: datetime | None) -> str:
    what = _value(values, "what")
    if what not in ("missing", "back", "found", *(g.replace("_", " ") for g in GRADES)):
        raise NotFilled({"what": NOT_LISTED})
    day, wall, at = _when(values)
    if now is not None and at > now:
        raise NotFilled({_side(day, now): BEHIND})
    return f"{what} at {day} {wall:%H:%M} {_reason(command, values, now)}"


def _said_new(command: str, values: Values, now: datetime | None) -> str:
    """Return the words of a child whom no export has. The police's number may have been typed with spaces."""
    area, young = _value(values, "area"), _value(values, "young")
    if not _AREA.fullmatch(area):
        raise NotFilled({"area": NOT_LISTED})
    if young not in ("no", "yes"):
        raise NotFilled({"young": NOT_LISTED})
    number = "".join(_value(values, "number").split())
    if not _NUMBER.fullmatch(number):
        raise NotFilled({"number": NO_NUMBER})
    day, wall, at = _when(values)
    if now is not None and at > now:
        raise NotFilled({_side(day, now): BEHIND})
    age = " under 13" if young == "yes" else ""
    reason = _reason(command, values, now)
    return f"{area} number {number} missing since {day} {wall:%H:%M}{age} {reason}"


def _strategy(command: str, values: Values, now: datetime | None) -> str:
    reason = _value(values, "reason")
    if not any(reason in words for words in WHY.values()):
        raise NotFilled({"reason": NOT_LISTED})
    return f"because {reason}"


_WORDS: Mapping[Kind, Callable[[str, Values, datetime | None], str]] = {
    "outcome": _outcome,
    "snooze": _snooze,
    "hand_over": _hand_over,
    "reason": _reason,
    "look_up": _look_up,
    "away": _away,
    "age": _age,
    "ended": _ended,
    "cover": _cover,
    "swap": _swap,
    "said": _said,
    "said_new": _said_new,
    "strategy": _strategy,
}


def _value(values: Values, name: str) -> str:
    return values.get(name, "").strip()


def _side(day: date, now: datetime) -> str:
    """Return the field to blame for a moment on the wrong side of now."""
    return "time" if day == to_london(now).date() else "date"


def _when(values: Values, date_field: str = "date", time_field: str = "time") -> tuple[date, time, datetime]:
    """Return the day, the time of day in London, and their moment in UTC."""
    day, typed = _day(values, date_field), _value(values, time_field)
    if not typed:
        raise NotFilled({time_field: NO_TIME})
    try:
        wall = time.fromisoformat(typed) if _TIME.fullmatch(typed) else None
    except ValueError:
        wall = None
    if wall is None:
        raise NotFilled({time_field: NO_SUCH_TIME})
    try:
        found = instants(datetime.combine(day, wall))
    except OverflowError:
        raise NotFilled({date_field: NO_SUCH_DATE}) from None
    if len(found) != 1:
        raise NotFilled({time_field: TWICE if found else SKIPPED})
    return day, wall, found[0]


def _day(values: Values, name: str) -> date:
    typed = _value(values, name)
    if not typed:
        raise NotFilled({name: NO_DATE})
    try:
        if _DATE.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError:
        pass
    raise NotFilled({name: NO_SUCH_DATE})


def _person(values: Values, name: str) -> str:
    typed = _value(values, name)
    if not _PERSON.fullmatch(typed):
        raise NotFilled({name: NO_PERSON})
    return typed
