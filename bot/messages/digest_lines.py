"""The digest's lines about one child each: reported, returned, rules crossed, escalations, gaps (level 1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.messages import escalation_lines as called
from bot.messages.episode_lines import came_back, due_words, grade_word, owner_of, said_end, so_far
from bot.rules.episodes import doubts
from bot.rules.episodes.doubts import ABSENT, AGE, IDENTITY, RETURN
from bot.rules.episodes.risk_flags import category, council_return, grade_at
from bot.rules.escalations.triggers import absences
from bot.rules.figures.frequency import RuleFired
from bot.rules.interviews.chat_lines import in_chat
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.interviews.state import required
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import DECLINED, GROWN_UP, Morning
from bot.rules.time import clock


def reported_line(x: Episode, m: Morning) -> str:
    """Whoever turned 18 since is still missing: that they left the lists would be a birthday beside a reference."""
    when = clock.say_short(x.reported_at) if x.reported_at else "time not known"
    still = x.open_at(m.now) or (x.left_as_adult and not x.died)
    said = (
        f"○ {x.child_ref}",
        f"reported {when}",
        "still missing" if still else so_far(x),
        grade_word(x, m.now),
        x.age_band,
    )
    return " · ".join((*said, f"{category(x)}, {x.area}"))


def returned_line(x: Episode, now: datetime) -> str:
    check = "prevention interview done" if x.prevention_at else "prevention interview NOT logged"
    back = f"{came_back(x)} {said_end(x)}{', as said in chat' if doubts.ENDED in x.doubts else ''}"
    return " · ".join((f"○ {x.child_ref}", back, check, _next_step(x, now), x.area))


def _next_step(x: Episode, now: datetime) -> str:
    """When the return interview is due; where none is required of this council, why not (R20)."""
    if not required(x, now):
        return _why_none(x)
    if x.interview.due_at is None:
        return "return interview: time of return not known"
    when, note = due_words(x.interview, now)
    return f"return interview: {when} ({note})" if note else f"return interview {when}"


def _why_none(x: Episode) -> str:
    why = {x.end_reason, x.interview.outcome_reason}
    if x.hosted or "placing_la_responsible" in why:
        return "return interview is the placing authority's"
    if why & {"error", "error_duplicate"}:
        return "no return interview: recorded as an error"
    return "no return interview required"


def adult_line(x: Episode) -> str:
    """Edge case 4: silence here would read as a return. Without a day, and only to one person in private."""
    return f"● {x.child_ref} · NOT back: an adult now, so no longer in these lists; the police go on · {x.area}"


def adult_title() -> str:
    return f"Turned 18 while missing, in the last {GROWN_UP.days} days"


def held_line(i: OpenInterview, p: Partnership, now: datetime) -> str:
    """Somebody talked with the child, and nobody can read of it yet: the 72 hours are for recording too."""
    left = clock.say_hours(i.left)
    over = "time of return not known" if i.left == timedelta.max else f"{left} over the 72 h for recording"
    stands = f"{left} left to record within 72 h" if timedelta() <= i.left < timedelta.max else over
    told = in_chat(i, p, now)
    return " · ".join((f"○ {i.episode.child_ref}", stands, owner_of(i, p), i.episode.area, *told))


def over_line(i: OpenInterview, p: Partnership, now: datetime) -> str:
    """Over by what was said in chat: somebody has still to write it down in the record."""
    return " · ".join((f"○ {i.episode.child_ref}", owner_of(i, p), i.episode.area, *in_chat(i, p, now)))


def declined_line(m: Morning, rows: int) -> str:
    """Whose carer has still to be spoken to, with at most so many references; zero is said (edge cases 13, 15)."""
    refs = list(dict.fromkeys(x.child_ref for x in m.declined))
    more = [f"and {len(refs) - rows} more"] if len(refs) > rows else []
    named = f" ({', '.join((*refs[:rows], *more))})" if refs else ""
    return f"Declined in the last {DECLINED.days} days, carer not yet contacted: {len(m.declined)}{named}"


def crossing_lines(m: Morning) -> list[str]:
    """One line a child, with every rule it crossed and the starts that are the evidence for the first."""
    children: dict[str, list[RuleFired]] = {}
    for x, crossing in m.crossings:
        children.setdefault(x.child_ref, []).append(crossing)
    return [f"○ {ref} · {_rules(found)}: {_starts(found[0])}" for ref, found in children.items()]


def _rules(found: Sequence[RuleFired]) -> str:
    return ", ".join(c.rule.name or c.rule.id for c in found)


def _starts(crossing: RuleFired) -> str:
    return ", ".join(f"{clock.to_london(s):%-d %b}" for s in crossing.starts)


def escalation_lines(m: Morning, p: Partnership) -> list[str]:
    """One line a child: the rules that called somebody for it, or should have, and who acknowledged in each agency."""
    found = []
    for absence in absences(m.missing, frozenset()):
        raised = [r for x in absence.records for r in m.raised.get(x.id, ())]
        if said := called.rules_called(absence, raised, m.starts, p, m.now):
            mark = "○" if all(s.answered for s in said) else "●"
            found.append(" · ".join((f"{mark} {absence.records[0].child_ref}", *(s.words for s in said))))
    return found


def gap_lines(m: Morning) -> list[str]:
    """What one agency has and the other has not, over what is open or new."""
    new = (*m.missing, *m.returned)
    found = {
        "no grade": [x for x in m.missing if grade_at(x, m.now) is None],
        "not identified": [x for x in m.missing if IDENTITY in x.doubts],
        "not in the newest file": [x for x in (*m.missing, *m.away) if ABSENT in x.doubts],
        "return not readable": [x for x in (*m.missing, *m.away) if RETURN in x.doubts],
        "age in doubt": [x for x in new if AGE in x.doubts],
        "council records a return, police log open": [x for x in m.missing if council_return(x, m.now)],
        "two open episodes of one child": [x for x in (*m.missing, *m.away) if x.id in m.second_records],
        "no council record of the episode": [x for x in new if x.police and not x.council],
        "no police record of the episode": [x for x in new if x.council and not x.police],
        "prevention interview not logged": [x for x in m.returned if x.police and x.prevention_at is None],
    }
    named = {what: ", ".join(dict.fromkeys(x.child_ref for x in episodes)) for what, episodes in found.items()}
    return [f"○ {what}: {refs}" for what, refs in named.items() if refs]
