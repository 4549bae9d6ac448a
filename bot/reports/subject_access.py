"""The copy of a child's records for a subject access request: complete as JSON, and as a page in plain words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from bot.reports.documents import render
from bot.rules.time.clock import say

Record = dict[str, Any]
Held = dict[str, list[Record]]


class RecordSection(NamedTuple):
    """One kind of record on the page: labels and values; unknown values are left out."""

    title: str
    note: str
    records: list[list[tuple[str, str]]]


#: Table -> its title and a note to the reader, in the order of the page.
TITLES = {
    "child": ("The child", "As the agencies last said. Which agency says what is named where they may differ."),
    "child_alias": ("Earlier references", "The same child was known here under these too."),
    "child_period": ("Looked after, UASC, child protection plan", "The day after the last is given where it ended."),
    "child_placement": (
        "Placements",
        "The day after the last is given where it ended.",
    ),
    "episode": ("Episodes", "What the bot worked out from the records below, as it is counted and shown."),
    "occurrence": ("Police records", "One for each occurrence, as the police export says."),
    "grade": ("Police risk grades", "Each with when it was given."),
    "found_with": ("Found with others", "Other people are counted and not named: they are third parties."),
    "interview": ("Return interviews", "The council's record of each episode."),
    "step": ("Said in chat of an episode or its interview", "Beside the council's record, by people who work with it."),
    "ruling": (
        "Said in chat of a doubt, or before an export had it",
        "An adult or a child, an absence over, missing since, back, graded, and who said so.",
    ),
    "nudge": ("Reminders", "Who was reminded of the return interview, of which step before which deadline."),
    "escalation": ("Who was called", "Because a rule of the partnership was met, in each agency."),
    "notice": ("Messages about the child", "What people who work with the records were told."),
    "glass": ("Looks from outside the area", "By people who gave a reason, and what a lead said of it."),
    "legal_hold": ("Legal hold", ""),
    "audit": ("Who looked, and what was done", "Every question about the child, refused ones too."),
    "source_load": ("Exports that brought it", "Those in which something became known, and the first of each agency."),
}
#: Labels of columns whose name alone would be unclear.
LABELS = {
    "ref": "Reference",
    "police_ref": "Police reference of the person",
    "council_ref": "Council reference of the child",
    "birth_date": "Date of birth (council)",
    "police_birth_date": "Date of birth (police)",
    "sex": "Sex (council)",
    "police_sex": "Sex (police)",
    "linked_by": "What says that both references are one child",
    "iro": "Independent reviewing officer",
    "lac": "Looked-after child at the start",
    "uasc": "Unaccompanied asylum-seeking child at the start",
    "cp": "On a child protection plan at the start",
    "hosted": "Hosted child",
    "age": "Age at the start, in years",
    "due_at": "Return interview due",
    "clock_start_at": "72 hours run from",
    "counts_until": "In time until",
    "until_at": "Open until (or the 18th birthday)",
    "prevention_at": "Prevention interview",
    "prevention_interview_at": "Prevention interview",
    "required": "Return interview required",
    "child_known": "Known to the children file",
    "legacy_absent": "Recorded as 'absent' at the time",
    "others": "How many others",
    "named_in_records_of_others": "Named in records of others, times",
    "person_id": "Person",
    "who": "Person",
    "opened_at": "From",
    "made_at": "Told",
    "at": "When",
    "by": "Person",
    "to": "To whom",
    "said_at": "Said",
    "deadline_at": "Of the deadline",
    "tier": "Tier, 1 the first called",
    "level": "Level of detail (0 counts, 1 references, 2 details)",
}
_CODES = {
    ("kind", "lac"): "looked after",
    ("kind", "uasc"): "UASC",
    ("kind", "cp"): "child protection plan",
    ("kind", "away"): "away from placement without authorisation",
}
#: References and codes of the agencies, which may have underscores.
_AS_IT_IS = frozenset(
    {"ref", "police_ref", "council_ref", "occurrence_ref", "episode_ref", "one_with", "text", "reason", "why"}
    | {"other_occurrence_ref", "other_episode_ref"}
)
_NEVER = "9999-"


def as_json(held: Held, ref: str, now: datetime) -> str:
    """Return every record as it is stored, times in UTC."""
    copy = {"reference": ref, "as_of": now.isoformat(), "legal_hold": bool(held["legal_hold"]), "held": held}
    return json.dumps(copy, indent=2, ensure_ascii=False) + "\n"


def as_page(held: Held, ref: str, now: datetime) -> str:
    """Return the same records as an HTML page, in London time."""
    sections = [
        RecordSection(title, note, [_labelled(record) for record in held[table]])
        for table, (title, note) in TITLES.items()
    ]
    under_hold = bool(held["legal_hold"])
    return render("subject.html", title=f"Held on {ref}", as_of=say(now), held_by_law=under_hold, sections=sections)


def _labelled(record: Record) -> list[tuple[str, str]]:
    """Return the record's labels and values in plain words, without the unknown ones."""
    found = []
    for name, value in record.items():
        if value not in (None, ""):
            words = name.removesuffix("_at").removesuffix("_ref").replace("_", " ")
            words = f"{words[0].upper()}{words[1:]}" + (" reference" if name.endswith("_ref") else "")
            found.append((LABELS.get(name, words), _value(name, value)))
    return found


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if text.startswith(_NEVER):
        return "still open"
    if name == "at" or name.endswith("_at"):
        return say(datetime.fromisoformat(text))
    return _CODES.get((name, text)) or (text if name in _AS_IT_IS else text.replace("_", " "))
