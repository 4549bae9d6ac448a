"""Questions about one child's record (`who-looked`), with person, time and reason, for managers and leads."""

import re
from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Reply, Table
from bot.messages.released_figures import counted
from bot.rules.text import reasons
from bot.rules.time import clock
from bot.rules.time.clock import day_start, local_day

DAYS = 90
MOST = 50
_DAYS = re.compile(r"^(.*?)(?:\s+(?:last\s+)?(\d{1,4})\s*d(?:ays?)?)?$", re.IGNORECASE)
_OUTCOMES = {"not_found": "refused", "quota": "refused: limit reached", "locked": "refused: locked"}


def run(ask: Ask) -> Reply:
    """List the questions. An unknown child and one outside the grant are refused alike, and count as a miss."""
    child_lookup.not_locked(ask)
    request = _DAYS.match(" ".join(ask.words))
    spoken, typed = (request[1], request[2]) if request else ("", None)
    ref = child_lookup.reference(ask, spoken)
    days, most = int(typed or DAYS), 366 * ask.partnership.retention.audit_years
    if not 0 < days <= most:
        raise Unclear(f"How many days back? From 1 to {most}.")
    ask.log.subject = ref
    child = ask.facts.child(ref, ask.now)
    if child is None or not ask.grant("who_looked").covers(child.relation):
        raise child_lookup.missed(ask, child)
    found = ask.facts.trail.about(child.ref, day_start(local_day(ask.now) - timedelta(days=days)))
    rows = tuple(
        (
            clock.say_near(entry.at, ask.now),
            entry.who,
            entry.role.replace("_", " ").replace(",", ", "),
            entry.agency,
            entry.action,
            _OUTCOMES.get(entry.outcome, entry.outcome.replace("_", " ")),
            reasons.masked(entry.reason, ask.partnership),
        )
        for entry in found[:MOST]
    )
    columns = ("When", "Who", "Role", "Agency", "What", "Outcome", "Reason")
    return Reply(
        title=f"Who looked at {child.ref}, last {counted(days, 'day')}",
        level=2,
        text=(f"{counted(len(found), 'question')} recorded." if found else "Nobody asked.",),
        tables=(Table("Newest first", columns, rows),),
        footer=(
            *([f"{len(found) - MOST} more are in the audit trail."] if len(found) > MOST else []),
            "Words of a reason that may be a name are left out here. This question is recorded too.",
        ),
    )


COMMAND = Command(
    name="who-looked",
    summary="Who asked for one child's record, when, and why",
    usage="who-looked REFERENCE [DAYS days]",
    examples=("who-looked OX-7QK4", "who-looked OX-7QK4 30 days"),
    actions=("who_looked",),
    run=run,
    words={
        **dict.fromkeys(
            (
                *(
                    "who looked at",
                    "who looked at REF",
                    "who has looked at REF",
                    "who viewed REF",
                    "who has viewed REF",
                ),
                *(
                    "who opened REF",
                    "who has opened REF",
                    "access log",
                    "access log for",
                    "audit trail",
                    "audit trail for",
                ),
                *("audit trail of", "who asked for REF"),
            ),
            "",
        ),
        **dict.fromkeys(("N days", "last N days", "in the last N days", "past N days"), "N days"),
    },
    aliases=("wholooked",),
)
