"""Look up one child by reference. A miss reveals nothing, and too many misses lock the person's look-ups."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.command import Ask, Refused, Unclear
from bot.conversation.refusals import no_names
from bot.conversation.reply import Button, Reply
from bot.rules.catalogue import _, code_words
from bot.rules.effects import LockLookUps, NotifyRole
from bot.rules.partnership.partnership import Person
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import looks_like_reference, normalise_reference
from bot.rules.time import clock


def found_in_message(refs: tuple[str, ...]) -> Reply:
    """Return a button for each reference of a message, without telling which of them exist."""
    if not refs:
        text = (_("There is no reference in that message. I have not kept what it says."),)
        return Reply(_("Nothing to look up"), 0, text, status="unclear")
    buttons = tuple(Button(_("Look up {ref}", ref=ref), f"child {ref}", form=True) for ref in refs)
    return Reply(_("Which reference?"), 2, (_("That message has {n} references.", n=len(refs)),), buttons=buttons)


def reference(ask: Ask, spoken: str) -> str:
    """Return the reference that was typed. A slip is never put right: a near miss would be another child."""
    prefix = ask.partnership.reference_prefix
    found = normalise_reference(spoken, prefix)
    if found is not None:
        return found
    if not spoken:
        raise Unclear(_("Which child? Give the reference, like {prefix}-7QK4.", prefix=prefix))
    if looks_like_reference(spoken, prefix):
        raise missed(ask, None)
    raise Unclear(no_names(prefix))


def is_reference(ask: Ask, spoken: str) -> bool:
    """Return True for a word spelt as a reference, without a slip."""
    return normalise_reference(spoken, ask.partnership.reference_prefix) is not None


def joined(ref: str, child: ChildFacts) -> tuple[str, ...]:
    """Say which reference holds, where the one that was typed is of a child who was joined with another."""
    return () if ref == child.ref else (_("{ref} is {ref2} now: they are one child.", ref=ref, ref2=child.ref),)


def who(ask: Ask) -> Person:
    """Return the person who asks; Refused for a person who is not listed."""
    if ask.request.actor is None:
        raise Refused("not_listed")
    return ask.request.actor


def not_locked(ask: Ask) -> None:
    """Raise Refused, in the same words whatever the reference, while this person's look-ups are locked."""
    trail, person = ask.facts.trail, who(ask).id
    until = trail.locked_until(person, ask.now)
    if until is None and _misses(ask) >= ask.partnership.look_ups.misses:
        until = _lock(ask)  # several were missed at the same moment, so that none of them was the last
    if until is not None:
        raise Refused("locked", detail=clock.say_near(until, ask.now))


def missed(ask: Ask, child: ChildFacts | None) -> Refused:
    """Return the one refusal for no such child and not theirs, after the same reads. The last miss allowed locks."""
    even(ask, child)
    if _misses(ask) + 1 >= ask.partnership.look_ups.misses:
        _lock(ask)
    return Refused("not_found")


def even(ask: Ask, child: ChildFacts | None) -> None:
    """Read as much for an unknown reference as for a child that is not theirs, so that the time reveals nothing.

    One child is read and one is not found, in either case. The stand-in child depends on the reference, so that an
    unknown reference takes its time as evenly, and as differently from the next, as a real one.
    """
    nobody = f"{ask.partnership.reference_prefix}-0000"  # no reference has a 0
    other = ask.facts.trail.stand_in(ask.log.subject)
    ask.facts.child(other or nobody if child is None else nobody, ask.now)


def _misses(ask: Ask) -> int:
    since = ask.now - timedelta(minutes=ask.partnership.look_ups.minutes)
    return ask.facts.trail.misses(who(ask).id, since)


def _lock(ask: Ask) -> datetime:
    rules, person = ask.partnership.look_ups, who(ask)
    until = ask.now + timedelta(minutes=rules.locked_minutes)
    text = _(
        "Look-ups of {person} ({agency}) are locked until {until}: {misses} references "
        "were not found within {minutes} minutes.",
        person=person.id,
        agency=code_words(person.agency),
        until=clock.say_near(until, ask.now),
        misses=rules.misses,
        minutes=rules.minutes,
    )
    ask.log.effects += [LockLookUps(person.id, ask.now, until), NotifyRole("system_admin", "locked", text, ask.now)]
    return until
