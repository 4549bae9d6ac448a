"""The leads' own paragraphs: found in the document that they hand back, checked, and kept with the period's draft."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zipfile import BadZipFile, ZipFile

from bot.rules.access.permissions import roles_today
from bot.rules.audit.chain import Entry
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.reports.words import UnfitParagraph, unfit
from bot.rules.text.reasons import in_one_line
from bot.rules.time.clock import local_day
from bot.store import audit_chain, reports
from bot.store.database import Database, writing

#: The style of the leads' paragraphs, and the beginning of the bookmark before them, which has the section's id.
STYLE, BOOKMARK = "Leads words", "words_"
#: Bytes of a document that is handed back, and of what is in it.
LARGEST, LARGEST_INSIDE = 10_000_000, 50_000_000
_SECTION = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)


class NotRead(Exception):
    """The file is no document of a report. The text has nothing of what is in it."""


class NotKept(Exception):
    """Paragraphs that may not be kept; nothing was changed."""

    def __init__(self, faults: tuple[UnfitParagraph, ...]) -> None:
        super().__init__("\n".join(fault.text for fault in faults))
        self.faults = faults


def read_words(docx: bytes) -> Mapping[str, tuple[str, ...]]:
    """Return section -> the paragraphs in the leads' style behind its bookmark; empty paragraphs are left out.

    NotRead for another file, one that is too large, or one without a place for words.
    """
    document = _opened(docx)
    found: dict[str, list[str]] = {}
    section = ""
    for paragraph in document.paragraphs:
        marks = paragraph._p.xpath(".//w:bookmarkStart/@w:name")
        before = paragraph._p.xpath("preceding-sibling::*[1][self::w:bookmarkStart]/@w:name")
        named = [m.removeprefix(BOOKMARK) for m in (*before, *marks) if m.startswith(BOOKMARK)]
        if named and _SECTION.fullmatch(named[-1]):
            section = named[-1]
            found.setdefault(section, [])
        words = in_one_line(paragraph.text)
        if section and words and paragraph.style.name == STYLE:
            found[section].append(words)
    if not found:
        raise NotRead("The document has no place for words: hand back the writing copy that the bot made.")
    return {section: tuple(paragraphs) for section, paragraphs in found.items() if paragraphs}


def _opened(docx: bytes) -> Any:
    """Open a document; a file that unpacks to more than its limit is not unpacked."""
    from docx import Document

    if len(docx) > LARGEST:
        raise NotRead("The file is too large: it has more than 10 MB.")
    try:
        with ZipFile(io.BytesIO(docx)) as inside:
            if sum(each.file_size for each in inside.infolist()) > LARGEST_INSIDE:
                raise NotRead("The file is too large: it unpacks to more than 50 MB.")
        return Document(io.BytesIO(docx))
    except NotRead:
        raise
    except (BadZipFile, KeyError, ValueError, OSError) as fault:
        raise NotRead("The file is no Word document (DOCX).") from fault


def hand_in(
    database: Database,
    key: bytes,
    partnership: Partnership,
    period: Period,
    docx: bytes,
    person: Person,
    now: datetime,
    place: str,
) -> int:
    """Keep the words of a document with the period's draft, or a new one, and record it; return the report's number.

    NotRead or NotKept where the document may not be kept, Overtaken where the draft is checked already or the person
    may not draft. Whether the period may be published is for the caller to ask first.
    """
    words = read_words(docx)
    if faults := unfit(words, partnership):
        raise NotKept(faults)
    roles = ",".join(held.role for held in roles_today(person, local_day(now)))
    counted = f"{period.label}: {sum(map(len, words.values()))} paragraphs"
    entry = Entry(now, person.id, person.agency, roles, "report words", "done", place=place, reason=counted)
    with writing(database) as connection:
        audit_chain.append(connection, key, entry)
        return reports.hand_in_words(connection, period, words, person, now)
