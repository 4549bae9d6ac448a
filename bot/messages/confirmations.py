"""Rulings of named people on doubts, as people read them: by person in private, by agency in a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from bot.rules.episodes.confirmations import AGES, Ruling, in_doubt, newest, words
from bot.rules.model import Freshness
from bot.rules.queries.digest_content import Morning
from bot.rules.queries.facts import ChildFacts
from bot.rules.time.clock import say_near


def age_lines(child: ChildFacts, now: datetime) -> tuple[str, ...]:
    """Return the ruling on the age with its person, and its validity now."""
    doubted = any(in_doubt(x) for x in child.episodes)
    last = newest(child.rulings, "age")
    if last is None:
        return ()
    told = f"{AGES[last.value]}, said by {_who(last, now)}"
    if doubted:
        return (f"Age in doubt again: {told}, of other birth dates than are recorded now.",)
    out = ": no longer in any list" if child.adults else ""
    return (f"Age: {told}{out}.",)


def end_lines(child: ChildFacts, sources: Sequence[Freshness], now: datetime) -> Iterator[str]:
    """Yield each ruling that an absence is over, with its person and any file that contradicts it since."""
    by_id, seen = {x.id: x for x in child.episodes}, set()
    for r in reversed([r for r in child.rulings if r.kind == "end" and r.undone_at is None]):
        x = by_id.get(r.episode_id or 0)
        if x is None or x.id in seen:
            continue
        seen.add(x.id)
        told = f"{words(r, now)}, said by {_who(r, now)}"
        if r.overtaken_at is not None and x.open_at(now):
            yield f"Said to be {told}, but {file_of(r, sources, now)} has it open."
        elif r.holds and x.open_at(now):
            yield f"Said to be {told}, but not of every record of it: it is open."
        elif r.holds:
            yield f"{told[:1].upper()}{told[1:]}."


def ruling_lines(m: Morning) -> list[str]:
    """One line for each thing that was said, taken back or contradicted in the window: by agency, never by person."""
    open_now = {x.id for x in (*m.missing, *m.away)}
    return [_line(r, m, open_now) for r in m.rulings]


def _line(r: Ruling, m: Morning, open_now: Set[int]) -> str:
    said = f"{r.ref} · {words(r, m.now)}, as {r.agency.replace('_', ' ')} said"
    if _in_window(r.undone_at, m):
        then = "in doubt again, unless somebody said otherwise" if r.kind == "age" else "missing again, by the records"
        return f"● {said}: taken back, {then} · {r.area}"
    if _in_window(r.overtaken_at, m):
        again = file_of(r, m.sources, m.now)
        if r.episode_id in open_now:
            return f"● {said}, but {again} has it open: missing · {r.area}"
        return f"○ {said}; {again} has the record again · {r.area}"
    if r.kind == "age":
        then = "no longer in these lists" if r.value == "adult" else "the age is in no doubt any more"
        return f"○ {said}: {then} · {r.area}"
    return f"○ {said}; no file holds it any more · {r.area}"


def _in_window(at: datetime | None, m: Morning) -> bool:
    return at is not None and m.since <= at < m.until


def _who(r: Ruling, now: datetime) -> str:
    return f"{r.by} ({r.agency}), {say_near(r.said_at, now)}"


def file_of(r: Ruling, sources: Sequence[Freshness], now: datetime) -> str:
    """'the Police file of Wed 5 Jul 07:41'."""
    name = next((f.name for f in sources if f.source == r.source), "newest")
    return f"the {name} file of {say_near(r.file_taken_at, now)}" if r.file_taken_at else f"the {name} file"
