"""What is not known of an episode because a record could not be read: said beside it, and never a reason to hide it."""

from __future__ import annotations

from collections.abc import Set

#: The police's row names no child, and no other record says who it is.
IDENTITY = "identity"
#: The police's row of a known child no longer names the child.
REFERENCE = "reference"
#: No time at which the absence began could be read: the episode stands where an export first had it.
START = "start"
#: A return stands in the record and could not be read, or cannot be true: the child is missing until it can.
RETURN = "return"
#: The newest export gives no grade that can be read, though an older one did.
GRADE = "grade"
#: A birth date makes the person 18 or over when the episode began.
AGE = "age"
#: A named person confirmed that it is an adult: no child's episode any more.
ADULT = "adult"
#: The newest export should have the open record and lacks it.
ABSENT = "absent"

#: In the order in which a line says them.
WORDS = {
    IDENTITY: "not identified",
    REFERENCE: "police reference not readable",
    START: "since when not known",
    RETURN: "return not readable",
    GRADE: "grade not readable",
    AGE: "age in doubt",
    ABSENT: "not in the newest file",
    ADULT: "an adult, as was confirmed",
}


def read(text: str) -> frozenset[str]:
    """The doubts of a stored episode, which stand as words with spaces between them."""
    return frozenset(text.split())


def stored(doubts: Set[str]) -> str:
    return " ".join(code for code in WORDS if code in doubts)
