"""child: one child's risk status as professionals recorded it, in private. No score is computed.

Outside one's area a child who is missing now is shown for a reason: to one person, for half an hour, and leads hear.
"""

from dataclasses import replace
from datetime import datetime

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Refused
from bot.conversation.form import Form
from bot.conversation.reply import Button, Reply
from bot.messages import forms
from bot.messages.child_status import describe
from bot.rules.access import break_glass
from bot.rules.access.break_glass import QUOTA_DAYS
from bot.rules.access.permissions import Grant
from bot.rules.effects import NotifyRole, OpenBreakGlass
from bot.rules.episodes.confirmations import in_doubt
from bot.rules.interviews.steps import standings
from bot.rules.partnership.roles import GIVES_REASON, Action
from bot.rules.queries.facts import ChildFacts
from bot.rules.text import reasons
from bot.rules.time import clock


def run(ask: Ask) -> Reply:
    """The same answer for no such child and for a child outside the grant, so that nothing can be learnt from it."""
    child_lookup.not_locked(ask)
    ref, reason = _asked(ask)
    ask.log.subject, ask.log.reason = ref, reason
    child, own = ask.facts.child(ref, ask.now), _granted(ask, "child")
    if child and own and own.covers(child.relation) and (reason or not own.gives_reason(child.relation)):
        reply = _describe(ask, child, own)
        return replace(reply, buttons=(*reply.buttons, *_sayable(ask, child, reason)))
    if own and not reason and not GIVES_REASON.isdisjoint(own.roles):
        child_lookup.even(ask, child)  # whoever sees every child is asked for a reason before they learn of one
        again = Button("Give a reason", f"child {ref}", form=True)
        raise Refused("reason_needed").asking(_form(ask, ref), again)
    return _outside(ask, ref, child, reason)


def _form(ask: Ask, ref: str) -> Form | None:
    """Asks for the reason on top of a refusal, and never in its place.

    So it is no way round: the refusal is recorded and counted as a miss, locks look-ups and takes its time exactly
    as without a form. And it tells nothing: whether there is one hangs on the roles and the words of who asks alone,
    and it is the same for no such child, for another's, and for one who is not missing.
    """
    return forms.reason(ref, ask.partnership.break_glass) if ask.request.forms else None


def _asked(ask: Ask) -> tuple[str, str]:
    """Reference and reason ('' where none is given). A reason is weighed before anything of a child is read."""
    spoken, reason = reasons.split(" ".join(ask.words))
    ref = child_lookup.reference(ask, spoken)
    shortest = ask.partnership.break_glass.shortest_reason
    if reason is not None and reasons.unfit(reason, shortest, ask.partnership.reference_prefix):
        raise Refused("reason_unfit", detail=str(shortest))
    return ref, reason or ""


def _granted(ask: Ask, action: Action) -> Grant | None:
    decision = ask.desk.decide(ask.request, action)
    return decision if isinstance(decision, Grant) else None


def _describe(ask: Ask, child: ChildFacts, grant: Grant) -> Reply:
    parts, sources = grant.parts(child.relation), ask.facts.freshness(ask.now)
    said = standings(ask.facts.work.steps([x.id for x in child.episodes]), ask.now)
    return describe(child, parts, ask.partnership, sources, ask.now, said)


def _sayable(ask: Ask, child: ChildFacts, reason: str) -> list[Button]:
    """Of an age in doubt and of an absence that no file holds, for who may say something of it by their own roles.

    Whoever gives a reason for each look has given it.
    """
    if any(x.died for x in child.episodes) or not doubted_child.may(ask, child):
        return []
    open_now, why = [x for x in child.episodes if x.open_at(ask.now)], f' because "{reason}"' if reason else ""
    found = []
    if any(in_doubt(x) for x in open_now):
        found.append(Button("Confirm the age", f"age {child.ref}{why}", form=True))
    if child.adults and doubted_child.standing(child, "age"):
        found.append(Button("Take back: an adult", f"age {child.ref} undo{why}"))
    gone = [x for x in open_now if not child.holders.get(x.id)]
    found += [Button("Say that it has ended", f"ended {child.ref} #{x.id}{why}", form=True) for x in gone]
    return found


