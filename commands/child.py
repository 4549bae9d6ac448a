"""child: one child's risk status as professionals recorded it, in private. No score is computed.

Break-glass shows a child outside the area who is missing now: for a reason, to one person, for half an hour; the
strategic leads are told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Refused, Unclear
from bot.conversation.reply import Button, Form, Reply
from bot.messages import forms
from bot.messages.child_status import describe
from bot.rules.access import break_glass
from bot.rules.access.break_glass import QUOTA_DAYS
from bot.rules.access.permissions import Grant, Scope
from bot.rules.catalogue import _, code_words
from bot.rules.effects import NotifyRole, OpenBreakGlass
from bot.rules.episodes.confirmations import in_doubt, may_be_one
from bot.rules.interviews.steps import standings
from bot.rules.partnership.roles import GIVES_REASON, Action
from bot.rules.queries.facts import ChildFacts
from bot.rules.text import reasons
from bot.rules.time import clock


def run(ask: Ask) -> Reply:
    """Refuse an unknown child and a child outside the grant in the same words, so that nothing is learnt from it."""
    child_lookup.not_locked(ask)
    spoken, reason = reasons.split(" ".join(ask.words))
    spoken, whole = _whole(ask, spoken)
    prefix = ask.partnership.reference_prefix
    if not spoken and ask.request.has_forms:
        which = Unclear(
            _("Which child? Give the reference, like {prefix}-7QK4.", prefix=prefix), title=_("Which child?")
        )
        raise which.asking(forms.look_up(prefix), "child")
    ref = child_lookup.reference(ask, spoken)
    shortest = ask.partnership.break_glass.shortest_reason
    if reason is not None and reasons.unfit(reason, shortest, prefix):
        raise Refused("reason_unfit", detail=str(shortest))
    reason = reason or ""
    ask.log.subject, ask.log.reason = ref, reason
    child, own = ask.facts.child(ref, ask.now), _granted(ask, "child")
    if child and own and own.covers(child.relation) and (reason or not own.gives_reason(child.relation)):
        # The reason of a look, where one was needed, is passed on.
        why = f' because "{reason}"' if own.gives_reason(child.relation) and reason else ""
        reply = _describe(ask, child, own, whole=whole)
        buttons = (*_next(ask, child, reply.buttons, why), *_doubt_buttons(ask, child, why))
        return replace(reply, text=(*child_lookup.joined(ref, child), *reply.text), buttons=buttons)
    if own and not reason and not GIVES_REASON.isdisjoint(own.roles):
        child_lookup.even(ask, child)  # a role that sees every child gives a reason before it learns of one
        again = Button(_("Give a reason"), f"child {ref}", form=True)
        raise Refused("reason_needed").asking(_form(ask, ref), again)
    return _outside(ask, ref, child, reason)


def _whole(ask: Ask, spoken: str) -> tuple[str, bool]:
    """Take "episodes" off the end of the words: every one is asked for."""
    ref, _, last = spoken.rpartition(" ")
    every = last.casefold() == "episodes" and child_lookup.is_reference(ask, ref)
    return (ref, True) if every else (spoken, False)


def _form(ask: Ask, ref: str) -> Form | None:
    """Return the form for a reason, on top of a refusal and never in its place.

    The refusal is recorded, counted as a miss, locks look-ups and takes its time exactly as without a form. The form
    depends on the person's roles and words alone: it is the same for no such child, for another's, and for one who is
    not missing.
    """
    return forms.reason(ref, ask.partnership.break_glass) if ask.request.has_forms else None


def _granted(ask: Ask, action: Action) -> Grant | None:
    decision = ask.desk.decide(ask.request, action)
    return decision if isinstance(decision, Grant) else None


def _describe(ask: Ask, child: ChildFacts, grant: Grant, *, whole: bool = False) -> Reply:
    parts, sources = grant.parts(child.relation), ask.facts.freshness(ask.now)
    current = standings(ask.facts.work.steps([x.id for x in child.episodes]), ask.now)
    named = ask.scope("open_list", None) if ask.may("open_list") else Scope(())
    company = ask.facts.found_with(named, [child.id], ask.now)
    return describe(child, parts, ask.partnership, sources, ask.now, current, company, whole=whole)


def _next(ask: Ask, child: ChildFacts, buttons: Sequence[Button], why: str) -> tuple[Button, ...]:
    """Return the buttons that work for this person: a step is recorded by whoever may update the child's interview."""
    steps, looks = _granted(ask, "interview_update"), _granted(ask, "who_looked")
    step = [b for b in buttons if b.form and steps is not None and steps.covers(child.relation)]
    looked = looks is not None and looks.covers(child.relation)
    rest = [replace(b, command=f"{b.command}{why}") for b in buttons if not b.form]
    return (*step, *([Button(_("Who looked"), f"who-looked {child.ref}")] if looked else []), *rest)


