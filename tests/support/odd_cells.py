"""Missing children and due interviews, each with one odd cell in one of its rows, and the lists they must be in."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from bot.rules.access.permissions import Scope
from bot.rules.episodes.risk_flags import ADULT
from bot.rules.model import NOT_POSSIBLE, NOT_REQUIRED, Episode
from bot.rules.queries import digest_content
from bot.rules.time.clock import LONDON
from bot.store.database import reading, writing
from bot.store.loading.staging import own_key
from bot.store.queries.facts import StoredFacts
from bot.store.schema.delivery import step
from bot.store.schema.records import child, episode, interview, occurrence
from tests.support.exports import DEFAULTS, Row
from tests.support.loader import PARTNERSHIP, Loader

TAKEN = datetime(2017, 7, 5, 12, 0, tzinfo=LONDON)
NOW = TAKEN + timedelta(minutes=20)
EVERYWHERE = Scope(tuple(a.id for a in PARTNERSHIP.areas))
SOURCES = ("police", "children", "interviews")


class Odd(NamedTuple):
    """One odd value of a column; `means` is the right reading: empty, readable or unreadable."""

    source: str
    column: str
    value: str
    means: str


def read_values(name: str) -> list[Odd]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [Odd(**{key: json.loads(line)[key] for key in Odd._fields}) for line in lines]


OF_A_FRESH_READER = read_values("odd_values_of_a_fresh_reader.jsonl")
OF_THE_WRITERS = read_values("odd_values_of_the_writers.jsonl")

_START, _REPORT = "04/07/2017 18:30", "04/07/2017 20:00"
_OPEN = {
    "birth_date": "12/03/2003",
    "last_seen_at": _START,
    "reported_at": _REPORT,
    "found_at": "",
    "returned_at": "",
    "risk_at": "04/07/2017 20:30",
    "prevention_interview_at": "",
    "end_reason": "",
}
_BACK = {
    "birth_date": "12/03/2003",
    "last_seen_at": "01/07/2017 18:30",
    "reported_at": "01/07/2017 20:00",
    "found_at": "02/07/2017 10:00",
    "returned_at": "02/07/2017 10:40",
    "risk_at": "01/07/2017 20:30",
    "prevention_interview_at": "",
}
_LATELY = {name: value.replace("01/07", "03/07").replace("02/07", "04/07") for name, value in _BACK.items()}
_KNOWN = {"birth_date": "12/03/2003", "looked_after_from": "", "case_status": "cin", "placement": ""}
_STEPS = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")
_BEGUN = dict.fromkeys((*_STEPS, "ended_at", "returned_at"), "") | {"started_at": _START}
_OWED = dict.fromkeys(_STEPS, "") | {
    "started_at": "01/07/2017 18:30",
    "ended_at": "02/07/2017 10:40",
    "returned_at": "02/07/2017 10:40",
}
_OWED_LATELY = {name: value.replace("01/07", "03/07").replace("02/07", "04/07") for name, value in _OWED.items()}
_OFFERED = _OWED | {"offered_at": "03/07/2017 09:00"}
_HELD = _OFFERED | {"response": "accepted", "held_at": "04/07/2017 15:00", "interviewer_role": "youth_worker"}
_ALONE = {"occurrence_ref": ""}


@dataclass(frozen=True)
class Kind:
    """One kind of open episode or interview: its rows, and its records from chat."""

    list: str  # missing | interview
    police: Row | None = None
    children: Row | None = None
    interviews: Row | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    again: Row | None = None  # how a second row of the same occurrence differs from the first


KINDS = {
    "ungraded": Kind("missing", _OPEN | {"risk": "", "risk_at": ""}),
    "graded high, both agencies": Kind("missing", _OPEN | {"risk": "high"}, _KNOWN, _BEGUN),
    "grade without a time": Kind("missing", _OPEN | {"risk_at": "", "last_seen_at": ""}),
    "last seen alone": Kind("missing", _OPEN | {"reported_at": ""}, _KNOWN),
    "days alone": Kind(
        "missing", _OPEN | {"last_seen_at": "04/07/2017", "reported_at": "04/07/2017", "risk_at": ""}, _KNOWN
    ),
    "council only": Kind("missing", None, _KNOWN, _BEGUN | _ALONE),
    "away": Kind("missing", None, _KNOWN, _BEGUN | _ALONE | {"kind": "away"}),
    "hosted": Kind("missing", _OPEN, _KNOWN | {"placing_authority": "LA-9"}, _BEGUN),
    "looked after": Kind(
        "missing",
        _OPEN | {"missing_from": "care", "reporter": "carer_residential"},
        _KNOWN | {"looked_after_from": "2016-01-01", "uasc_from": "2016-01-01", "cp_from": "2017-01-01"},
    ),
    "graded twice": Kind("missing", _OPEN, _KNOWN, again={"risk": "high", "risk_at": "04/07/2017 23:00"}),
    "somebody is on it": Kind(
        "missing", _OPEN | {"risk": "low"}, _KNOWN, _BEGUN, {"kind": "on_it", "until_at": TAKEN + timedelta(hours=4)}
    ),
    "due": Kind("interview", _LATELY, _KNOWN, _OWED_LATELY),
    "overdue": Kind("interview", _BACK, _KNOWN, _OWED),
    "due by the police alone": Kind("interview", _LATELY, _KNOWN),
    "due by the council alone": Kind("interview", None, _KNOWN, _OWED | _ALONE),
    "back by the council alone": Kind(
        "interview", _BACK | {"found_at": "", "returned_at": "", "end_reason": ""}, _KNOWN, _OWED
    ),
    "back, graded twice": Kind("interview", _BACK, _KNOWN, _OWED, again={"risk": "low", "risk_at": "01/07/2017 23:00"}),
    "back on a day": Kind(
        "interview",
        _BACK | {"found_at": "", "returned_at": "02/07/2017"},
        _KNOWN,
        _OWED | {"ended_at": "02/07/2017", "returned_at": ""},
    ),
    "offered": Kind("interview", _BACK, _KNOWN, _OFFERED),
    "accepted": Kind("interview", _BACK, _KNOWN, _OFFERED | {"response": "accepted"}),
    "no answer yet": Kind("interview", _BACK, _KNOWN, _OFFERED | {"response": "no_response"}),
    "held, not recorded": Kind("interview", _BACK, _KNOWN, _HELD),
    "booked in chat": Kind(
        "interview", _BACK, _KNOWN, _OFFERED, {"kind": "booked", "until_at": TAKEN + timedelta(days=1)}
    ),
    "declined by a parent in chat": Kind(
        "interview", _BACK, _KNOWN, _OFFERED, {"kind": "declined", "detail": "parent"}
    ),
    "opened again in chat": Kind(
        "interview", _BACK, _KNOWN, _HELD | {"recorded_at": "04/07/2017 16:00"}, {"kind": "reopened", "detail": "other"}
    ),
}


@dataclass(frozen=True)
class Case:
    """One child, the kind of its open episode or interview, and the odd cells of one of its rows."""

    number: int
    kind: str
    odd: tuple[Odd, ...]

    def row(self, source: str, *, odd: bool) -> Row | None:
        said: Row | None = getattr(KINDS[self.kind], source)
        if said is None:
            return None
        n = self.number
        names = {
            "occurrence_ref": f"OCC-{n}",
            "police_ref": f"NOM-{n}",
            "child_id": f"C-{n}",
            "episode_id": f"EP-{n}",
        }
        good = {**DEFAULTS[source], **{name: names[name] for name in DEFAULTS[source] if name in names}, **said}
        return {**good, **({o.column: o.value for o in self.odd if o.source == source} if odd else {})}

    def rows(self, source: str, *, odd: bool) -> list[Row]:
        """Return the rows of one export: the row with the odd cells, and an occurrence's second row, which has none."""
        row, again = self.row(source, odd=odd), KINDS[self.kind].again
        if row is None:
            return []
        good = self.row(source, odd=False) or {}
        return [row, {**good, **again}] if again and source == "police" else [row]


