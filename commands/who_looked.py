"""Questions about one child's record (`who-looked`), with person, time and reason, for managers and leads."""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Reply, Row, Table
from bot.messages.released_figures import counted
from bot.rules.audit.chain import Entry
from bot.rules.catalogue import _, code_words
from bot.rules.text import reasons
from bot.rules.time import clock
from bot.rules.time.clock import day_start, local_day

DAYS = 90
MOST = 50
BREAK_GLASS = "break-glass"
_DAYS = re.compile(r"^(.*?)(?:\s+(?:last\s+)?(\d{1,4})\s*d(?:ays?)?)?$", re.IGNORECASE)
_OUTCOMES = {"not_found": _("refused"), "quota": _("refused: limit reached"), "locked": _("refused: locked")}


def run(ask: Ask) -> Reply:
    """List the questions. An unknown child and one outside the grant are refused alike, and count as a miss."""
    child_lookup.not_locked(ask)
    request = _DAYS.match(" ".join(ask.words))
    spoken, typed = (request[1], request[2]) if request else ("", None)
    ref = child_lookup.reference(ask, spoken)
    days, most = int(typed or DAYS), 366 * ask.partnership.retention.audit_years
    if not 0 < days <= most:
        raise Unclear(_("How many days back? From 1 to {most}.", most=most))
    ask.log.subject = ref
    child = ask.facts.child(ref, ask.now)
    if child is None or not ask.grant("who_looked").covers(child.relation):
        raise child_lookup.missed(ask, child)
    entries = ask.facts.trail.about(child.ref, day_start(local_day(ask.now) - timedelta(days=days)))
    found = [e for e in entries if not _is_own(e)]
    own = len(entries) - len(found)
    rows, table = ((), _file(ask, found)) if ask.request.export else _listed(ask, found[:MOST])
    posts = (
        (
            _(
                "{posts} of the bot itself named the child, to whom it may be named.",
                posts=counted(own, "{n} post", "{n} posts"),
            ),
        )
        if own
        else ()
    )
    return Reply(
        title=_("Who looked at {ref}, last {days}", ref=child.ref, days=counted(days, "{n} day", "{n} days")),
        level=2,
        text=(
            _("{questions} recorded.", questions=counted(len(found), "{n} question", "{n} questions"))
            if found
            else _("Nobody asked."),
            *rows,
        ),
        tables=(table,) if table.rows else (),
        footer=(
            *([_("{n} more are in the audit trail.", n=len(found) - MOST)] if len(found) > MOST else []),
            *posts,
            _("Words of a reason that may be a name are left out here. This question is recorded too."),
        ),
    )


def _is_own(e: Entry) -> bool:
    """Return True for what the bot did by itself: a person has an agency or an account."""
    return e.who == "bot" and not (e.agency or e.role)


def _listed(ask: Ask, found: Sequence[Entry]) -> tuple[tuple[Row, ...], Table]:
    """Return rows of what was refused or needed a reason, and a table of the other questions."""
    marked = [e for e in found if e.outcome in _OUTCOMES or e.action == BREAK_GLASS]
    rows = tuple(
        Row(
            e.who,
            (
                *filter(None, (e.agency, _role(e))),
                clock.say_near(e.at, ask.now),
                *filter(None, (_what(e), reasons.masked(e.reason, ask.partnership))),
            ),
            "⚠",
        )
        for e in marked
    )
    others = [
        (
            clock.say_near(e.at, ask.now),
            ", ".join(filter(None, (e.who, e.agency, _role(e)))),
            ": ".join(filter(None, (_what(e), reasons.masked(e.reason, ask.partnership)))),
        )
        for e in found
        if e not in marked
    ]
    return rows, Table(_("Newest first"), (_("When"), _("Who"), _("What")), tuple(others))


def _what(e: Entry) -> str:
    outcome = _OUTCOMES.get(e.outcome, code_words(e.outcome))
    return e.action if outcome in ("answered", "done") else f"{e.action}, {outcome}"


def _role(e: Entry) -> str:
    return code_words(e.role).replace(",", ", ")


def _file(ask: Ask, found: Sequence[Entry]) -> Table:
    """Return the questions with a column for each fact."""
    rows = tuple(
        (
            clock.say_near(e.at, ask.now),
            e.who,
            _role(e),
            e.agency,
            e.action,
            _OUTCOMES.get(e.outcome, code_words(e.outcome)),
            reasons.masked(e.reason, ask.partnership),
        )
        for e in found[:MOST]
    )
    return Table(
        _("Newest first"), (_("When"), _("Who"), _("Role"), _("Agency"), _("What"), _("Outcome"), _("Reason")), rows
    )


COMMAND = Command(
    name="who-looked",
    summary=_("Who asked for one child's record, when, and why"),
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
