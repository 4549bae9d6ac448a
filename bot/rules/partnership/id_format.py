"""Format of people's ids, worker codes and platform accounts: they are shown in chat, so none may be a name."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)  # as in the exports (ingest/cells.py)
_ACCOUNT = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)
#: The audit trail has these in place of an id, so no person may have them.
RESERVED = ("terminal", "unlisted")


def fault_of_id(text: str, *, coded: bool = True) -> str | None:
    """Return the fault of a person's id; None for a good one.

    `coded` asks for a digit or a hyphen as well: "Jane.Smith" is spelled like an id, and is a name.
    """
    if not _ID.fullmatch(text) or text.casefold() in RESERVED:
        return "an id has up to 64 letters, digits, - . _ and no spaces"
    if coded and not re.search(r"[0-9-]", text):
        return "an id has a digit or a hyphen in it: it is shown in chat, so it must be a code and not a name"
    return None


def fault_of_code(text: str, *, coded: bool = True) -> str | None:
    """Return the fault of a case system's worker code; None for a good one. Empty means that there is none."""
    if text and not _CODE.fullmatch(text):
        return "a worker code has up to 32 letters, digits, . _ / - and no spaces"
    if text and coded and not re.search(r"[0-9]", text):
        return "a worker code has a digit in it: it must be the case system's code and not a name"
    return None


def fault_of_account(text: str) -> str | None:
    """Return the fault of a platform's account id; None for a good one. Empty means that there is none."""
    if text and not _ACCOUNT.fullmatch(text):
        return "a platform id has up to 64 letters, digits, : . _ - (not an e-mail address or a name)"
    return None
