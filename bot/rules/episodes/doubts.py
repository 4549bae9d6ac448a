"""Doubts about an episode with a record that could not be read: shown beside it, and never a reason to hide it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime

from bot.rules.catalogue import _

#: The police's row names no child, and no other record identifies it.
IDENTITY = "identity"
#: The police's row of a known child no longer names the child.
REFERENCE = "reference"
#: No time at which the absence began could be read: the episode begins with the first export that had it.
START = "start"
#: The record has a return that could not be read, or cannot be true: the child is missing until it can.
RETURN = "return"
#: The newest export has no readable grade, though an older one had.
GRADE = "grade"
#: The children file names a placing authority without a readable code: the interview stays ours.
AUTHORITY = "authority"
#: A birth date makes the person 18 or over when the episode began.
AGE = "age"
#: A named person confirmed that it is an adult: no child's episode any more.
ADULT = "adult"
#: The newest export should have the open record and lacks it.
ABSENT = "absent"
#: It may be one absence with another of the child: a named person can settle it.
UNSURE = "unsure"
#: A named person ended it in chat, while the newest files hold no record of it.
ENDED = "ended"
#: A named person said it in chat; no export has a record of it yet.
SAID = "said"
#: A record has come, and what was said in chat before is more than an hour from it.
DIFFERS = "differs"

#: In the order of a line.
WORDS = {
    IDENTITY: _("not identified"),
    REFERENCE: _("police reference not readable"),
    START: _("since when not known"),
    RETURN: _("return not readable"),
    GRADE: _("grade not readable"),
    AGE: _("age in doubt"),
    AUTHORITY: _("placing authority not readable"),
    ABSENT: _("not in the newest file"),
    UNSURE: _("may be one absence with another"),
    ADULT: _("an adult, as was confirmed"),
    ENDED: _("ended as was said in chat"),
    SAID: _("said in chat, in no file yet"),
    DIFFERS: _("said otherwise in chat"),
}


def read(text: str) -> frozenset[str]:
    """Read the doubts of a stored episode: codes with spaces between them."""
    return frozenset(text.split())


def stored(doubts: Set[str]) -> str:
    return " ".join(code for code in WORDS if code in doubts)


def grade_is_known(rows: Iterable[tuple[str, datetime | None]]) -> bool:
    """Return True where the rows of one occurrence (their reading and their time) give the grade of now.

    An unread grade that may be the newest leaves the child ungraded, which is listed above high; and so does one of
    several with a time that could not be read.
    """
    found = list(rows)
    read = [at for how, at in found if how == "read" and at is not None]
    untimed = [how for how, _ in found if how == "untimed"]
    unread = [at for how, at in found if how == "unread"]
    if untimed:
        return len(untimed) == 1 and not read and not unread
    if not read:
        return not unread
    return all(at is not None and at < max(read) for at in unread)


def why_not_counted(kind: str, found: Set[str]) -> str:
    """Return the doubt for which figures leave an episode out, one for each; '' for kinds that they never count."""
    if kind != "missing" and ADULT not in found:
        return ""
    return next((code for code in (START, AGE, ADULT, SAID) if code in found), "")