def _doubt_buttons(ask: Ask, child: ChildFacts, why: str) -> list[Button]:
    """Return buttons for an age in doubt, for an absence that no file holds, and for two that may be one, where the
    person's roles allow it.
    """
    if any(x.died for x in child.episodes) or not doubted_child.may(ask, child):
        return []
    open_now = [x for x in child.episodes if x.open_at(ask.now)]
    found = []
    if any(in_doubt(x) for x in open_now):
        found.append(Button(_("Confirm the age"), f"age {child.ref}{why}", form=True))
    if child.adults and doubted_child.standing(child, "age"):
        found.append(Button(_("Take back: an adult"), f"age {child.ref} undo{why}"))
    gone = [x for x in open_now if not child.holders.get(x.id)]
    found += [Button(_("Say that it has ended"), f"ended {child.ref} #{x.id}{why}", form=True) for x in gone]
    found.append(Button(_("Say what the file lacks"), f"said {child.ref}{why}", form=True))
    if any(may_be_one(x) for x in child.episodes):
        found.append(Button(_("One absence or two"), f"same {child.ref}{why}"))
    return found


def _outside(ask: Ask, ref: str, child: ChildFacts | None, reason: str) -> Reply:
    """Answer for a child that none of the person's roles covers, or for no child at all."""
    glass = _granted(ask, "break_glass")
    if glass is None:
        raise child_lookup.missed(ask, child)
    person, trail, rules = child_lookup.who(ask), ask.facts.trail, ask.partnership.break_glass
    opened = trail.opened(person.id, ref, ask.now)
    found = break_glass.answer(
        missing=child is not None and glass.covers(child.relation) and not any(x.died for x in child.episodes),
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
    area = next(x.area for x in reversed(child.episodes) if x.open_at(ask.now))
    until = opened.until if opened else ask.now + timedelta(minutes=rules.minutes)
    if not opened:
        # The look is recorded with its reason, and the strategic leads of both agencies told, before it is shown.
        text = _(
            "{person} ({agency}) opened this child's record outside their areas, for a "
            "reason, until {until}. See: reviews.",
            person=person.id,
            agency=code_words(person.agency),
            until=clock.say_short(until),
        )
        ask.log.effects += [
            OpenBreakGlass(person.id, child.ref, area, reason, ask.now, until, rules.most_in_30_days),
            NotifyRole("strategic_lead", "break_glass", text, ask.now, child.ref, area),
        ]
    reply = replace(_describe(ask, child, glass), buttons=())
    notified = break_glass.agencies_that_hear(trail.listed(), area, ask.now)
    told = (
        _("The strategic leads of {notified} have been told.", notified=_(" and ").join(notified)) if notified else ""
    )
    vacant = [agency for agency in break_glass.BOTH if agency not in notified]
    none = (
        _("No strategic lead of {vacant} is listed: administrators have been told.", vacant=_(" or ").join(vacant))
        if vacant
        else ""
    )
    line = _(
        "Shown outside your area until {until}, for your reason; recorded. {told} {none}",
        until=clock.say_short(until),
        told=told,
        none=none,
    )
    return replace(reply, text=(" ".join(line.split()), *reply.text))


def _over_the_limit(ask: Ask, child: ChildFacts | None) -> Refused:
    """Refuse alike for every reference. The leads are told once a day, and of no child, for there may be none."""
    child_lookup.even(ask, child)
    person, most = child_lookup.who(ask), ask.partnership.break_glass.most_in_30_days
    if not ask.facts.trail.refused(person.id, "quota", clock.day_start(clock.local_day(ask.now))):
        who = f"{person.id} ({person.agency})"
        text = _(
            "{who} asked for one more child outside their areas after {most} in 30 days: refused.", who=who, most=most
        )
        ask.log.effects.append(NotifyRole("strategic_lead", "quota", text, ask.now))
    return Refused("quota", detail=str(most))


COMMAND = Command(
    name="child",
    summary=_("One child's recorded status: grades, rules met, interview, with the evidence"),
    usage="child REFERENCE [episodes] [because REASON]",
    examples=("child OX-7QK4", 'child OX-7QK4 because "seen at the station, police ask who the worker is"'),
    actions=("child", "break_glass"),
    run=run,
    words={
        "": "",
        **dict.fromkeys(
            (
                *(
                    "status",
                    "status of",
                    "risk",
                    "risk of",
                    "the risk of",
                    "risk for",
                    "grade",
                    "grade of",
                    "grades of",
                ),
                *("history", "history of", "history on", "history for", "is REF back", "is REF back yet"),
                *("is REF missing", "is REF still missing", "is REF home", "when did REF come back", "REF back"),
                *("how long has REF been missing", "how long has REF been gone", "when did REF go missing"),
                *("REF where are we", "where are we with REF", "is REF high risk"),
            ),
            "",
        ),
    },
)
