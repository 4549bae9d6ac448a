"""interview: the state of one return interview, and recording its steps, each checked by the rules first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Refused, Unclear
from bot.conversation.reply import Button, Level, Reply, Section
from bot.messages import forms, interview_status
from bot.messages.interview_status import NOT_THE_RECORD, Reader, cause_buttons, cause_lines, comes_next
from bot.messages.reminder import why
from bot.reports import case_system
from bot.rules.access.absences import listed
from bot.rules.access.permissions import Grant, decide
from bot.rules.catalogue import _, code_words
from bot.rules.effects import NotifyPerson, RecordStep
from bot.rules.episodes.risk_flags import council_return, said_return
from bot.rules.interviews import causes, state, transitions
from bot.rules.interviews.causes import Cause
from bot.rules.interviews.state import OpenInterview
from bot.rules.interviews.steps import (
    CHANGED_MIND,
    OF_INTERVIEW,
    InterviewStep,
    Kind,
    NotUnderstood,
    ParsedStep,
    begins_a_step,
    listen,
    standing,
    step_label,
    typed_words,
    who_was_first,
)
from bot.rules.interviews.transitions import StepAttempt
from bot.rules.model import CaseRelation, Episode
from bot.rules.partnership.partnership import Person
from bot.rules.queries.digest_content import DECLINED, as_said, record_times
from bot.rules.reminders.due import OpenCase
from bot.rules.reminders.explanation import explain
from bot.rules.text.area_names import spoken
from bot.rules.time import clock

#: The action in the audit trail, and the number of people who are offered to be asked.
ASKED, MOST_ASKED = "ask to take", 3
_IN_WORDS: Mapping[str, str] = {"interview_coordinator": "coordinator", "team_manager": "manager"}
_ASK = re.compile(r"(?:#\d{1,9} )?ask (\S{1,64})", re.ASCII | re.IGNORECASE)
GONE = _("This has changed since you saw it. Please ask again.")


@dataclass(frozen=True, slots=True)
class ChildInterviews:
    """The interviews of one child, oldest first, closed ones too, as this person may see them here.

    `others` says of the child's other absences whose interview waits for the return. `leading` is true for a person who
    answers for the child's area, not for the case alone. `moved_from` names the placing authorities before, by episode.
    """

    ref: str
    interviews: tuple[OpenInterview, ...]
    relation: CaseRelation
    leading: bool
    others: tuple[str, ...]
    missing_at: Callable[[datetime], bool]
    moved_from: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepConfirmed:
    """The step to record, the lines to show, and the people to tell."""

    step: RecordStep
    lines: tuple[str, ...] = ()
    tell: tuple[NotifyPerson, ...] = ()


class NotRecordedStep(Exception):
    """The reason against recording a step, as one plain sentence."""


def run(ask: Ask) -> Reply:
    """Check the right to this child's interviews before the typed words are read."""
    # 'OX-7QK4 held' or 'ox 7qk4 held'
    two = " ".join(ask.words[:2])
    spaced = child_lookup.is_reference(ask, two) and not child_lookup.is_reference(ask, ask.words[0])
    ref = child_lookup.reference(ask, two if spaced else " ".join(ask.words[:1]))
    typed = " ".join(ask.words[2 if spaced else 1 :])
    try:
        found = _find(ask, ref)
    except Refused as no:
        listed_here = _in_own_list(ask, ref) if no.reason == "not_found" and ask.request.place.level == 2 else None
        if listed_here is None:
            raise
        ask.log.effects.clear()  # not a miss: the person's own list shows the reference
        return _others_to_take(ask, listed_here, typed)
    if not found.interviews:
        lines = found.others or (_("No return interview is expected of anybody."),)
        nothing = (_("Nothing was recorded."),) if typed and found.others else ()
        return Reply(_("Return interview of {ref}", ref=found.ref), _level(ask), (*lines, *nothing))
    try:
        spoken = _parse(ask, typed, found.interviews[-1])
        meant = _meant(found, spoken, child_lookup.who(ask).id)
        if len(meant) > 1:
            form = _wants_form(ask, spoken)
            # The buttons repeat the words, now that they are known to hold nothing but a step.
            again = " ".join(typed.split()) if form or spoken.verb not in ("", "handed_over") else ""
            return interview_status.which(meant, again, _reader(ask, found), form)
        return _answer(ask, found, meant[0], _parse(ask, typed, meant[0]))
    except NotUnderstood as fault:
        offers = [f"interview {ref} {typed_words(step)}" for step in fault.steps]
        title, level = (_("Nothing recorded yet"), 1) if offers else (_("Not understood, nothing recorded"), 0)
        raise Unclear(str(fault), *offers, title=title, level=cast(Level, level)) from None


