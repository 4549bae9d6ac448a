"""age: record that a child in doubt is an adult or a child, as a person of the police or of its team says."""

from typing import Literal, cast

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.doubted_child import CHAT_ONLY, DoubtArguments, not_recorded
from bot.conversation.reply import Button, Reply
from bot.messages import forms
from bot.messages.episode_lines import age_lines
from bot.rules.catalogue import _
from bot.rules.effects import ConfirmAge, WithdrawConfirmation
from bot.rules.episodes.confirmations import AGES, in_doubt, newest, who_said, words
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import plain

IN_DOUBT = _("Age in doubt: by a birth date the person was 18 or over when an absence began.")
_ANSWERS = {"adult": "adult", "an adult": "adult", "child": "child", "a child": "child", "undo": "undo", "": ""}


def run(ask: Ask) -> Reply:
    """Show the state, record an answer, or take one back. It counts until taken back or a new birth date is loaded."""
    spoken = doubted_child.heard(ask)
    answer = _ANSWERS.get(plain(" ".join(spoken.words)))
    if answer is None:
        raise Unclear(_("Say adult, child or undo after the reference. I have not kept what you typed."))
    child = doubted_child.find(ask, spoken)
    if not answer:
        back = doubted_child.standing(child, "age")
        command = f"age {child.ref} v{doubted_child.version(child.rulings, 'age')}"
        sayable = _why_not(child, "adult", child_lookup.who(ask).id) is None
        return Reply(
            title=_("Age: {ref}", ref=child.ref),
            level=2,
            text=age_lines(child, ask.now) or (IN_DOUBT if sayable else _("The age of this child is not in doubt."),),
            footer=(CHAT_ONLY,),
            buttons=(
                *([Button(_("Say which"), command, form=True)] if sayable and not ask.request.forms else []),
                *([Button(_("Take it back"), f"age {child.ref} undo")] if back else []),
            ),
            form=forms.age(command, needs_reason=bool(spoken.because)) if sayable and ask.request.has_forms else None,
        )
    ask.log.action = f"age {answer}"
    if answer != "undo":
        return _record(ask, child, spoken, cast(Literal["adult", "child"], answer))
    last = doubted_child.standing(child, "age")
    if last is None:
        return not_recorded(_("Nothing was said that could be taken back."))
    ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
    return Reply(
        _("Recorded for {ref}", ref=child.ref),
        2,
        (_("Taken back: {words}.", words=words(last, ask.now)),),
        footer=(CHAT_ONLY,),
    )


def _why_not(child: ChildFacts, answer: str, me: str) -> str | None:
    """Return the reason against recording this, or None."""
    last = newest(child.rulings, "age")
    if child.adults or any(in_doubt(x) for x in child.episodes):
        if child.adults and answer == "adult" and last:
            return _("{you} said so already.", you=_("You have") if last.by == me else _("{by} has", by=last.by))
        return None
    if last and last.value == "child":
        return _(
            "{you} said: a child. Take that back first: age {ref} undo.",
            you=_("You") if last.by == me else last.by,
            ref=child.ref,
        )
    return _("The age of this child is not in doubt: nothing is to be confirmed.")


def _record(ask: Ask, child: ChildFacts, spoken: DoubtArguments, answer: Literal["adult", "child"]) -> Reply:
    who, version = child_lookup.who(ask), doubted_child.version(child.rulings, "age")
    if spoken.version is not None and spoken.version != version:
        return not_recorded(who_said(max(child.rulings, key=lambda r: r.id), who.id, ask.now))
    if fault := _why_not(child, answer, who.id):
        return not_recorded(fault)
    ask.log.effects.append(ConfirmAge(child.ref, version, answer, who.id, who.agency, ask.now))
    follows = {
        "adult": _("Left out of every list, call, reminder and figure from now on; the next digest says so."),
        "child": _(
            "In no doubt any more: lists, calls and reminders go on, and figures count it, without an age band."
        ),
    }
    until = _("It counts until somebody takes it back, or another birth date is loaded.")
    return Reply(
        title=_("Recorded for {ref}", ref=child.ref),
        level=2,
        text=(
            _("{ref} is {ages}, as you say. {follows}", ref=child.ref, ages=AGES[answer], follows=follows[answer]),
            until,
        ),
        footer=(CHAT_ONLY,),
        buttons=(Button(_("Undo"), f"age {child.ref} undo"),),
    )


COMMAND = Command(
    name="age",
    summary=_("Whether a child whose age is in doubt is one: the police or the child's team say so"),
    usage="age REFERENCE [adult|child|undo] [because REASON]",
    examples=("age OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
