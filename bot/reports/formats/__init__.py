"""A Document as a file: HTML, XLSX, DOCX, PDF, or the DOCX in which the leads write (`words`).

The same document gives the same bytes: no clock is read.

Each library is imported where its file is made, never when the bot starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal, get_args

from bot.reports.document import Document

Form = Literal["html", "xlsx", "docx", "pdf", "words"]
FORMS: tuple[Form, ...] = get_args(Form)


def ending(form: Form) -> str:
    """Return the end of a file's name: that of the writing copy tells it from the report itself."""
    return "-for-words.docx" if form == "words" else f".{form}"


class NotInstalled(Exception):
    """The library of a form is not there; the text says how to install it."""


def write(document: Document, form: Form) -> bytes:
    """Return the bytes of the file; NotInstalled where the library of a PDF is not there."""
    made: bytes = import_module(f"bot.reports.formats.{form}").write(document)
    return made