def _find(ask: Ask, ref: str) -> ChildInterviews:
    """Return the child's interviews, in private or (in a channel) from those that its list shows anyway.

    No such child, not theirs and (in a channel) not on the list are one refusal. Break-glass opens nothing here.
    """
    ask.log.subject = ref
    if ask.request.place.level == 2:
        child_lookup.not_locked(ask)
        child, grant = ask.facts.child(ref, ask.now), ask.grant("interview_update")
        if child is None or not grant.covers(child.relation):
            raise child_lookup.missed(ask, child)
        ref, recorded, relation = child.ref, child.episodes, child.relation
        episodes, moved_from = () if any(x.died for x in recorded) else recorded, child.moved_from
        open_now = {x.child_id for x in recorded if x.open_at(ask.now) and not said_return(x, ask.now)}

        def missing_at(at: datetime) -> bool:
            return any(x.open_at(at) and not (council_return(x, ask.now) or said_return(x, ask.now)) for x in recorded)
    else:
        scope, moved_from = ask.scope("interview_update", None), {}
        shown = (
            *ask.facts.interviews_open(scope, ask.now, ask.now - DECLINED),
            *ask.facts.interviews_elsewhere(scope, ask.now),
        )
        theirs = {x.id: x for x in shown if x.child_ref == ref}
        episodes = tuple(sorted(theirs.values(), key=lambda x: (x.start_at, x.id)))
        number = [x.child_id for x in episodes[:1]]
        if not episodes or ask.facts.died(number):
            raise Refused("not_found")
        grant = ask.grant("interview_update")
        workers = frozenset(x.interview.worker for x in episodes if x.interview.worker)
        relation = CaseRelation(frozenset(x.area for x in episodes), workers)
        open_now = ask.facts.missing_now(number, ask.now)

        def missing_at(at: datetime) -> bool:
            return bool(ask.facts.missing_now(number, at))

    everything = as_said(ask.facts, episodes, open_now, ask.now)
    known = tuple(i for i in everything if i.state.name not in state.NONE)
    waiting = [w for i in everything if i not in known and (w := state.waiting(i.episode, ask.now))]
    others = interview_status.not_due_yet(waiting, relation.placing_authority)
    # Managers and coordinators lead: a role of theirs reaches the child by area or everywhere, not by the case.
    by_area = (r for r in grant.role_grants if r.reach in ("own_areas", "all"))
    leading = any(r.covers(relation) for r in by_area)
    return ChildInterviews(ref, known, relation, leading, others, missing_at, moved_from)


def _in_own_list(ask: Ask, ref: str) -> OpenInterview | None:
    """Return the open interview of this child that stands in a list of this person, though they may not update it.

    It is read for a reference that does not exist, too, so that the time reveals nothing.
    """
    if not ask.may("open_list"):
        return None
    shown = ask.facts.interviews_open(ask.scope("open_list", None), ask.now)
    theirs = [x for x in shown if x.child_ref == ref]
    children = [x.child_id for x in theirs[:1]]
    if not theirs or ask.facts.died(children):
        return None
    known = as_said(ask.facts, theirs, ask.facts.missing_now(children, ask.now), ask.now)
    return next((i for i in known if not (i.closed or i.theirs) and i.state.name not in state.NONE), None)


