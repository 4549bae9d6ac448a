"""Reasons for looking at a child: the check of a reason, and its masked form for chat.

Only the audit trail on the server has the whole text. A name typed in small letters cannot be told
from another word, so people are asked for none, and a reason that looks like a personal detail is refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from bot.rules.partnership.partnership import Partnership
from bot.rules.text.area_names import ALPHABET, LONGEST, SHORTEST

LONGEST_REASON = 200
FEWEST_WORDS = 3
MASK = "[...]"

Unfit = Literal["short", "long", "personal"]

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_STREET = "street|road|avenue|lane|drive|crescent|gardens|terrace"
_PERSONAL = re.compile(
    "|".join(
        (
            r"\b\d{1,2}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{2,4}\b",  # 13/03/2003
            r"\b\d{4}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{1,2}\b",  # 2003-03-13
            rf"\b{_NTH}\s+(?:of\s+)?{_MONTH}[\s,]+(?:\d{{4}}|'?\d\d)\b",  # 13th March 2003
            rf"\b{_MONTH}\s+{_NTH}[\s,]+\d{{4}}\b",  # March 13, 2003
            r"\b(?:dob|d\.o\.b|date of birth|born on)\b",
            r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b",  # a postcode
            rf"\b\d{{1,4}}[a-z]?\s+(?:\w+\s+){{1,2}}(?:{_STREET})\b",  # 12 High Street
            r"@",
            r"(?:\d[ \-()]{0,2}){6}",  # a telephone, NHS or police number; a date without its dashes
        )
    ),
    re.IGNORECASE,
)

QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb"
_BECAUSE = re.compile(rf"^(.*?)[\s,;:.\-\u2013\u2014{QUOTES}]*\bbecause\b[\s:=,]*(.*)$", re.IGNORECASE)


def split(spoken: str) -> tuple[str, str | None]:
    """Split 'OX-7QK4 because "..."' into reference and reason, with quotes of any kind or none; None without a reason.

    Invisible characters and those that turn the text around are taken out: a reason is read in other programs too.
    """
    found = _BECAUSE.match(in_one_line(spoken))
    if found is None:
        return spoken, None
    return found[1].strip(QUOTES + " "), found[2].strip(QUOTES + " ")


def in_one_line(text: str) -> str:
    """Return the text without characters that a terminal, a file or another program takes for more than words."""
    seen = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    return " ".join(seen.split())


def unfit(reason: str, shortest: int, prefix: str) -> Unfit | None:
    """Return the fault of a reason, or None. A reference in it does not make it longer."""
    if len(reason) > LONGEST_REASON:
        return "long"
    if is_personal(reason):
        return "personal"
    text = _reference(prefix).sub(" ", reason)
    words = {w for w in re.findall(r"[^\W\d_]+", text.casefold()) if len(w) > 1}
    long_enough = len(" ".join(text.split())) >= shortest
    return None if long_enough and len(words) >= FEWEST_WORDS else "short"


def is_personal(text: str) -> bool:
    """Return True for a text with a date of birth, a postcode, an address or a long number."""
    return _PERSONAL.search(unicodedata.normalize("NFKC", text)) is not None  # in Oxford OX42AB is taken as a postcode


def has_reference(text: str, prefix: str) -> bool:
    return _reference(prefix).search(unicodedata.normalize("NFKC", text)) is not None


def may_name(text: str, partnership: Partnership, ordinary: frozenset[str]) -> bool:
    """Return True where a word may be a person's name: one with a capital that is in no list of ordinary words.

    A word that begins a sentence is no exception, for a name may begin one.
    """
    known = _known(partnership) | ordinary
    return not all(_is_no_name(word, known) for word in text.split())


def _reference(prefix: str) -> re.Pattern[str]:
    """Match references with anything between prefix and code: 'ox.7qk4' and 'OX_7QK4' too."""
    code = f"[{ALPHABET}]{{{SHORTEST},{LONGEST}}}"
    return re.compile(rf"(?<![^\W_]){re.escape(prefix)}[\W_]{{0,3}}{code}(?![^\W_])", re.IGNORECASE)


#: Capitals of an office, a plan or a service, never of a person (domain.md §8).
_ACRONYM_WORDS = """
A&E ADCS APP CAWN CCE CDE CSE CIN CP CLA LAC CIC CSC CSWS DMM DSL EDT EHCP ICS IFA IRO LA LADO LPA MACE MASE MARAMP
MASH MFH NHS NRM NSPCC OCG OEL OSCB LSCB LSCP RHI RMO SHPO SIO SW TVP UASC UKMPU YJS YOS YOT CAMHS CCTV ANPR UK
"""
#: Words that may begin a sentence, and days and months that are no first names; every other capital may be a name's.
_ORDINARY_WORDS = """
i i'm i've a an the this that these those he she they we it his her their our my your
child children carer carers mother father mum dad parent parents family sibling sister brother friend
police officer officers social worker school home hospital ambulance station court staff duty out on at in
is was has had should must need needs needed please urgent urgently emergency
found seen sighted missing located returned returning refused risk high medium low call called calling
asked asking told taken taking brought picked waiting wants wanted before after during while when where
because since until now today tonight yesterday tomorrow morning night weekend shift cover covering
to for from with without and but or as by of not no yes only also still just there here who what which
new another other same all both each colleague colleagues manager team placement foster residential
strategy meeting interview return reported report check checking confirm council
monday tuesday wednesday thursday friday saturday sunday january february march july september october november december
"""
_ACRONYMS, _ORDINARY = frozenset(_ACRONYM_WORDS.split()), frozenset(_ORDINARY_WORDS.split())


def masked(reason: str, partnership: Partnership) -> str:
    """Return the reason as chat shows it: without references, and without words that may be a name."""
    known = _known(partnership)
    words = _reference(partnership.reference_prefix).sub(MASK, reason).split()
    shown = [word if _is_no_name(word, known) else MASK for word in words]
    return " ".join(word for i, word in enumerate(shown) if word != MASK or shown[i - 1 : i] != [MASK])


def _known(partnership: Partnership) -> frozenset[str]:
    # Areas, districts, teams and agencies of one word: of 'Vale of White Horse' each word alone may be a name.
    names = [w for a in partnership.areas for w in (a.id, *a.aliases, *a.districts, *a.teams)]
    return _ORDINARY | {name.casefold() for name in (*names, *partnership.agencies) if name.isalpha()}


def _is_no_name(word: str, known: frozenset[str]) -> bool:
    """Return True for small letters, numbers, usual acronyms and ordinary words; all else may be a name."""
    bare = word.strip(f".,;:!?()[]{QUOTES}")
    parts = [p for p in re.split(r"[^\w&']+", bare.replace("\u2019", "'")) if any(c.isalpha() for c in p)]
    safe = bare.upper() == bare and bare in _ACRONYMS
    return word != MASK and (safe or all(_is_ordinary(p, known) for p in parts))


def _is_ordinary(part: str, known: frozenset[str]) -> bool:
    bare = part.removesuffix("'s")
    return part.islower() or bare in _ACRONYMS or bare in known or bare.casefold() in known
