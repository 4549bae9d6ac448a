"""reviews: break-glass looks that a strategic lead has still to judge, and recording the judgement."""

import re
from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Row, Table
from bot.rules.access.break_glass import review_due
from bot.rules.catalogue import _, code_words
from bot.rules.effects import ReviewBreakGlass, Verdict
from bot.rules.text import reasons
from bot.rules.time import clock

MOST = 20
#: Looks with buttons: the oldest.
WITH_BUTTONS = 5
COLUMNS = (_("Number"), _("Who"), _("Role"), _("Agency"), _("Child"), _("Area"), _("When"), _("Review by"), _("Reason"))
_VERDICTS: dict[str, Verdict] = {
    "justified": "justified",
    "right": "justified",
    "notjustified": "not_justified",
    "unjustified": "not_justified",
}


def run(ask: Ask) -> Reply:
    """List the looks; with a number and a judgement, record it."""
    areas = ask.areas("review")
    if ask.words:
        return _judge(ask, areas)
    me, people = child_lookup.who(ask).id, {p.id: p for p in ask.facts.trail.listed()}
    waiting = [g for g in ask.facts.trail.waiting() if g.area in areas]
    overdue = sum(review_due(g.since, ask.partnership) <= ask.now for g in waiting)
    cells: list[tuple[Cell, ...]] = []
    rows = []
    for n, g in enumerate(waiting[:MOST]):
        person, due = people.get(g.person), review_due(g.since, ask.partnership)
        own = _(", your own: another lead reviews it") if g.person == me else ""
        roles = ", ".join(code_words(h.role) for h in person.roles) if person else _("no longer listed")
        agency = person.agency if person else ""
        late = _(", OVERDUE") if due <= ask.now else ""
        review_by = f"{clock.say_day_near(due - timedelta(seconds=1), ask.now)}{late}"
        reason = reasons.masked(g.reason, ask.partnership)
        when = clock.say_near(g.since, ask.now)
        cells.append((g.id, g.person + own, roles, agency, g.ref, g.area, when, review_by, reason))
        who = _(
            "looked at by {person} ({filter}){own}",
            person=g.person,
            filter=", ".join(filter(None, (roles, agency))),
            own=own,
        )
        words = (
            _("number {id}", id=g.id),
            g.area,
            who,
            when,
            _("review by {review_by}", review_by=review_by),
            _("reason: {reason}", reason=reason),
        )
        rows.append(Row(g.ref, words, buttons=_verdicts(g.id) if n < WITH_BUTTONS and not own else ()))
    return Reply(
        title=_("Looks outside the area, to review"),
        level=2,
        text=(_("{n} waiting, {overdue} overdue.", n=len(waiting), overdue=overdue), *rows)
        if waiting
        else (_("None is waiting."),),
        facts=(Fact(_("Waiting for review"), len(waiting)), Fact(_("Overdue"), overdue)),
        tables=(Table(_("Oldest first"), COLUMNS, tuple(cells)),) if ask.request.export else (),
        footer=(
            *([_("The oldest {most} of {n} are shown.", most=MOST, n=len(waiting))] if len(waiting) > MOST else []),
            *([_("Say of each: reviews NUMBER justified, or not-justified.")] if len(waiting) > WITH_BUTTONS else []),
            _("Words of a reason that may be a name are left out here; the whole reason is in the audit trail."),
        ),
    )


def _verdicts(number: int) -> tuple[Button, ...]:
    return (
        Button(_("Justified"), f"reviews {number} justified", primary=True),
        Button(_("Not justified"), f"reviews {number} not-justified"),
    )


def _judge(ask: Ask, areas: tuple[str, ...]) -> Reply:
    """Record '12 justified', '#12 not justified' or '12 not-justified'."""
    found = re.fullmatch(r"#?(\d{1,9})[\s:]+(.+)", " ".join(ask.words), re.ASCII)
    verdict = _VERDICTS.get(re.sub(r"[\s_\-–—.!]", "", found[2]).casefold()) if found else None
    if found is None or verdict is None:
        raise Unclear(_("Give the number, then justified or not-justified."))
    number, by = int(found[1]), child_lookup.who(ask).id
    glass = ask.facts.trail.glass(number)
    if glass is None or glass.area not in areas:
        raise Unclear(_("There is no look with that number to review. Ask for reviews to see the list."))
    ask.log.subject = glass.ref
    if glass.person == by:
        return _not_done(_("It was your own look: another lead has to review it."))
    if glass.reviewed_at is not None and glass.verdict is not None:
        judged = code_words(glass.verdict)
        return _not_done(
            _(
                "{reviewed_by} reviewed this on {reviewed_at}: {judged}.",
                reviewed_by=glass.reviewed_by,
                reviewed_at=clock.say_near(glass.reviewed_at, ask.now),
                judged=judged,
            )
        )
    ask.log.effects.append(ReviewBreakGlass(number, by, verdict, ask.now))
    return Reply(
        _("Review of number {number}", number=number), 2, (_("Recorded: {verdict}.", verdict=code_words(verdict)),)
    )


def _not_done(why: str) -> Reply:
    return Reply(_("Not done"), 0, (why,), status="refused")


COMMAND = Command(
    name="reviews",
    summary=_("Looks outside somebody's area that leads have to review"),
    usage="reviews [NUMBER justified|not-justified]",
    examples=("reviews",),  # a number would be of one look
    actions=("review",),
    run=run,
    words=dict.fromkeys(("waiting for review", "what is waiting for review", "to review", "looks to review"), ""),
    aliases=("review",),
)