def _others_to_take(ask: Ask, i: OpenInterview, typed: str) -> Reply:
    """Say who may take the interview, with a button that asks one of them; or ask them, once a day for a child."""
    me, x = child_lookup.who(ask), i.episode
    may = sorted(_may_take(ask, x), key=lambda found: found[1])
    to = _ASK.fullmatch(typed)
    asked = any(e.action == ASKED and e.subject == x.child_ref for e in ask.facts.trail.own(me.id, _today(ask)))
    if to is None or asked:
        whose = (_("its owner") if i.owner else "", *dict.fromkeys(words for _, _, words in may))
        who = _(" or ").join(filter(None, whose)) or _("nobody who is listed")
        already = (_("You have asked today."),) if asked else ()
        text = (_("It is not one of your cases. Only {who} can take it.", who=who), *already)
        shown = () if asked else may[:MOST_ASKED]
        buttons = tuple(
            Button(_("Ask {id}", id=p.id), interview_status.command(i, f"ask {p.id}")) for p, _unused, _unused2 in shown
        )
        return Reply(_("{ref} is not yours to take", ref=x.child_ref), 1, text, status="refused", buttons=buttons)
    person = next((p for p, _, _ in may if p.id.casefold() == to[1].casefold()), None)
    if person is None:
        return Reply(_("Not asked"), 0, (_("Nobody of that id could take it."),), status="refused")
    ask.log.action = ASKED
    asks = _("{me} asks you to see to this return interview: it is not one of their cases.", me=me.id)
    ask.log.effects.append(NotifyPerson(person.id, "asked", asks, ask.now, x.child_ref))
    return Reply(
        _("Asked"), 1, (_("{person} is asked, in private, to see to {ref}.", person=person.id, ref=x.child_ref),)
    )


def _may_take(ask: Ask, x: Episode) -> Iterator[tuple[Person, int, str]]:
    """Yield who may update any interview of the area, managers first, each with the role in words."""
    relation, today = CaseRelation(frozenset({x.area})), clock.local_day(ask.now)
    for person in ask.facts.trail.listed():
        grant = decide(person, "member", "interview_update", 2, ask.partnership, today) if person.active else None
        for r in grant.role_grants if isinstance(grant, Grant) else ():
            if r.reach in ("own_areas", "all") and r.covers(relation):
                everywhere, words = r.reach == "all", _IN_WORDS.get(r.role, code_words(r.role))
                yield (
                    person,
                    int(everywhere),
                    _("a {words}", words=words)
                    if everywhere
                    else _("a {words} of {area}", words=words, area=spoken(x.area)),
                )
                break


def _today(ask: Ask) -> datetime:
    return clock.day_start(clock.local_day(ask.now))


def _parse(ask: Ask, typed: str, i: OpenInterview) -> ParsedStep:
    """Parse a step; where a form can ask for the rest, accept its beginning."""
    try:
        return listen(typed, ask.now, ask.partnership.calendar(i.episode.area))
    except NotUnderstood as fault:
        if fault.begun is None or not ask.request.has_forms:
            raise
        return fault.begun


def _meant(found: ChildInterviews, spoken: ParsedStep, by: str) -> list[OpenInterview]:
    """Return the interview that was named, or those that may be meant; never another one than was named."""
    if spoken.number is not None:
        named = [i for i in found.interviews if i.episode.id == spoken.number]
    elif spoken.due:
        limits = [(i, i.episode.interview.counts_until) for i in found.interviews]
        named = [i for i, limit in limits if limit is not None and clock.local_day(limit) in spoken.due]
    else:
        named = state.choice(spoken.verb, found.interviews, by) or [found.interviews[-1]]
    if spoken.number is None:
        named = state.each_once(named, spoken.verb)
    if not named:
        raise NotUnderstood(_("This child has no such interview. Ask without a number to see them."))
    return named


