"""Weeks of exports, late, old, repeated, empty, cut off, month-first and partly unreadable, in any order.

The weeks were written by a reader of the rules before the code; then each is played in orders by dice.
"""

import csv
import io
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.ingest.rejects import SourceError
from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.model import Episode, Freshness
from bot.rules.partnership.partnership import Source, Sources
from bot.rules.time import freshness
from bot.rules.time.clock import LONDON
from bot.store.database import reading
from bot.store.queries.facts import StoredFacts
from bot.store.queries.loads import freshness as sources_of
from bot.store.schema.records import child, episode, interview
from tests.support.exports import DEFAULTS
from tests.support.loader import PARTNERSHIP, Loader

WEEKS = json.loads((Path(__file__).parent / "week_of_a_fresh_reader.json").read_text(encoding="utf-8"))
EVERYWHERE = Scope(tuple(a.id for a in PARTNERSHIP.areas))
File = Mapping[str, Any]
#: What a sentence of the reader speaks of, as the episode's own doubt.
OF_AN_EPISODE = {
    "UNGRADED": doubts.GRADE,
    "return not readable": doubts.RETURN,
    "not identified": doubts.IDENTITY,
    "since when": doubts.START,
    "age in doubt": doubts.AGE,
    "not in the file": doubts.ABSENT,
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def written(file: File) -> bytes:
    """The file's bytes; one that is cut off ends directly behind the last cell that is given."""
    names = list(DEFAULTS[file["source"]])
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(names)
    for row in file["rows"]:
        lines.writerow([row.get(name, "") for name in names])
    text = out.getvalue()
    if file["kind"] == "cut_off" and file["rows"]:
        last = list(file["rows"][-1].values())
        text = text[: text.rindex(",".join([last[0], *last[1:2]]))] + ",".join(_up_to_the_last(file["rows"][-1], names))
    return text.encode()


def _up_to_the_last(row: Mapping[str, str], names: Sequence[str]) -> list[str]:
    until = max(names.index(name) for name in row)
    return [row.get(name, "") for name in names[: until + 1]]


@dataclass
class Week:
    """One week being played on one database."""

    bot: Loader
    refused: int = 0

    def play(self, file: File, number: int) -> None:
        covers = {file["source"]: Source(file["source"], covers=file.get("covers") or "")}
        others = {name: getattr(self.bot.partnership.sources, name) for name in ("police", "children", "interviews")}
        self.bot.partnership = replace(PARTNERSHIP, sources=Sources(**(others | covers)))
        path = self.bot.folder / f"{file['source']}-{number}.csv"
        path.write_bytes(written(file))
        how = "modified" if file["kind"] == "repeated" else "given"
        taken_at = moment(file["loaded_at" if file["kind"] == "repeated" else "taken_at"])
        try:
            self.bot.load_path(
                file["source"],
                path,
                taken_at=taken_at,
                taken_how=how,
                now=moment(file["loaded_at"]),
                fill_gaps=bool(file.get("fill_gaps")),
            )
        except SourceError:
            self.refused += 1

    def open_now(self, now: datetime) -> dict[str, Episode]:
        """Who is missing, by occurrence or council episode; and by the police's reference, where that is all."""
        with reading(self.bot.engine) as connection:
            listed = StoredFacts(connection, PARTNERSHIP).open_episodes(EVERYWHERE, now)
            found = {x.id: x for x in listed if x.kind == "missing"}
            named = (episode.c.occurrence_ref, interview.c.occurrence_ref, episode.c.episode_ref, child.c.police_ref)
            query = select(episode.c.id, *named).join(child, child.c.id == episode.c.child_id)
            query = query.outerjoin(interview, interview.c.episode_ref == episode.c.episode_ref)
            rows = connection.execute(query).all()
        names: dict[str, Episode] = {}
        for number, *refs in rows:
            if number in found:
                names[next(r for r in refs if r and not r.startswith("~"))] = found[number]
        return names

    def sources(self) -> dict[str, Freshness]:
        with reading(self.bot.engine) as connection:
            return {s.source: s for s in sources_of(connection, self.bot.partnership)}


def said(week: Week, sentence: str, missing: Mapping[str, Episode], now: datetime) -> bool:
    """Whether the doubt of the sentence is one of what people read."""
    named = _named(sentence)
    for words, code in OF_AN_EPISODE.items():
        if words in sentence and named:
            return all(code in missing[ref].doubts for ref in named if ref in missing)
    source = week.sources()["children" if "children" in sentence.split("file")[0] else "police"]
    if "interview" in sentence:
        source = week.sources()["interviews"]
    if "refused" in sentence:
        return source.refused_at is not None
    if "has no rows" in sentence or "less than half" in sentence:
        return source.rows_before is not None
    if "the same" in sentence:
        return source.taken_at is not None and source.taken_at < now - timedelta(hours=24)
    return bool(freshness.doubts(source, now))


def _named(sentence: str) -> list[str]:
    through = re.match(r"OCC-(\d+) to OCC-(\d+)", sentence)
    if through:
        return [f"OCC-{n}" for n in range(int(through[1]), int(through[2]) + 1)]
    return re.findall(r"OCC-\d+", sentence)


@pytest.mark.parametrize("scenario", WEEKS, ids=[w["name"][:60] for w in WEEKS])
def test_a_week_as_its_writer_expects_it(sqlite_bot: Loader, scenario: Mapping[str, Any]) -> None:
    week = Week(sqlite_bot)
    files = sorted(scenario["files"], key=lambda f: f["loaded_at"])
    for number, file in enumerate(files):
        week.play(file, number)
    now = moment(files[-1]["loaded_at"])
    missing = week.open_now(now)
    wanted = [*scenario["missing_in_the_end"], *scenario.get("missing_in_the_end_by_police_ref", [])]
    assert set(wanted) <= set(missing), "a child who is missing is in no list"
    assert not set(scenario["not_missing_in_the_end"]) & set(missing), "a child who is back stands in a list"
    unsaid = [sentence for sentence in scenario["doubts"] if not said(week, sentence, missing, now)]
    assert unsaid == []
    if not scenario["doubts"]:
        unsure = {name: freshness.doubts(s, now) for name, s in week.sources().items()}
        assert unsure == {"police": (), "children": (), "interviews": ()}
        assert {ref: x.doubts for ref, x in missing.items() if x.doubts} == {}


@pytest.mark.parametrize("seed", range(6))
def test_no_order_of_any_files_hides_a_child_or_brings_an_older_fact_back(sqlite_bot: Loader, seed: int) -> None:
    """All weeks' police files of one kind of week, shuffled: what the newest file loaded says of a child holds."""
    dice = random.Random(seed)
    scenario = dice.choice([w for w in WEEKS if len({f["source"] for f in w["files"]}) == 1 and len(w["files"]) > 4])
    files = dice.sample(scenario["files"], len(scenario["files"]))
    week, begin = Week(sqlite_bot), max(moment(f["loaded_at"]) for f in files)
    ever: set[str] = set()
    newest: dict[str, tuple[datetime, Mapping[str, str]]] = {}
    for number, file in enumerate(files):
        loaded = begin + timedelta(minutes=number)
        before = week.refused
        taken = moment(file["taken_at"])
        later = all(taken >= at for at, _ in newest.values())
        week.play({**file, "loaded_at": loaded.replace(tzinfo=None).isoformat(), "kind": _as_kind(file)}, number)
        if week.refused == before:
            for row in file["rows"]:
                ref = row.get("occurrence_ref", "")
                if re.fullmatch(r"OCC-\d+", ref) and (later or ref not in newest) and _whole(file, row):
                    newest[ref] = (taken, row)
                    ever.add(ref)
    missing = week.open_now(begin + timedelta(days=1))
    for ref, (_, row) in newest.items():
        ended = _ended(row)
        if ended is False:
            assert ref in missing, f"{ref} is missing by the newest file and in no list"
        elif ended is True:
            assert ref not in missing, f"{ref} is back by the newest file and stands in a list"


def _as_kind(file: File) -> str:
    return "cut_off" if file["kind"] == "cut_off" else "good"


def _whole(file: File, row: Mapping[str, str]) -> bool:
    return not (file["kind"] == "cut_off" and row is file["rows"][-1])


def _ended(row: Mapping[str, str]) -> bool | None:
    """Whether the row says that the child is back; None where it says something odd."""
    ends = [row.get("found_at", ""), row.get("returned_at", "")]
    if not any(ends):
        return False
    plain = r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}"
    if all(re.fullmatch(plain, end) for end in ends if end) and re.fullmatch(plain, row.get("last_seen_at", "")):
        start = datetime.strptime(row["last_seen_at"], "%d/%m/%Y %H:%M")  # noqa: DTZ007
        return all(datetime.strptime(e, "%d/%m/%Y %H:%M") >= start for e in ends if e) or None  # noqa: DTZ007
    return None