def cases(values: Iterable[Odd], kinds: Iterable[str] = KINDS, each: int | None = None) -> list[Case]:
    """Return every value in every kind with a row of its export; with `each`, the kinds take turns at the values."""
    fit = {source: [k for k in kinds if getattr(KINDS[k], source) is not None] for source in SOURCES}
    turn = {source: cycle(names) for source, names in fit.items()}
    wanted = [(k, o) for o in values for k in islice(turn[o.source], each or len(fit[o.source]))]
    return [Case(n, kind, (odd,)) for n, (kind, odd) in enumerate(wanted, 1000)]


#: A row of each export whose days make sense day first alone, and the references that odd values often have.
BALLAST: dict[str, Row] = {
    "police": {
        **DEFAULTS["police"],
        **_BACK,
        "last_seen_at": "20/06/2017 18:30",
        "reported_at": "20/06/2017 18:30",
        "risk_at": "",
    },
    "children": {**DEFAULTS["children"], "birth_date": "20/06/2003"},
    "interviews": {
        **DEFAULTS["interviews"],
        **_HELD,
        "started_at": "20/06/2017 18:30",
        "recorded_at": "04/07/2017 16:00",
    },
}


def load(bot: Loader, found: Sequence[Case], taken_at: datetime = TAKEN, *, odd: bool = True) -> dict[str, Any]:
    """Load the three exports with the rows of all cases; return the summaries by source."""
    summaries = {}
    for source in SOURCES:
        rows = [BALLAST[source], *(row for c in found for row in c.rows(source, odd=odd))]
        summaries[source] = bot.load(source, *rows, taken_at=taken_at, now=taken_at + timedelta(minutes=10))
    return summaries


