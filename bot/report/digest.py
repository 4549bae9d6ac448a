"""The morning digest: what needs an owner, what is overdue, what changed; then who is missing and what is open.

Sections in the order of domain.md §4.2 after the lead of chat.md §4.2; each capped, zero said aloud,
and a source that is too old is never read as zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.reply import Button, Fact, Level, Reply, Section
from bot.report.morning import Morning
from bot.rules import clock, freshness
from bot.rules.frequency import Crossing
from bot.rules.model import Episode
from bot.rules.partnership import Partnership
from bot.rules.status import age_band, category, escalations_met, grade_at, triggers
from bot.said import (
    FORGOTTEN,
    OpenInterview,
    came_back,
    capped,
    grade_word,
    interview_line,
    open_line,
    owner,
    said_end,
    so_far,
)

CLASSIFICATION = "OFFICIAL-SENSITIVE"
SMALL = 5  # counts up to this are not told apart where only counts may be seen (domain.md §6.4)


def compose(morning: Morning, partnership: Partnership, name: str, level: Level, rows: int) -> Reply:
    """The digest at a privacy level: 0 has no reference to give, 1 and above have references and age bands."""
    title = f"Missing children digest, {name}, {clock.say(morning.now)}"
    if not (morning.usable("police") or morning.usable("interviews")):
        return _withheld(morning, title, level)
    if level == 0:
        return Reply(title, 0, _counts_lead(morning), footer=_footer(morning, level))
    return Reply(
        title=title,
        level=1,
        text=_lead(morning),
        facts=_facts(morning),
        sections=tuple(_sections(morning, partnership, rows)),
        footer=_footer(morning, level),
        buttons=(Button("My interviews", "interviews mine"), Button("Missing now", "open")),
    )


def _withheld(m: Morning, title: str, level: Level) -> Reply:
    lines = (
        "I have NOT given figures: no source is recent enough.",
        *(freshness.say(s, m.now) for s in m.sources),
    )
    advice = "Use the police and case systems until I say otherwise."
    return Reply(title, level, (*lines, advice), footer=(CLASSIFICATION,), status="failed")


def _lead(m: Morning) -> tuple[str, ...]:
    """Two lines: what somebody must do, and what changed since the last digest."""
    todo, changed = [], []
    if m.usable("interviews"):
        todo += [_count(len(m.unowned), "interview needs an owner", "interviews need an owner")]
        todo += [f"{len(m.overdue)} overdue{_forgotten(m)}", f"{len(m.due_soon)} due in the next 24 h"]
        changed += [_count(len(m.held), "interview held", "interviews held"), f"{len(m.newly_overdue)} newly overdue"]
    if m.usable("police"):
        todo += [_count(len(m.missing), "child is missing now", "children are missing now")]
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        adults = [f"{len(m.adults)} turned 18 while missing"] if m.adults else []
        changed = [
            f"{len(m.reported)} reported ({back} already back)",
            f"{len(m.returned)} returned",
            *adults,
            *changed,
        ]
    first = ", ".join(todo) + "."
    if m.fresh("police") and m.fresh("interviews") and not (m.missing or m.overdue or m.unowned):
        first = f"All clear: nobody missing, nothing overdue, {len(m.due_soon)} due in the next 24 h."
    return (*_warnings(m), first, f"Since {clock.say_short(m.since)}: " + ", ".join(changed) + ".")


def _forgotten(m: Morning) -> str:
    old = sum(i.forgotten for i in m.overdue)
    return f" ({old} of them for more than {FORGOTTEN.days} days)" if old else ""


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _warnings(m: Morning) -> tuple[str, ...]:
    return tuple(f"⚠ {freshness.say(s, m.now)}" for s in m.sources if freshness.state(s, m.now) != "ok")


def _counts_lead(m: Morning) -> tuple[str, ...]:
    """Level 0: counts only, and small ones not told apart."""
    police = m.usable("police")
    said = (
        ("Missing now", len(m.missing), police),
        ("Reported since the last digest", len(m.reported), police),
        ("Returned since the last digest", len(m.returned), police),
        ("Interviews overdue", len(m.overdue), m.usable("interviews")),
        ("Interviews due in the next 24 hours", len(m.due_soon), m.usable("interviews")),
    )
    return (*_warnings(m), *(f"{label}: {_coarse(n) if known else 'not known'}." for label, n, known in said))


def _coarse(n: int) -> str:
    return "none" if n == 0 else f"1 to {SMALL}" if n <= SMALL else str(n)


def _facts(m: Morning) -> tuple[Fact, ...]:
    police, council = m.usable("police"), m.usable("interviews")
    counts = (
        ("Interviews with no owner", len(m.unowned), council),
        ("Interviews overdue", len(m.overdue), council),
        ("Interviews due in the next 24 hours", len(m.due_soon), council),
        ("Children missing now", len({x.child_id for x in m.missing}), police),
        ("Reported in the window", len(m.reported), police),
        ("Returned in the window", len(m.returned), police),
    )
    return tuple(Fact(label, n if known else None, note="" if known else "not known") for label, n, known in counts)


def _sections(m: Morning, p: Partnership, rows: int) -> list[Section]:
    council = (
        _council_sections(m, p, rows) if m.usable("interviews") else [_unknown(m, "interviews", "Return interviews")]
    )
    police = (
        _police_sections(m, p, rows) if m.usable("police") else [_unknown(m, "police", "Missing, reported, returned")]
    )
    return [*council[:3], *police, *council[3:], capped("Gaps", _gaps(m), rows, "ask for sources")]


def _unknown(m: Morning, source: str, title: str) -> Section:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return Section(f"{title}: not known", lines)


def _council_sections(m: Morning, p: Partnership, rows: int) -> list[Section]:
    """Unowned first: nobody else will see to them. What has an owner follows by time left."""

    def lines(found: Sequence[OpenInterview]) -> list[str]:
        return [interview_line(i, p, m.now) for i in found]

    held = [f"○ {i.episode.child_ref} · {owner(p, i.episode.interview.worker)} · {i.episode.area}" for i in _held(m)]
    return [
        capped("No owner", lines(m.unowned), rows, "interviews"),
        capped("Overdue, with an owner", lines([i for i in m.overdue if not i.unowned]), rows, "interviews overdue"),
        capped(
            "Due in the next 24 hours, with an owner",
            lines([i for i in m.due_soon if not i.unowned]),
            rows,
            "interviews due",
        ),
        Section("Return interviews, where they stand", (_position(m),)),
        capped("Held, not recorded", held, rows, "interviews"),
    ]


def _held(m: Morning) -> list[OpenInterview]:
    return [i for i in m.interviews if i.state.name == "held"]


def _position(m: Morning) -> str:
    waiting = [i for i in m.interviews if i.state.name == "due, child missing"]
    longest = f" (longest {clock.say_hours(min(i.left for i in m.overdue))})" if m.overdue else ""
    return (
        f"Overdue {len(m.overdue)}{longest} · due in 24 h {len(m.due_soon)} · "
        f"not offered yet {sum(i.state.needs_offer for i in m.interviews)} · held, not recorded {len(_held(m))} · "
        f"child missing again {len(waiting)}"
    )


def _police_sections(m: Morning, p: Partnership, rows: int) -> list[Section]:
    rule = p.repeat_rules[:1]
    open_lines = [open_line(x, p, triggers(m.starts.get(x.child_id, ()), rule, m.now), m.now) for x in m.missing]
    return [
        capped("Missing now", open_lines, rows, "open", "Nobody."),
        *(
            [
                capped(
                    "Away from placement, whereabouts known",
                    [open_line(x, p, (), m.now) for x in m.away],
                    rows,
                    "open",
                )
            ]
            if m.away
            else []
        ),
        capped(
            "Reported",
            [_reported_line(x, p, m) for x in m.reported],
            rows,
            "open",
            "0 children reported missing in the window.",
        ),
        capped(
            "Returned",
            [_returned_line(x) for x in m.returned],
            rows,
            "interviews",
            "Nobody returned in the window.",
        ),
        *([capped("Turned 18 while missing", [_adult_line(x) for x in m.adults], rows, "open")] if m.adults else []),
        capped("Rules met since the last digest (counts, not risk)", _crossing_lines(m), rows, "open"),
        capped("Escalation rules met (this bot does not tell anybody yet)", _escalation_lines(m, p), rows, "open"),
    ]


def _reported_line(x: Episode, p: Partnership, m: Morning) -> str:
    when = clock.say_short(x.reported_at) if x.reported_at else "time not known"
    said = (
        f"○ {x.child_ref}",
        f"reported {when}",
        "still missing" if x.open_at(m.now) else so_far(x),
        grade_word(x, m.now),
        age_band(x.age, p.age_bands),
    )
    return " · ".join((*said, f"{category(x)}, {x.area}"))


def _returned_line(x: Episode) -> str:
    check = "prevention interview done" if x.prevention_at else "prevention interview NOT logged"
    due = x.interview.due_at
    next_step = f"return interview due {clock.say_short(due)}" if due else "return interview: time of return not known"
    if x.hosted:
        next_step = "return interview is the placing authority's"
    return " · ".join((f"○ {x.child_ref}", f"{came_back(x)} {said_end(x)}", check, next_step, x.area))


def _adult_line(x: Episode) -> str:
    """Edge case 4: silence here would read as a return."""
    return f"● {x.child_ref} · NOT back: an adult now, so no longer in these lists; the police go on · {x.area}"


def _crossing_lines(m: Morning) -> list[str]:
    """One line a child, with every rule it crossed and the starts that are the evidence for the first."""
    children: dict[str, list[Crossing]] = {}
    for x, crossing in m.crossings:
        children.setdefault(x.child_ref, []).append(crossing)
    return [f"○ {ref} · {_rules(found)}: {_starts(found[0])}" for ref, found in children.items()]


def _rules(found: Sequence[Crossing]) -> str:
    return ", ".join(c.rule.name or c.rule.id for c in found)


def _starts(crossing: Crossing) -> str:
    return ", ".join(f"{clock.to_london(s):%-d %b}" for s in crossing.starts)


def _escalation_lines(m: Morning, p: Partnership) -> list[str]:
    """One line a child: the rules of the partnership file it meets, and whom they name in each agency."""
    lines = []
    for x in m.missing:
        met = escalations_met(x, m.starts.get(x.child_id, ()), p, m.now)
        if met:
            named = [_roles("police", [r.police for r in met]), _roles("council", [r.council for r in met])]
            lines.append(" · ".join((f"● {x.child_ref}", "; ".join(r.name for r in met), *filter(None, named))))
    return lines


def _roles(agency: str, roles: Sequence[str]) -> str:
    named = list(dict.fromkeys(r.replace("_", " ") for r in roles if r))
    return f"{agency}: {', '.join(named)}" if named else ""


def _gaps(m: Morning) -> list[str]:
    """What one agency has and the other has not, over what is open or new."""
    found: dict[str, list[str]] = {}
    for x in m.missing:
        _note(found, "no grade", x, grade_at(x, m.now) is None)
        _note(
            found,
            "council records a return, police log open",
            x,
            x.police and x.interview.clock_start_at is not None,
        )
    for x in (*m.missing, *m.returned):
        _note(found, "no council record of the episode", x, x.police and not x.council)
        _note(found, "no police record of the episode", x, x.council and not x.police)
    for x in m.returned:
        _note(found, "prevention interview not logged", x, x.prevention_at is None and x.police)
    return [f"○ {what}: {', '.join(refs)}" for what, refs in found.items()]


def _note(found: dict[str, list[str]], what: str, x: Episode, holds: bool) -> None:
    if holds and x.child_ref not in found.setdefault(what, []):
        found[what].append(x.child_ref)
    if not found.get(what):
        found.pop(what, None)


def _footer(m: Morning, level: Level) -> tuple[str, ...]:
    return (
        f"{CLASSIFICATION} · {'references only' if level else 'counts only'} · not for publication",
        f"Window {clock.say(m.since)} to {clock.say(m.until)}.",
        " · ".join(freshness.say(s, m.now) for s in m.sources),
    )
