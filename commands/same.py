"""same: record that two absences of a child are one, or are two, as the police or the child's team say."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from bot.conversation import child_lookup, doubted_child
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.doubted_child import CHAT_ONLY, DoubtArguments, not_recorded
from bot.conversation.reply import Button, Reply
from bot.messages.episode_lines import same_lines
from bot.rules.catalogue import _
from bot.rules.effects import ConfirmSame, WithdrawConfirmation
from bot.rules.episodes.confirmations import may_be_one, who_said, words
from bot.rules.model import Episode
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import plain
from bot.rules.time import clock

_ANSWERS: dict[str, Literal["one", "two", "undo", ""]] = {
    **dict.fromkeys(("one", "one absence", "same", "yes"), "one"),
    **dict.fromkeys(("two", "two absences", "apart", "no"), "two"),
    "undo": "undo",
    "": "",
}
_HOW = _("To say it: same REFERENCE #NUMBER #NUMBER one, or two.")


def run(ask: Ask) -> Reply:
    """Show the absences that may be one, record an answer, or take the last one back."""
    spoken = doubted_child.heard(ask)
    answer = _ANSWERS.get(plain(" ".join(spoken.words)))
    if answer is None:
        raise Unclear(_("Say one, two or undo after the numbers. I have not kept what you typed."))
    child = doubted_child.find(ask, spoken)
    if answer == "undo":
        ask.log.action = "same undo"
        last = doubted_child.standing(child, "same")
        if last is None:
            return not_recorded(_("Nothing was said that could be taken back."))
        ask.log.effects.append(WithdrawConfirmation(last.id, child_lookup.who(ask).id, ask.now))
        return Reply(
            _("Recorded for {ref}", ref=child.ref),
            2,
            (_("Taken back: {words}.", words=words(last, ask.now)),),
            footer=(CHAT_ONLY,),
        )
    pairs = [(one, other) for one, other in pairwise(x for x in child.episodes if may_be_one(x))]
    if not answer:
        return _state(ask, child, pairs)
    meant = [p for p in pairs if set(spoken.numbers) in ({p[0].id, p[1].id}, set())]
    if len(meant) != 1:
        numbers = "; ".join(_("#{one} and #{other}", one=one.id, other=other.id) for one, other in pairs)
        if not pairs:
            return not_recorded(_("No two absences of this child may be one."))
        which = tuple(
            _button(child, pair, _("#{pair} and #{pair2}", pair=pair[0].id, pair2=pair[1].id), answer) for pair in pairs
        )
        return replace(not_recorded(_("Say of which: {numbers}.", numbers=numbers)), level=2, buttons=which)
    ask.log.action = f"same {answer}"
    return _record(ask, child, spoken, meant[0], answer)


def _state(ask: Ask, child: ChildFacts, pairs: Sequence[tuple[Episode, Episode]]) -> Reply:
    lines = [
        _("{told} and {told2} may be one absence.", told=_told(one, ask), told2=_told(other, ask))
        for one, other in pairs
    ]
    back = doubted_child.standing(child, "same")
    buttons = [
        _button(child, pair, label, answer)
        for pair in pairs
        for label, answer in (
            (_("#{pair} and #{pair2}: one absence", pair=pair[0].id, pair2=pair[1].id), "one"),
            (_("Two absences"), "two"),
        )
    ]
    return Reply(
        title=_("One absence or two: {ref}", ref=child.ref),
        level=2,
        text=(*(lines or [_("No two absences of this child may be one.")]), *same_lines(child, ask.now)),
        footer=(*([_HOW] if lines else []), CHAT_ONLY),
        buttons=(*buttons, *([Button(_("Take it back"), f"same {child.ref} undo")] if back else [])),
    )


def _button(child: ChildFacts, of: tuple[Episode, Episode], label: str, answer: str) -> Button:
    """Return the button of an answer of two absences, at the version that is shown."""
    version = doubted_child.version(child.rulings, "same")
    return Button(label, f"same {child.ref} #{of[0].id} #{of[1].id} v{version} {answer}")


def _told(x: Episode, ask: Ask) -> str:
    """'#12 (police and council, Tue 4 Jul 20:00 to 23:10)'."""
    agencies = _(" and ").join(name for name, has in (("police", x.police), ("council", x.council)) if has)
    until = _("now") if x.open_at(ask.now) else clock.say_near(x.until_at, ask.now)
    return _(
        "#{id} ({agencies}, {start_at} to {until})",
        id=x.id,
        agencies=agencies,
        start_at=clock.say_near(x.start_at, ask.now),
        until=until,
    )


def _record(
    ask: Ask,
    child: ChildFacts,
    spoken: DoubtArguments,
    of: tuple[Episode, Episode],
    answer: Literal["one", "two"],
) -> Reply:
    who, version = child_lookup.who(ask), doubted_child.version(child.rulings, "same")
    if spoken.version is not None and spoken.version != version:
        return not_recorded(who_said(max(child.rulings, key=lambda r: r.id), who.id, ask.now))
    one, other = of
    ask.log.effects.append(ConfirmSame(child.ref, version, one.id, other.id, answer, who.id, who.agency, ask.now))
    follows = {
        "one": _(
            "#{one} and #{other} are one absence, as you say: one row in every list, one "
            "return interview. The child is missing until the last of the reports has an end.",
            one=one.id,
            other=other.id,
        ),
        "two": _(
            "#{one} and #{other} are two absences, as you say: each has its own return interview.",
            one=one.id,
            other=other.id,
        ),
    }
    return Reply(
        title=_("Recorded for {ref}", ref=child.ref),
        level=2,
        text=(follows[answer], _("The next files change nothing of it; it counts until somebody takes it back.")),
        footer=(CHAT_ONLY,),
        buttons=(Button(_("Undo"), f"same {child.ref} undo"),),
    )


COMMAND = Command(
    name="same",
    summary=_("Two absences of a child that may be one: the police or the child's team say which"),
    usage="same REFERENCE [#NUMBER #NUMBER one|two | undo]",
    examples=("same OX-7QK4",),
    actions=("interview_update", "acknowledge"),
    run=run,
    fits=doubted_child.fits,
)
