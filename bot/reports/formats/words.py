"""The copy of the report in which the leads write: a DOCX with room for words under every heading. Never published."""

from __future__ import annotations

from bot.reports.document import Document
from bot.reports.formats import docx


def write(document: Document) -> bytes:
    return docx.write(document, with_rooms=True)
