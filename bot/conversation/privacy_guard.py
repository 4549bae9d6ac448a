"""The privacy guard: stops a reply above the level of its place, whatever went wrong before.

Views lack the fields above their level, so the guard should never stop a reply. If it does, the fault is in the
program: the person gets a neutral text, and the audit trail has the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.conversation.refusals import refusal
from bot.conversation.reply import Form, Reply
from bot.rules.catalogue import _
from bot.rules.partnership.partnership import Partnership
from bot.rules.text.area_names import ALPHABET, LONGEST, SHORTEST

Fault = Literal["level", "unlisted", "reference", "age", "birth"]

STOPPED = Reply(
    _("Not shown"),
    0,
    (_("I can't show this here."), _("It was not your fault. Your administrator can see why.")),
    status="failed",
)

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
#: Invisible characters: they would break a reference in two for a search but not for a reader.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_YEARS_OLD = re.compile(r"\d\s*-?\s*(?:years?|yrs?)[\s-]*(?:olds?|of age)\b|\d\s*y/?o\b")
_AGED = re.compile(r"age(?<![a-z]age)[ds]?[ :=]+\d+\b(?! ?[-–+])")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = (
    rf"(?:(?:19|20)\d\d-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-](?:19|20)?\d\d|\d\d?(?:st|nd|rd|th)? {_MONTH} (?:19|20)?\d\d)"
)
_BIRTH_WORDS = r"\b(?:births?|birth ?dates?|birthdays?|born|d\.?o\.?b\b)"
_BIRTH = re.compile(rf"{_BIRTH_WORDS}[^\n]{{0,40}}?(?<!\d){_DAY}", re.I)
_BIRTH_HINTS = ("birth", "born", "dob", "d.o.b")
#: Columns under which a bare number or date is an age or a date of birth.
_COLUMNS = ("age", *_BIRTH_HINTS, "date of birth")
_AGE_HINTS = ("old", "of age", "y/o")


@dataclass(frozen=True, slots=True)
class Released:
    """The reply that may leave, and the fault found where it is not the given one."""

    reply: Reply
    fault: Fault | None = None


def release(reply: Reply, level: int | None, partnership: Partnership) -> Released:
    """Return the reply if it may leave for a place of this level, else a neutral one and the fault.

    In a place that is not listed (None) only a refusal leaves.
    """
    if level is None and reply.status != "refused":
        return Released(refusal("unlisted_place"), "unlisted")
    here = level or 0
    if reply.level > here:
        return Released(refusal("place_level"), "level")
    fault = _fault("\n".join(_texts(reply)), here, partnership.reference_prefix)
    return Released(STOPPED, fault) if fault else Released(reply)


def _fault(text: str, level: int, prefix: str) -> Fault | None:
    for character in () if text.isascii() else _INVISIBLE:
        text = text.replace(character, "")
    low = text.lower()
    if level < 1 and prefix.lower() in low and _reference(prefix).search(text):
        return "reference"
    # The plain search first: it is many times quicker than the patterns, and mostly finds nothing.
    if level < 2 and any(word in low for word in _AGE_HINTS) and _YEARS_OLD.search(low):
        return "age"
    if level < 2 and "age" in low and _AGED.search(low):
        return "age"
    return "birth" if any(word in low for word in _BIRTH_HINTS) and _BIRTH.search(text) else None


@lru_cache
def _reference(prefix: str) -> re.Pattern[str]:
    """Match anything that reads as a reference: with a dash in any case, otherwise with a digit or in capitals.

    Without the dash 'no owner' would be one in a partnership whose prefix is NO.
    """
    code, start = f"[{ALPHABET}{ALPHABET.lower()}]{{{SHORTEST},{LONGEST}}}", re.escape(prefix)
    either = f"(?i:{start})"
    forms = (
        rf"{either} ?[-{_DASHES}] ?{code}",
        rf"{either} {{0,3}}(?=[A-Za-z]*\d){code}",
        rf"{start} {{1,3}}[{ALPHABET}]{{{SHORTEST},{LONGEST}}}",
    )
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(forms)})(?![A-Za-z0-9])")


def _of_form(form: Form) -> Iterator[str]:
    yield from (form.title, form.submit, form.command, *form.text)
    for field in form.fields:
        yield from (field.label, field.hint, field.initial, *(s for o in field.options for s in (o.label, o.value)))


def _texts(reply: Reply) -> Iterator[str]:
    """Yield every text of a reply that a platform could show, one a line; a cell beside its column's name."""
    yield reply.title
    yield from reply.text
    yield from reply.footer
    for fact in reply.facts:
        yield f"{fact.label} {fact.value} {fact.unit} {fact.note}"
    for section in reply.sections:
        yield section.title
        yield from section.lines
        yield section.more
    for button in reply.pressable:
        yield button.label
        yield button.command
    for chart in reply.charts:
        yield from (chart.title, chart.alt, chart.unit, *chart.categories, *(s.name for s in chart.series))
    if reply.form:
        yield from _of_form(reply.form)
    for table in reply.tables:
        yield table.title
        yield table.note
        yield from table.columns
        guarded = tuple(i for i, c in enumerate(table.columns) if c.lower().startswith(_COLUMNS))
        for row in table.rows:
            yield from (v for v in row if isinstance(v, str))
            yield from (f"{table.columns[i]} {row[i]}" for i in guarded)