def _outside(ask: Ask, ref: str, child: ChildFacts | None, reason: str) -> Reply:
    """A child that no role of theirs covers, or no child at all."""
    glass = _granted(ask, "break_glass")
    if glass is None:
        raise child_lookup.missed(ask, child)
    person, trail, rules = child_lookup.who(ask), ask.facts.trail, ask.partnership.break_glass
    opened = trail.opened(person.id, ref, ask.now)
    found = break_glass.answer(
        missing=_is_missing(child, glass),
        reason=bool(reason),
        opened=opened is not None,
        used=trail.opened_since(person.id, ask.now - QUOTA_DAYS),
        rules=rules,
    )
    if found == "quota":
        raise _over_the_limit(ask, child)
    if found == "not_found" or child is None:
        raise child_lookup.missed(ask, child).asking(None if reason else _form(ask, ref))
    ask.log.action = "break-glass"
    until = opened.until if opened else _open(ask, child, reason)
    return _with_a_line(ask, _describe(ask, child, glass), until, _area(child, ask.now))


def _is_missing(child: ChildFacts | None, glass: Grant) -> bool:
    """Missing now, and not dead: an open log beside a death is no reason to look."""
    return child is not None and glass.covers(child.relation) and not any(x.died for x in child.episodes)


def _over_the_limit(ask: Ask, child: ChildFacts | None) -> Refused:
    """The same for every reference; the leads hear of it once a day, and of no child, for there may be none."""
    child_lookup.even(ask, child)
    person, most = child_lookup.who(ask), ask.partnership.break_glass.most_in_30_days
    if not ask.facts.trail.refused(person.id, "quota", clock.day_start(clock.local_day(ask.now))):
        who = f"{person.id} ({person.agency})"
        text = f"{who} asked for one more child outside their areas after {most} in 30 days: refused."
        ask.log.deeds.append(NotifyRole("strategic_lead", "quota", text, ask.now))
    return Refused("quota", detail=str(most))


def _open(ask: Ask, child: ChildFacts, reason: str) -> datetime:
    """Recorded with the reason, and told to the strategic leads of both agencies, before anything is shown."""
    person, rules, area = child_lookup.who(ask), ask.partnership.break_glass, _area(child, ask.now)
    until = break_glass.closes_at(ask.now, rules)
    text = (
        f"{person.id} ({person.agency}) opened this child's record outside their areas, for a reason, "
        f"until {clock.say_short(until)}. Ask for reviews."
    )
    ask.log.deeds += [
        OpenBreakGlass(person.id, child.ref, area, reason, ask.now, until, rules.most_in_30_days),
        NotifyRole("strategic_lead", "break_glass", text, ask.now, child.ref, area),
    ]
    return until


def _area(child: ChildFacts, now: datetime) -> str:
    """Where the child is missing from."""
    return next(x.area for x in reversed(child.episodes) if x.open_at(now))


def _with_a_line(ask: Ask, reply: Reply, until: datetime, area: str) -> Reply:
    heard = break_glass.agencies_that_hear(ask.facts.trail.listed(), area, ask.now)
    told = f"The strategic leads of {' and '.join(heard)} have been told." if heard else ""
    gone = [agency for agency in break_glass.BOTH if agency not in heard]
    none = f"No strategic lead of {' or '.join(gone)} is listed: administrators have been told." if gone else ""
    line = f"Shown outside your area until {clock.say_short(until)}, for your reason; recorded. {told} {none}"
    return replace(reply, text=(" ".join(line.split()), *reply.text))


COMMAND = Command(
    name="child",
    summary="One child's recorded status: grades, rules met, interview, with the evidence",
    usage="child REFERENCE [because REASON]",
    examples=("child OX-7QK4", 'child OX-7QK4 because "seen at the station, police ask who the worker is"'),
    actions=("child", "break_glass"),
    run=run,
)