def _answer(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> Reply:
    """Show how the interview stands, with a form or an explanation where asked for; or record a step."""
    reader, form = _reader(ask, found), _wants_form(ask, spoken)
    if spoken.verb == "" or form:
        same = [o for o in found.interviews if o.episode.id in i.merged]
        missing, cause = found.missing_at(ask.now), _cause(ask, found, i)
        plain = interview_status.stands(i, _others(found, i), missing, reader, same, cause)
        plain = replace(plain, text=(*plain.text, *found.others))
        if not form:
            return plain
        asked = _with_form(ask, found, i, spoken, plain, reader)
        if spoken.lacks and asked.form and not ask.request.forms:
            again = interview_status.command(i, typed_words(replace(spoken, number=None, version=None, due=())))
            raise Unclear(spoken.lacks).asking(asked.form, again)
        return asked
    if spoken.verb == "copy":
        # In private alone: every answer of one child, together.
        if reader.level != 2:
            raise Refused("place_level")
        mapping = ask.partnership.sources.interviews.mapping_at(ask.now)
        return case_system.block(i, mapping, {p.id: p for p in ask.facts.people()}, reader)
    if spoken.verb != "why":
        return _record(ask, found, i, spoken)
    work = ask.facts.work
    times = record_times(ask.facts, ask.partnership, (i,), ask.now)
    case = OpenCase(i, i.standing, work.notified([i.episode.id], ask.now), times)
    reply = why(case, work.nudged(i.episode.id), reader)
    if ask.request.place.level != 2 or i.closed:
        return reply
    for_me = Section(_("For you"), explain(case, reader.person.id, ask.partnership, ask.now))
    return replace(reply, sections=(for_me, *reply.sections))


def _cause(ask: Ask, found: ChildInterviews, i: OpenInterview) -> Cause | None:
    """Return the cause that the facts suggest of an interview that was not in time."""
    limit = i.episode.interview.counts_until
    if limit is None or not causes.wants_cause(i, ask.now):
        return None
    known = ask.facts.told_late([i.episode.id], ask.now)
    return causes.suggested(i, found.missing_at(limit), known.get(i.episode.id), ask.now)


def _level(ask: Ask) -> Level:
    return cast(Level, ask.request.place.level)


def _reader(ask: Ask, found: ChildInterviews) -> Reader:
    who, authority = child_lookup.who(ask), found.relation.placing_authority
    return Reader(who, ask.partnership, ask.now, _level(ask), found.leading, authority, found.moved_from)


def _others(found: ChildInterviews, i: OpenInterview) -> list[OpenInterview]:
    """Return the child's other open interviews, those that are merged with one another once.

    None beside one that another authority holds: it is not put together with ours.
    """
    others = (o for o in found.interviews if o.episode.id not in (i.episode.id, *i.merged))
    return state.each_once([o for o in others if not (o.closed or o.theirs or i.theirs)], "")


def _wants_form(ask: Ask, spoken: ParsedStep) -> bool:
    """Return true if a form can be shown and the words name an interview alone, or a step without its details."""
    return bool(spoken.lacks) or (ask.request.forms and not spoken.verb)


def _with_form(
    ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep, plain: Reply, to: Reader
) -> Reply:
    """Return the plain reply with a form, or with the reason against recording anything."""
    if spoken.verb == "snoozed":
        if fault := transitions.why_not_snoozing(i, to.person.id, ask.now, found.leading):
            return _with_reason(plain, fault)
        return replace(plain, form=forms.snooze(i, spoken, to))
    if spoken.verb == "handed_over":
        # In private alone, as when it is typed: the candidates depend on the child.
        if ask.request.place.level != 2:
            raise Refused("place_level")
        if fault := transitions.why_not_handing(i, to.person, ask.now, found.leading):
            return _with_reason(plain, fault)
        by, people = to.person, [p for p in ask.facts.trail.listed() if p.active]
        may = [p.id for p in people if state.why_not_to(p, by, found.relation, ask.partnership, ask.now) is None]
        if not may:
            return _with_reason(plain, _("Nobody else who is listed could update this interview."))
        return replace(plain, form=forms.hand_over(i, may, to))
    kinds = (cast(Kind, spoken.verb),) if spoken.verb else transitions.KINDS
    choices = transitions.following(i, to.person.id, ask.now, kinds)
    if choices:
        return replace(plain, form=forms.outcome(i, choices, spoken, to, _cause(ask, found, i)))
    return _with_reason(plain, transitions.why_not_any(i, to.person.id, ask.now, kinds)) if spoken.verb else plain


def _with_reason(plain: Reply, fault: str) -> Reply:
    return replace(plain, text=(fault, *plain.text))


def _record(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> Reply:
    """Record the step, or return the reason against it. The second of two people is told who was first."""
    try:
        if spoken.version is not None and spoken.version != i.standing.version:
            newest = i.standing.newest
            raise NotRecordedStep(who_was_first(newest, ask.now, child_lookup.who(ask).id) if newest else GONE)
        if spoken.verb in ("on_it", "snoozed"):
            confirmed = _pause(ask, found, i, spoken)
        elif spoken.verb in ("took_over", "handed_over", "accept", "refuse"):
            confirmed = _change_owner(ask, found, i, spoken)
        else:
            confirmed = _progress(ask, found, i, spoken)
        if spoken.note:
            confirmed = replace(confirmed, lines=(spoken.note, *confirmed.lines))
        step = confirmed.step
        if step.kind != "undone":
            attempt = StepAttempt(step, i, found.missing_at(step.at), found.interviews)
            if why_not := transitions.why_not(attempt):
                raise NotRecordedStep(why_not)
    except NotRecordedStep as fault:
        return Reply(_("Not recorded"), 0, (str(fault),), status="refused")
    ask.log.effects += [step, *confirmed.tell]
    return _confirm(ask, found, i, confirmed)


def _progress(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Return a step towards the interview as it was parsed, or the one that takes the newest back."""
    if spoken.verb == "accepted":
        # After a decline it opens the interview again.
        detail = CHANGED_MIND if i.state.name == "declined" else ""
        return StepConfirmed(_step(ask, i, "accepted", replace(spoken, detail=detail)))
    if spoken.verb == "merged":
        # Into the interview that was named, or the only other open one.
        others = _others(found, i)
        if not spoken.to and len(others) > 1:
            named = ", ".join(f"merge into #{o.episode.id}" for o in others)
            raise NotUnderstood(_("With which of the others? Say: {named}.", named=named))
        to = spoken.to or (str(others[0].episode.id) if others else "")
        line = _(
            "One talk for #{episode} and #{to}: each step counts for both, each deadline is tested for itself.",
            episode=i.episode.id,
            to=to,
        )
        return StepConfirmed(replace(_step(ask, i, "merged", spoken), to=to), (line,))
    if spoken.verb == "undo":
        me, minutes = child_lookup.who(ask).id, ask.partnership.delivery.undo_minutes
        if fault := transitions.why_not_undone(i.standing, me, ask.now, minutes):
            raise NotRecordedStep(fault)
        newest = i.standing.newest
        lines = (_("Taken back: {step_label}.", step_label=step_label(newest)),) if newest else ()
        # Beside the step that it takes back, which may name another of the merged interviews.
        undone = replace(_step(ask, i, "undone", spoken), undoes=i.standing.version)
        return StepConfirmed(_of(undone, newest.episode_id) if newest else undone, lines)
    if spoken.verb == "unmerged":
        numbers = _(" and ").join(f"#{number}" for number in i.merged)
        line = _(
            "#{episode} is a talk of its own again. It and {numbers} each keep what was said by their number:",
            episode=i.episode.id,
            numbers=numbers,
        )
        return StepConfirmed(_step(ask, i, "unmerged", spoken), (line,))
    return StepConfirmed(_step(ask, i, cast(Kind, spoken.verb), spoken))


def _pause(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Return the step by which a person's own reminders wait: on it, or snoozed."""
    if spoken.verb == "on_it":
        # Reminders come back at the end of the next working day, unless a step was recorded meanwhile.
        calendar = ask.partnership.calendar(i.episode.area)
        until = calendar.closes(calendar.next_day(clock.local_day(ask.now)))
        line = _("Without an attempt or another step by then, it comes back.")
        return StepConfirmed(_step(ask, i, "on_it", replace(spoken, until_at=until)), (line,))
    wanted = spoken.until_at or ask.now
    if fault := state.why_not_snoozed(wanted, i, ask.now, found.leading):
        raise NotRecordedStep(fault)
    # Not beyond the deadline, except for managers and coordinators.
    limit = i.episode.interview.counts_until
    until = wanted if found.leading or limit is None else min(wanted, limit)
    capped = (
        (_("That would be after the deadline, so it ends there: later needs a manager."),) if until < wanted else ()
    )
    line = _("Your own reminders wait; it stays in every list, and nobody else's reminders change.")
    return StepConfirmed(_step(ask, i, "snoozed", replace(spoken, until_at=until)), (*capped, line))


def _change_owner(ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep) -> StepConfirmed:
    """Return the step by which an interview is taken over, handed over, or a hand-over answered."""
    me = child_lookup.who(ask)
    if spoken.verb == "took_over":
        if fault := state.why_not_taken(i, me, found.leading):
            raise NotRecordedStep(fault)
        return StepConfirmed(_step(ask, i, "took_over", spoken))
    if spoken.verb == "handed_over":
        # Offered in private alone: the candidates depend on the child, not on the list.
        if ask.request.place.level != 2:
            raise Refused("place_level")
        to = listed(ask.facts.trail.listed(), spoken.to)
        if to is None:
            raise NotRecordedStep(_("Nobody of that id is listed here. Ask your administrator for the person's id."))
        fault = state.why_not_handed(i, me, found.leading)
        if fault := fault or state.why_not_to(to, me, found.relation, ask.partnership, ask.now):
            raise NotRecordedStep(fault)
        text = _("{me} asks you to take over this return interview: accept or refuse it.", me=me.id)
        step = replace(_step(ask, i, "handed_over", spoken), to=to.id)
        notice = NotifyPerson(to.id, "hand_over", text, ask.now, found.ref)
        return StepConfirmed(step, (_("Nothing changes until {to} accepts.", to=to.id),), (notice,))
    if i.standing.asked != me.id:
        raise NotRecordedStep(
            _("No hand-over waits for you here. If the child said yes, say accepted; if no, say declined by child.")
        )
    kind: Kind = "took_over" if spoken.verb == "accept" else "refused_hand_over"
    text = _(
        "{me} has {taken} a return interview of yours.",
        me=me.id,
        taken=_("taken over") if kind == "took_over" else _("not taken over"),
    )
    notice = NotifyPerson(i.standing.asked_by, "hand_over", text, ask.now)
    return StepConfirmed(_step(ask, i, kind, spoken), tell=(notice,))


def _step(ask: Ask, i: OpenInterview, kind: Kind, spoken: ParsedStep) -> RecordStep:
    return RecordStep(
        episode_id=i.episode.id,
        version=i.standing.version,
        kind=kind,
        at=spoken.at or ask.now,
        said_at=ask.now,
        by=child_lookup.who(ask).id,
        until_at=spoken.until_at,
        detail=spoken.detail,
        merged=i.merged,
    )


def _of(step: RecordStep, number: int) -> RecordStep:
    """Return the step as one of another of the merged interviews."""
    same = {step.episode_id, *step.merged} - {number}
    return replace(step, episode_id=number, merged=tuple(sorted(same)))


def _confirm(ask: Ask, found: ChildInterviews, i: OpenInterview, confirmed: StepConfirmed) -> Reply:
    """Confirm the recorded step with its time, the state after it, and the button that takes it back."""
    step = confirmed.step
    lines: list[str] = []
    footer, buttons = [NOT_THE_RECORD], [Button(_("How it stands"), interview_status.command(i))]
    # The step as it will be stored. Its number, not known yet, is larger than any.
    names = ("episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")
    number = max(o.standing.version for o in found.interviews) + 1
    stored = InterviewStep(id=number, **{name: getattr(step, name) for name in names})
    if step.kind != "undone":
        when = (
            f", {clock.say_near(step.at, ask.now)}" if step.kind in OF_INTERVIEW and step.kind not in _AT_ONCE else ""
        )
        until = (
            _(
                " {words} {until_at}",
                words=_("for") if step.kind == "booked" else _("until"),
                until_at=clock.say_near(step.until_at, ask.now),
            )
            if step.until_at
            else ""
        )
        lines.append(f"{step_label(stored).capitalize()}{when}{until}.")
        footer.append(_("Undo within {undo_minutes} min.", undo_minutes=f"{ask.partnership.delivery.undo_minutes:g}"))
        buttons.insert(0, Button(_("Undo"), interview_status.command(i, "undo")))
    if step.kind == "held" and _level(ask) == 2:
        buttons.append(Button(_("Copy for the case system"), interview_status.command(i, "copy")))
    lines += confirmed.lines
    known = _with(ask, found, stored)
    after = next(o for o in known if o.episode.id == i.episode.id)
    reader = replace(_reader(ask, found), level=2 if ask.request.place.level == 2 else 1)
    if set(after.merged) != set(i.merged):
        changed = {i.episode.id, *i.merged, *after.merged}
        lines += [interview_status.lead(o, reader) for o in known if o.episode.id in changed]
    if after.differences(ask.now):
        lines.append(_("The record says otherwise, so it stays in the lists until the record agrees."))
    if cause := _cause(ask, found, after):
        lines += cause_lines(cause)
        buttons += cause_buttons(after, cause)
    of = _(" and ").join(f"#{n}" for n in sorted((i.episode.id, *after.merged)))
    return Reply(
        title=_("Recorded for {ref} {of}", ref=found.ref, of=of),
        level=reader.level,
        text=(*lines, *comes_next(after, _others(replace(found, interviews=tuple(known)), after), reader)),
        footer=tuple(footer),
        buttons=tuple(buttons),
    )


#: Steps that have no time of their own to confirm.
_AT_ONCE = ("booked", "merged", "unmerged")


def _with(ask: Ask, found: ChildInterviews, stored: InterviewStep) -> list[OpenInterview]:
    """Return the child's interviews as they are with this step."""
    works = {o.episode.id: o.own for o in found.interviews}
    mine = [s for s in works[stored.episode_id].steps if s.id != stored.undoes]
    works[stored.episode_id] = standing(mine if stored.kind == "undone" else [*mine, stored], ask.now)
    recorded = [replace(o.episode, interview=o.recorded) for o in found.interviews]
    again = {o.episode.child_id for o in found.interviews if o.state.name == "due, child missing"}
    return state.every(recorded, again, ask.now, works, owners=state.Owners.among(ask.facts.people()))


COMMAND = Command(
    name="interview",
    summary=_("One return interview: how it stands, and saying what became of it"),
    usage="interview REFERENCE [#NUMBER] [STEP]",
    examples=(
        "interview OX-7QK4",
        "interview OX-7QK4 offered by phone at 14:30",
        "interview OX-7QK4 held at 16:15",
        "interview OX-7QK4 told",
        "interview OX-7QK4 snooze until mon 9am because waiting for carer",
    ),
    actions=("interview_update",),
    run=run,
    words={
        "": "",
        **dict.fromkeys(
            (
                *("status", "status of", "rhi", "rhis", "interviews", "return interview", "return interviews"),
                *("interview with", "interviews with", "return interview with", "return home interview", "deadline"),
                *("outstanding interviews", "open interviews", "when is the deadline for REF", "attempts on"),
                *("who has REF", "who is doing REF", "has REF been offered", "has REF been offered one"),
                *("has REF been held", "when is REF due", "when was REF held", "how many attempts on", "so far"),
            ),
            "",
        ),
    },
    follows_reference=begins_a_step,
)
