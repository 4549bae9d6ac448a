"""Forms for the steps of an interview, and the sentence in place of a form where no step may follow."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Refused
from bot.conversation.reply import Reply
from bot.messages import forms
from bot.messages.interview_status import Reader
from bot.rules.interviews.state import OpenInterview, why_not_to
from bot.rules.interviews.steps import NEED_MORE, Kind, ParsedStep
from bot.rules.interviews.transitions import KINDS, following, why_not_any, why_not_handing, why_not_snoozing
from commands.interview.find import ChildInterviews


def wanted(ask: Ask, spoken: ParsedStep) -> bool:
    """Return true if forms can be shown and the words name an interview alone, or a step without its details."""
    whole = spoken.detail or spoken.until_at or spoken.to
    return ask.request.forms and not whole and (not spoken.verb or spoken.verb in NEED_MORE)


def with_form(
    ask: Ask, found: ChildInterviews, i: OpenInterview, spoken: ParsedStep, plain: Reply, to: Reader
) -> Reply:
    """Return the plain reply with a form, or with the reason against recording anything."""
    if spoken.verb == "snoozed":
        fault = why_not_snoozing(i, to.person.id, ask.now, found.leading)
        return _said(plain, fault) if fault else replace(plain, form=forms.snooze(i, to))
    if spoken.verb == "handed_over":
        return _hand_over(ask, found, i, plain, to)
    kinds: tuple[Kind, ...] = (spoken.verb,) if spoken.verb else KINDS  # type: ignore[assignment]  # the rest are kinds
    choices = following(i, to.person.id, ask.now, kinds)
    if choices:
        return replace(plain, form=forms.outcome(i, choices, to))
    return _said(plain, why_not_any(i, to.person.id, ask.now, kinds)) if spoken.verb else plain


def _hand_over(ask: Ask, found: ChildInterviews, i: OpenInterview, plain: Reply, to: Reader) -> Reply:
    """Offer a hand-over in private alone, as when it is typed: the candidates depend on the child."""
    if ask.request.place.level != 2:
        raise Refused("place_level")
    by = child_lookup.who(ask)
    if fault := why_not_handing(i, by, ask.now, found.leading):
        return _said(plain, fault)
    everybody = [p for p in ask.facts.trail.listed() if p.active]
    may = [p.id for p in everybody if why_not_to(p, by, found.relation, ask.partnership, ask.now) is None]
    if not may:
        return _said(plain, "Nobody else who is listed could update this interview.")
    return replace(plain, form=forms.hand_over(i, may, to))


def _said(plain: Reply, fault: str) -> Reply:
    return replace(plain, text=(fault, *plain.text))
