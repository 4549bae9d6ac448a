"""The digest's first lines: what somebody must do and what changed; or counts alone where no more may be seen."""

from __future__ import annotations

from datetime import timedelta

from bot.rules.episodes.risk_flags import children, grade_at
from bot.rules.figures.digest_counts import Headline
from bot.rules.interviews.open_interviews import FORGOTTEN
from bot.rules.queries.digest_content import GROWN_UP, Morning
from bot.rules.time import clock, freshness

LONG = timedelta(hours=72)


def lead(m: Morning) -> tuple[str, ...]:
    """Two lines: what somebody must do, and what changed since when."""
    todo, changed = [], []
    if m.usable("interviews"):
        todo += [_count(len(m.unowned), "interview needs an owner", "interviews need an owner")]
        todo += [f"{len(m.overdue)} overdue{_overdue(m)}", f"{len(m.due_soon)} due in the next 24 h"]
        changed += [_count(len(m.held), "interview held", "interviews held"), f"{len(m.newly_overdue)} newly overdue"]
    if m.usable("police"):
        todo += [_count(m.children_missing, "child is missing now", "children are missing now") + _missing(m)]
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        changed = [f"{len(m.reported)} reported ({back} already back)", f"{len(m.returned)} returned", *changed]
    first = ", ".join(todo) + "."
    if m.fresh("police") and m.fresh("interviews") and not (m.missing or m.overdue or m.unowned or m.withheld):
        first = f"All clear: nobody missing, nothing overdue, {len(m.due_soon)} due in the next 24 h."
    return (*_warnings(m), first, f"Since {clock.say_short(m.since)}: " + ", ".join(changed) + ".", *_grown_up(m))


def _grown_up(m: Morning) -> tuple[str, ...]:
    """Edge case 4: both agencies hear of it, for weeks; whose birthday was when, nobody reads here."""
    if not m.adults or not m.usable("police"):
        return ()
    n = children(m.adults)
    said = _count(n, "child turned 18 while missing and is", "children turned 18 while missing and are") + " not back"
    return (f"In the last {GROWN_UP.days} days {said}: no longer in these lists; the police go on as for an adult.",)


def _overdue(m: Morning) -> str:
    """' (5 of them with no owner; 5 for more than 28 days)'; one interview may be both."""
    unowned, old = sum(i.unowned for i in m.overdue), sum(i.forgotten for i in m.overdue)
    parts = [(n, said) for n, said in ((unowned, "with no owner"), (old, f"for more than {FORGOTTEN.days} days")) if n]
    words = [f"{n}{'' if i else ' of them'} {said}" for i, (n, said) in enumerate(parts)]
    return f" ({'; '.join(words)})" if words else ""


def _missing(m: Morning) -> str:
    """' (1 UNGRADED, 2 HIGH, 1 for more than 72 h)': what a duty manager looks for first."""
    counts = {
        "UNGRADED": children(x for x in m.missing if grade_at(x, m.now) is None),
        "HIGH": children(x for x in m.missing if grade_at(x, m.now) == "high"),
        "for more than 72 h": children(x for x in m.missing if m.now - x.start_at > LONG),
    }
    words = [f"{n} {said}" for said, n in counts.items() if n]
    return f" ({', '.join(words)})" if words else ""


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _warnings(m: Morning | Headline) -> tuple[str, ...]:
    said = freshness.confirmations(m.sources, m.since, m.now)
    return (*freshness.warnings(m.sources, m.now, exact=isinstance(m, Morning)), *said)


def counts_lead(h: Headline, threshold: int) -> tuple[str, ...]:
    """Level 0: counts only, and those up to the threshold not told apart (domain.md §6.4)."""
    police, council = h.usable("police"), h.usable("interviews")
    said = (
        ("Missing now", h.missing, police),
        (f"Reported since {clock.say_short(h.since)}", h.reported, police),
        (f"Returned since {clock.say_short(h.since)}", h.returned, police),
        ("Interviews overdue", h.overdue, council),
        ("Interviews due in the next 24 hours", h.due_soon, council),
    )
    return (
        *_warnings(h),
        *(f"{label}: {_coarse(n, threshold) if known else 'not known'}." for label, n, known in said),
    )


def _coarse(n: int, threshold: int) -> str:
    """'none', '1 to 5', '6 to 10': steps all the way up, for exact larger counts of two days give a small one away.

    Seven missing yesterday, six today and none reported would mean that "1 to 5" returned is one.
    """
    if n == 0:
        return "none"
    step = (n - 1) // threshold
    return f"{step * threshold + 1} to {(step + 1) * threshold}"
