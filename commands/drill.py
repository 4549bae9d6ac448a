"""drill: the monthly test call: acknowledging it, and for administrators how long each agency took."""

import re

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, CommandDesk, Refused, Request, Unclear
from bot.conversation.reply import Reply
from bot.messages import drill_message
from bot.rules.access.permissions import Grant
from bot.rules.catalogue import _
from bot.rules.effects import AcknowledgeDrill, NotifyRole
from bot.rules.escalations.drill import DrillCall
from bot.rules.time.clock import local_day

MOST = 24


def run(ask: Ask) -> Reply:
    """Acknowledge a test call by its number, or list them."""
    text = " ".join(ask.words)
    if text:
        numbered = re.fullmatch(r"#?(\d{1,9})[\s:]+(?:acknowledged?|ack)[.!]?", text, re.ASCII | re.IGNORECASE)
        if numbered is None:
            raise Unclear(_("Give the number of the DRILL, then acknowledge."))
        return _acknowledge(ask, int(numbered[1]))
    if ask.request.place.level != 2:
        raise Refused("place_level")
    calls = ask.facts.work.drills()
    if not ask.may("admin"):
        calls = [c for c in calls if _is_mine(ask, c)]
    return drill_message.overview(calls[:MOST])


def _is_mine(ask: Ask, call: DrillCall) -> bool:
    """Return True for the person called, and for their cover today, of the same agency."""
    me = child_lookup.who(ask)
    covered = {a.person for a in ask.facts.work.away(local_day(ask.now)).values() if a.cover == me.id}
    return me.agency == call.agency and call.person in {me.id, *covered}


def _acknowledge(ask: Ask, number: int) -> Reply:
    """Acknowledge a test call. An unknown number and another's test call are refused in the same words."""
    call = next((c for c in ask.facts.work.drills() if c.id == number), None)
    if call is None or not _is_mine(ask, call):
        raise Unclear(_("There is no DRILL with that number that called you."))
    if call.acknowledged_at is not None:
        return Reply(_("Not done"), 0, (drill_message.outcome(call),), status="refused")
    done = call.acknowledge(child_lookup.who(ask).id, ask.now)
    said = drill_message.outcome(done)
    ask.log.action = "acknowledge drill"
    ask.log.effects += [
        AcknowledgeDrill(number, done.acknowledged_by, ask.now),
        NotifyRole("system_admin", "drill", said, ask.now),
    ]
    return Reply(_("DRILL acknowledged"), 0, (said,), footer=(drill_message.FOOTER,))


def _is_offered(desk: CommandDesk, request: Request) -> bool:
    """Offer the list to administrators alone: others have the button of their test call."""
    return request.place.level == 2 and isinstance(desk.decide(request, "admin"), Grant)


COMMAND = Command(
    name="drill",
    summary=_("The monthly test call: acknowledging it, and how long each agency took"),
    usage="drill [NUMBER acknowledge]",
    examples=("drill",),
    actions=("help", "admin"),  # every person listed sees the test calls to them; none tells of a child
    run=run,
    fits=_is_offered,
    aliases=("drills",),
)
