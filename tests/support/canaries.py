"""A world of canaries: in its exports, every code, date and word that must not leave the bot occurs nowhere else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.ingest.load import LoadSummary
from bot.rules.time.clock import to_london
from tests.support.exports import Row, child, interview, police
from tests.support.factories import NOW, hours, partnership
from tests.support.loader import Loader, loader

TAKEN = NOW - hours(1)
CHILDREN = 14
#: Typed or exported in the place of a code; no reply may repeat it.
NAMES = ("Wilhelmina", "Zebedee-Canary", "O'Canary", "Quillfeather")
FREE_TEXT = "seen near the canal lock with a grey van"
#: A placement, a reporter, a place missing from, a district: words of these cells alone.
WORDS = ("semi_independent", "semi independent", "carer_residential", "Canarydale")
_CODE = re.compile(r"(?:NOM|OCC|CID|EPI|PRV|LAX|IRO|WRK)7[0-9]{5}")
#: Case-system codes: a person in private may read them (the part `case`), a list never holds one.
_CASE_CODE = re.compile(r"(?:LAX|IRO|WRK)7[0-9]{5}")
_REFERENCE = re.compile(r"OX-[2-9A-Z]{4,6}", re.IGNORECASE)
_AGE = re.compile(r"\d+ years old|\bage \d+\b(?!-)", re.IGNORECASE)
TEAMS = ("Northern", "Southern", "Central")
_SOUTH = replace(partnership().area("south"), districts=("Canarydale",))
PARTNERSHIP = replace(partnership(), areas=tuple(_SOUTH if a.id == "south" else a for a in partnership().areas))


@dataclass(frozen=True)
class World:
    """Records of one partnership, stored by the loader."""

    bot: Loader
    births: tuple[date, ...]
    references: tuple[str, ...]
    said_while_loading: str

    def leaked(self, shown: str, level: int) -> list[str]:
        """Return everything in a text that a place of this level may not show."""
        found = [w for w in (*NAMES, FREE_TEXT, *WORDS) if w.casefold() in shown.casefold()]
        found += [d for birth in self.births for d in written(birth) if d in shown]
        codes = set(_CODE.findall(shown))
        found += sorted(codes if level < 2 else codes - set(_CASE_CODE.findall(shown)))
        if level < 2:
            found += _AGE.findall(shown)
        if level < 1:
            found += [r for r in self.references if r.casefold() in shown.casefold()] + _REFERENCE.findall(shown)
        return found


def written(day: date) -> Iterator[str]:
    """Return a date in every form that people and machines write. No record of the world is of a birth year."""
    yield from (day.strftime(form) for form in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%d.%m.%Y", "%d%m%Y", "%d-%m-%Y"))
    yield from (day.strftime(form) for form in ("%d %b %Y", "%d %B %Y", "%m/%d/%Y", "%b %d, %Y", "%B %d, %Y"))
    yield from (f"{day.day} {day:%b %Y}", f"{day.day} {day:%B %Y}", f"{day.day}/{day.month}/{day.year}")
    yield repr(day)


def _births(seed: int) -> tuple[date, ...]:
    """Return births: from 8 to 16 at NOW, none within two months of a birthday; the last turned 18 while missing."""
    dice = random.Random(f"births {seed}")
    years = [dice.choice([2000, 2001, 2003, 2005, 2008]) for _ in range(CHILDREN - 1)]
    return (*(date(y, 9, 10) + timedelta(days=dice.randrange(80)) for y in years), date(1999, 7, 3))


@contextmanager
def world(url: str, folder: Path, seed: int) -> Iterator[World]:
    """Load three exports, with some rows that are refused for a name in them."""
    with loader(url, folder) as bot:
        bot.partnership = PARTNERSHIP
        said = load(bot, seed, _births(seed), TAKEN)
        yield World(bot, _births(seed), tuple(r["ref"] for r in bot.rows("child")), str(said))


def load(bot: Loader, seed: int, births: tuple[date, ...], taken: datetime) -> list[LoadSummary]:
    """Load the three exports of children born on these days; the same seed gives the same records otherwise."""
    dice = random.Random(f"records {seed}")
    nights = [(n, night) for n in range(CHILDREN) for night in _nights(dice, n)]
    refused = {
        "children": child(child_id=NAMES[0], police_ref="NOM700099", provider="PRV700099"),
        "police": police(occurrence_ref="OCC799999", police_ref="NOM799999", reporter=NAMES[1]),
        "interviews": interview(episode_id="EPI799999", child_id="CID799999", worker=NAMES[3]),
    }
    rows = {
        "children": [_child(dice, n, birth) for n, birth in enumerate(births)],
        "police": [_police(n, i, night, births[n]) for i, (n, night) in enumerate(nights) if i % 5],
        "interviews": [_interview(dice, n, i, night) for i, (n, night) in enumerate(nights) if i % 4],
    }
    return [bot.load(source, *rows[source], refused[source], taken_at=taken, now=NOW) for source in rows]


Night = tuple[datetime, datetime | None]


def _nights(dice: random.Random, n: int) -> list[Night]:
    """Return two earlier nights, in this half-year and the last, then one that may still go on."""
    starts = [NOW - hours(24 * dice.randrange(5, 300) + dice.randrange(24)) for _ in range(2)]
    found: list[Night] = [(start, start + hours(dice.randrange(1, 40))) for start in sorted(starts)]
    last = NOW - hours(dice.randrange(3, 90))
    if n == CHILDREN - 1:
        last = NOW - hours(24 * 8)
    open_still = n == CHILDREN - 1 or dice.randrange(3) == 0
    return [*found, (last, None if open_still else last + hours(2))]


def _child(dice: random.Random, n: int, birth: date) -> Row:
    return child(
        child_id=f"CID7{n:05}",
        police_ref=f"NOM7{n:05}",
        birth_date=birth.isoformat(),
        team=dice.choice(TEAMS),
        placement="semi_independent",
        provider=f"PRV7{n:05}",
        placing_authority=dice.choice(["", "", f"LAX7{n:05}"]),
        lead_worker=dice.choice(["W-N01", f"WRK7{n:05}"]),
        iro=f"IRO7{n:05}",
        cp_from=dice.choice(["", "2016-10-01"]),
        looked_after_from=dice.choice(["", "2016-10-01"]),
    )


def _police(n: int, i: int, night: Night, birth: date) -> Row:
    start, back = night
    return police(
        occurrence_ref=f"OCC7{i:05}",
        police_ref=f"NOM7{n:05}",
        birth_date=f"{birth:%d/%m/%Y}",
        last_seen_at=_wall(start),
        reported_at=_wall(start + hours(0.5)),
        found_at=_wall(back),
        returned_at=_wall(back),
        risk=("low", "medium", "high", "")[i % 4],
        risk_at=_wall(start + hours(1)) if i % 4 != 3 else "",
        missing_from="school",
        area="Canarydale",
        reporter="carer_residential",
        found_with=f"NOM7{(n + 1) % CHILDREN:05}",
        prevention_interview_at=_wall(back) if i % 2 else "",
        end_reason="returned_self" if back else "",
    )


def _interview(dice: random.Random, n: int, i: int, night: Night) -> Row:
    start, back = night
    held = back + hours(dice.randrange(4, 90)) if back and i % 3 else None
    held = held if held and held < TAKEN else None
    return interview(
        episode_id=f"EPI7{i:05}",
        occurrence_ref=f"OCC7{i:05}" if i % 5 else "",
        child_id=f"CID7{n:05}",
        started_at=_wall(start),
        ended_at=_wall(back),
        returned_at=_wall(back),
        team=dice.choice(TEAMS),
        offered_at=_wall(back + hours(1)) if back and back + hours(1) < TAKEN else "",
        response="accepted" if held else "",
        held_at=_wall(held),
        recorded_at=_wall(held + hours(1)) if held and held + hours(1) < TAKEN else "",
        worker=("", "W-N01", f"WRK7{n:05}")[i % 3],
        interviewer_role="youth_worker" if held else "",
        independent="yes" if held else "",
    )


def _wall(when: datetime | None) -> str:
    return f"{to_london(when):%Y-%m-%d %H:%M}" if when else ""