def say_in_chat(bot: Loader, found: Sequence[Case]) -> None:
    """Record each case's effects from chat on its episode."""
    by_ref: dict[str | None, Any] = {}
    with reading(bot.engine) as connection:
        for row in connection.execute(select(episode.c.id, episode.c.occurrence_ref, episode.c.episode_ref)):
            by_ref |= {row.occurrence_ref: row, row.episode_ref: row}
    at = TAKEN - timedelta(hours=2)
    rows = []
    for case in found:
        if KINDS[case.kind].said:
            row = by_ref[f"OCC-{case.number}"]
            keys = {"occurrence_ref": row.occurrence_ref, "episode_ref": row.episode_ref, "episode_id": row.id}
            plain: dict[str, Any] = {"at": at, "said_at": at, "by": "lead", "to": "", "until_at": None, "detail": ""}
            rows.append({**plain, **keys, **KINDS[case.kind].said})
    with writing(bot.engine) as connection:
        connection.execute(insert(step), rows)


class Listed(NamedTuple):
    """The lists' entries, by each number of a record and of its child."""

    missing: dict[str, Episode]
    interviews: dict[str, Episode]

    def has(self, case: Case) -> bool:
        """Tell if a case is listed as missing or as a due interview; a missing child needs the first list alone."""
        found = (*case_refs(case), *odd_refs(case))
        return any(ref in self.missing or (self._owed(case) and ref in self.interviews) for ref in found)

    def _owed(self, case: Case) -> bool:
        return KINDS[case.kind].list == "interview"


def case_refs(case: Case) -> tuple[str, ...]:
    n = case.number
    return (f"OCC-{n}", f"EP-{n}", f"NOM-{n}", f"C-{n}")


def odd_refs(case: Case) -> Iterator[str]:
    """Return the odd cell's reference of the child, where it is the only one, and a record's key by child and time."""
    for o in case.odd:
        if o.column in {"police_ref", "child_id"}:
            ref, row = bare(o.value), case.row(o.source, odd=True) or {}
            if not re.fullmatch(_REFERENCE, ref):
                yield ref
            start = as_time(row.get("last_seen_at") or row.get("reported_at") or row.get("started_at") or "")
            yield own_key(ref, start and start.astimezone(UTC))


def listed(bot: Loader, now: datetime = NOW) -> Listed:
    """Return the lists of `open` and `interviews`."""
    with reading(bot.engine) as connection:
        facts = StoredFacts(connection, bot.partnership)
        missing = facts.open_episodes(EVERYWHERE, now)
        died = facts.died([x.child_id for x in missing])
        owing = [i.episode for i in digest_content.open_interviews(facts, EVERYWHERE, now)]
        names = dict(_names(bot, connection))
    alive = [x for x in missing if x.kind != "void" and x.child_id not in died]
    here = {ref: x for x in alive for ref in names[x.id]}
    return Listed(here, {ref: x for x in owing for ref in names[x.id]})


