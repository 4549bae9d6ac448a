"""Pieces of the rule book that do not hold yet, and why; a piece that begins to hold has to be taken out."""

from __future__ import annotations

_ONE_ABSENCE = "each report of one absence is an episode of its own"

#: By case: each piece that does not hold, with a word of why; in the order of the case.
NOT_YET: dict[str, dict[str, str]] = {
    "E2": {
        "active in July": "children active in a period are no measure",
        "due in July, by its due date": "interviews by due date are no measure",
    },
    "E4": dict.fromkeys(
        (
            "the police are told",
            "the council is told",
            "that it is a missing adult now",
            "the care-leaver duty is flagged",
        ),
        "the digest alone says that a child turned 18",
    ),
    "E9": dict.fromkeys(
        (
            "one row in open",
            "one row in the digest",
            "reported once",
            "no repeat rule",
            "no call for a repeat",
            "one episode",
            "one in 90 days",
            "its end is the latest, once",
            "one interview",
        ),
        _ONE_ABSENCE,
    ),
    "E10": dict.fromkeys(
        (
            "one row in open",
            "no interview while missing",
            "one row in the digest",
            "no repeat rule",
            "one interview, from the last return",
            "one episode",
        ),
        _ONE_ABSENCE,
    ),
    "E12": {"the reason is pre-filled": "causes are not pre-filled"},
    "E16": dict.fromkeys(
        ("tracked on a line of its own", "told when", "their contact is reminded, through us"),
        "a hosted child's interview is said, not tracked",
    ),
    "E18": {"a late entry with its true time": "a record without a time of report shows no time in late entries"},
    "E19": dict.fromkeys(
        ("the interview says found, not returned", "the list says it", "both are displayed"),
        "the clock's start is not shown",
    ),
    "E20": dict.fromkeys(
        ("a reminder before it is due", "in each morning's digest", "never all clear"),
        "nobody is reminded outside working hours, and a digest without a child missing begins with all clear",
    ),
    "E21": {"the figures mark it": "figures do not say which times are days"},
    "E24": {"shown as entered care after": "care that begins after the start is not shown"},
    "E27": {"the digest shows both, with the time": "the digest shows the newest grade alone"},
    "E29": dict.fromkeys(("an exception: unreported", "the association is shown"), "found with is not shown"),
    "E30": dict.fromkeys(("no episode", "no interview", "counted as a report"), "a report alone cannot be expressed"),
    "E31": dict.fromkeys(("linked in child", "linked in open", "linked in the digest"), "found with is not shown"),
    "E34": dict.fromkeys(("the hand-over is shown", "with an acknowledgement"), "a change of authority is not shown"),
    "E37": {"one that was refused can be sent again": "there is nothing to decide of a message that failed"},
    "R2": {"a further report attaches": _ONE_ABSENCE},
    "R3b": dict.fromkeys(
        (
            "a doubt",
            "for the council",
            "for the police",
            "settled in chat",
            "one episode, no doubt",
            "with the trail",
            "the next export keeps it",
        ),
        "nights that only the council knows are no doubt, and nobody can say that they are one absence",
    ),
    "R4": {"once missing, it counts as missing": "a row whose kind changes to away is no longer counted"},
    "R4b": dict.fromkeys(
        ("one line, with both ends", "one interview, from the return"),
        "rows missing and away that meet are two episodes",
    ),
    "R7": dict.fromkeys(
        ("two children in July", "one of them in June too"), "children active in a period are no measure"
    ),
    "R12": {"the label counts from the start, as the call does": "labels count back from now"},
    "R19": {"figures mark it": "figures do not say which times are days"},
    "R20b": {"the partnership file may say so": "away asks for no interview, however often"},
}

#: Measures of the simulated days (`tests/bench/ninety_days.py`) that are not 0 yet.
OF_THE_DAYS: dict[str, str] = {
    "interviews held that came back as due or overdue": _ONE_ABSENCE,
    "held interviews whose recording nobody was asked for": "a step said of a report that is voided later goes with it",
    "absences in two rows of open": _ONE_ABSENCE,
}
