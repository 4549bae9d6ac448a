"""Return interviews as people should see them now: the council's record and the steps in chat, read together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.rules.access.permissions import Scope
from bot.rules.interviews.open_interviews import NONE, OpenInterview, every, listed, merged_into
from bot.rules.interviews.steps import standings
from bot.rules.model import Episode
from bot.rules.queries.facts import Lists

#: Kinds of difference between chat and the record: kind -> (label, advice).
DIFFERENCES = {
    "chat-only": (
        "Interview step said in chat, not in the council's record",
        "Write it in the case system; figures count the record alone.",
    ),
    "chat-differs": (
        "Interview step said in chat, other than in the council's record",
        "Find out which is right (interview, then the reference) and correct the case system.",
    ),
}


def differs(i: OpenInterview, kind: str) -> bool:
    """Return whether an interview that is required has this kind of difference; of another nothing is recorded."""
    return i.state.name not in NONE and bool(i.lacking if kind == "chat-only" else i.differences)


def open_interviews(facts: Lists, scope: Scope, now: datetime) -> list[OpenInterview]:
    """Every open interview of the scope, least time left first; children who died are left out (edge case 35)."""
    found = facts.interviews_open(scope, now)
    died = facts.died([x.child_id for x in found])
    alive = [x for x in found if x.child_id not in died]
    again = facts.missing_now([x.child_id for x in alive], now)
    return listed(as_said(facts, alive, again, now))


def as_said(facts: Lists, episodes: Sequence[Episode], missing: Iterable[int], now: datetime) -> list[OpenInterview]:
    """The state of these interviews, open or not; `missing` are the children who are missing at `now`."""
    known = standings(facts.work.steps([x.id for x in episodes]), now)
    elsewhere = {merged_into(s) for s in known.values()} - {0} - {x.id for x in episodes}
    others = facts.episodes_of(sorted(elsewhere), now) if elsewhere else ()
    return every(episodes, set(missing), now, known, others)