def _names(bot: Loader, connection: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    named = (episode.c.occurrence_ref, episode.c.episode_ref, child.c.police_ref, child.c.council_ref)
    query = select(episode.c.id, *named).join(child, child.c.id == episode.c.child_id)
    further: dict[str, list[str]] = defaultdict(list)
    for key in (occurrence.c.occurrence_ref, interview.c.episode_ref):
        one_with = key.table.c.one_with
        for ref, first in connection.execute(select(key, one_with).where(one_with.is_not(None))):
            further[first].append(ref)
    for number, *refs in connection.execute(query):
        named_here = [ref for ref in refs if ref]
        yield number, (*named_here, *(ref for first in named_here for ref in further[first]))


_REFERENCE = r"(OCC|EP|NOM|C)-\d+"
_TIME = re.compile(
    r"(?:(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r" ?(Z|UTC|GMT|BST|[+-]\d{2}:?\d{2})?)?"
)
_ZONES = {"Z": "+0000", "UTC": "+0000", "GMT": "+0000", "BST": "+0100"}
_OVER = {
    ("police", "end_reason"): {"turned_18", "died", "error_duplicate"},
    ("interviews", "response"): {"declined", "refused"},
    ("interviews", "outcome_reason"): {*NOT_REQUIRED, *NOT_POSSIBLE},
    ("interviews", "kind"): {"away", "a"},
}


def bare(text: str) -> str:
    """The text without marks that nobody sees, and without the apostrophe that makes a number text."""
    seen = "".join("-" if unicodedata.category(c) == "Pd" else c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(seen.split()).removeprefix("'")


def as_time(text: str) -> datetime | None:
    """The time or day that is written, by a reader of the tests' own; None for anything else."""
    text = bare(text)
    found = _TIME.fullmatch(text)
    if not found:
        return _by_another_form(text)
    year, month, day = (int(n) for n in (found[4] or found[3], found[5] or found[2], found[6] or found[1]))
    try:
        hour, minute, second = (int(n or 0) for n in found.group(7, 8, 9))
        at = datetime(year, month, day, hour, minute, second, tzinfo=LONDON)
        zone = _ZONES.get(found[10], found[10])
        return at.replace(tzinfo=datetime.strptime(zone.replace(":", ""), "%z").tzinfo) if zone else at
    except ValueError:
        return None


_DAYS = ("%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y", "%d %B %Y", "%d %b %Y")
_TIMES = ("", " %H:%M", " %H.%M", " %H%M", " %I:%M %p", " %I.%M%p", " %I:%M%p", " %I %p", " %I%p", " %H:%M:%S")


def _by_another_form(text: str) -> datetime | None:
    """The time as Python's own strptime reads it, or as a spreadsheet counts days."""
    if re.fullmatch(r"[1-7]\d{4}(\.\d+)?", text):
        return (datetime(1899, 12, 30) + timedelta(days=float(text))).replace(tzinfo=LONDON)  # noqa: DTZ001
    text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", re.sub(r" ?(hours|hrs?)$", "", text)).replace(" at ", " ")
    for form in (day + time for day in _DAYS for time in _TIMES):
        try:
            return datetime.strptime(text, form).replace(tzinfo=LONDON)
        except ValueError:
            continue
    return None


def may_be_over(case: Case) -> bool:
    """Tell if a readable odd cell takes the child out of the lists."""
    return any(_ends(case, o) for o in case.odd)


def _ends(case: Case, o: Odd) -> bool:
    if o.column in {"found_at", "returned_at", "ended_at", "recorded_at"}:
        return can_be(case, o)
    value = bare(o.value)
    if o.column == "placing_authority":
        return re.fullmatch(r"[\w./-]*\d[\w./-]*", value) is not None and o.means != "empty"
    if o.column in {"police_ref", "child_id"}:  # another child's, whose interview may be nobody's here
        return KINDS[case.kind].list == "interview" and re.fullmatch(_REFERENCE, value) is not None
    if o.column == "birth_date":
        born = as_time(o.value)
        return born is not None and TAKEN.year - born.year == ADULT  # that birthday may have come meanwhile
    word = re.sub(r"[\s_-]+", "_", value.lower())
    return word in _OVER.get((o.source, o.column), ())


def can_be(case: Case, o: Odd) -> bool:
    """Tell if the value is a time between the start of the absence, by its row, and the export."""
    at, row = as_time(o.value), case.row(o.source, odd=True) or {}
    if at is None or at > TAKEN + timedelta(hours=1):
        return False
    texts = [row.get(name, "") for name in ("last_seen_at", "reported_at", "started_at")]
    starts = [x for text in texts if (x := as_time(text)) and x <= TAKEN]
    start = min(starts, default=None)  # the report holds where it is earlier
    if start is not None and any(text and ":" not in text for text in (*texts, o.value)):
        return at.astimezone(LONDON).date() >= start.astimezone(LONDON).date()
    return start is None or at >= start
