"""The morning digest: what needs an owner, what is overdue, what changed; then who is missing and what is open.

Sections in the order of domain.md §4.2 after the lead of chat.md §4.2; each capped, zero said aloud,
and a source that is too old is never read as zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.reply import Button, Fact, Level, Reply, Section
from bot.messages.confirmations import ruling_lines
from bot.messages.digest_lead import counts_lead, lead
from bot.messages.digest_lines import (
    adult_line,
    adult_title,
    crossing_lines,
    declined_line,
    escalation_lines,
    gap_lines,
    held_line,
    over_line,
    reported_line,
    returned_line,
)
from bot.messages.episode_lines import SECOND_RECORD, capped, interview_line, open_line
from bot.rules.episodes.risk_flags import Trigger, children, triggers
from bot.rules.escalations.strategy import STAGE_WORDS
from bot.rules.figures.digest_counts import Headline
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import Morning
from bot.rules.time import clock, freshness

LATE = "Late entries, known only in this window"
OVER = "Over by what was said in chat, not in the record yet"
SAID = "Said in chat of ages and ends, beside the records"
CLASSIFICATION = "OFFICIAL-SENSITIVE"


def compose(morning: Morning, partnership: Partnership, name: str, rows: int, *, private: bool = False) -> Reply:
    """The digest with references and age bands (level 1).

    `private` is for one person alone: who turned 18 while missing is named there, never in a channel.
    """
    if not (morning.usable("police") or morning.usable("interviews")):
        return _withheld(morning, name, 1)
    return Reply(
        title=_title(morning, name),
        level=1,
        text=lead(morning),
        facts=_facts(morning),
        sections=tuple(_sections(morning, partnership, rows, private)),
        footer=_footer(morning, "references only"),
        buttons=(Button("My interviews", "interviews mine"), Button("Missing now", "open")),
    )


def compose_counts(headline: Headline, name: str, threshold: int) -> Reply:
    """The digest where only counts may be seen (level 0): it is given nothing else."""
    if not (headline.usable("police") or headline.usable("interviews")):
        return _withheld(headline, name, 0)
    return Reply(_title(headline, name), 0, counts_lead(headline, threshold), footer=_footer(headline, "counts only"))


def _title(m: Morning | Headline, name: str) -> str:
    return f"Missing children digest, {name}, {clock.say(m.now)}"


def _withheld(m: Morning | Headline, name: str, level: Level) -> Reply:
    lines = (
        "I have NOT given figures: no source is recent enough.",
        *(freshness.say(s, m.now) for s in m.sources),
    )
    advice = "Use the police and case systems until I say otherwise."
    return Reply(_title(m, name), level, (*lines, advice), footer=(CLASSIFICATION,), status="failed")


def _facts(m: Morning) -> tuple[Fact, ...]:
    police, council = m.usable("police"), m.usable("interviews")
    counts = (
        ("Interviews with no owner", len(m.unowned), council),
        ("Interviews overdue", len(m.overdue), council),
        ("Interviews due in the next 24 hours", len(m.due_soon), council),
        ("Children missing now", m.children_missing, police),
        ("Reported in the window", len(m.reported), police),
        ("Returned in the window", len(m.returned), police),
    )
    return tuple(Fact(label, n if known else None, note="" if known else "not known") for label, n, known in counts)


def _sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[Section]:
    council = (
        _council_sections(m, p, rows) if m.usable("interviews") else [_unknown(m, "interviews", "Return interviews")]
    )
    police = (
        _police_sections(m, p, rows, private)
        if m.usable("police")
        else [_unknown(m, "police", "Missing, reported, returned")]
    )
    said = ruling_lines(m)
    ruled = [capped(SAID, said, len(said), "")] if said else []  # each is told once, so none is left out
    return [*council[:3], *police, *ruled, *council[3:], capped("Gaps", gap_lines(m), rows, "ask for sources")]


def _unknown(m: Morning, source: str, title: str) -> Section:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return Section(f"{title}: not known", lines)


def _council_sections(m: Morning, p: Partnership, rows: int) -> list[Section]:
    """Unowned first: nobody else will see to them. What has an owner follows by time left."""

    def lines(found: Sequence[OpenInterview]) -> list[str]:
        return [interview_line(i, p, m.now) for i in found]

    over = [i for i in m.interviews if i.closed]
    return [
        capped("No owner", lines(m.unowned), rows, "interviews"),
        capped("Overdue, with an owner", lines([i for i in m.overdue if not i.unowned]), rows, "interviews overdue"),
        capped(
            "Due in the next 24 hours, with an owner",
            lines([i for i in m.due_soon if not i.unowned]),
            rows,
            "interviews due",
        ),
        Section("Return interviews, where they stand", (_position(m), declined_line(m, rows))),
        capped("Held, not recorded", [held_line(i, p, m.now) for i in _held(m)], rows, "interviews"),
        *([capped(OVER, [over_line(i, p, m.now) for i in over], rows, "interviews")] if over else []),
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


def _police_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[Section]:
    rule = p.repeat_rules[:1]
    open_lines = [_open_line(x, m, triggers(m.starts.get(x.child_id, ()), rule, m.now)) for x in m.missing]
    return [
        capped("Missing now", open_lines, rows, "open", "Nobody.", m.children_missing),
        *(
            [
                capped(
                    "Away from placement, whereabouts known",
                    [_open_line(x, m) for x in m.away],
                    rows,
                    "open",
                    count=children(m.away),
                )
            ]
            if m.away
            else []
        ),
        capped(
            "Reported",
            [reported_line(x, m) for x in m.reported],
            rows,
            "open",
            "0 children reported missing in the window.",
        ),
        *([capped(LATE, [reported_line(x, m) for x in m.late], rows, "open")] if m.late else []),
        capped(
            "Returned",
            [returned_line(x, m.now) for x in m.returned],
            rows,
            "interviews",
            "Nobody returned in the window.",
        ),
        *([capped(adult_title(), [adult_line(x) for x in m.adults], rows, "today")] if m.adults and private else []),
        capped("Rules met in this window (counts, not risk)", crossing_lines(m), rows, "open"),
        capped("Escalations, and who acknowledged", escalation_lines(m, p), rows, "open"),
    ]


def _open_line(x: Episode, m: Morning, met: Sequence[Trigger] = ()) -> str:
    said = [open_line(x, met, m.now)]
    said += [STAGE_WORDS[m.outstanding[x.id]]] if x.id in m.outstanding else []
    return " · ".join((*said, *([SECOND_RECORD] if x.id in m.second_records else [])))


def _footer(m: Morning | Headline, what: str) -> tuple[str, ...]:
    return (
        f"{CLASSIFICATION} · {what} · not for publication",
        f"Window {clock.say(m.since)} to {clock.say(m.until)}.",
        " · ".join(freshness.say(s, m.now) for s in m.sources),
    )
