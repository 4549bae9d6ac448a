"""Phrases for lists about an interview's steps in chat, beside its record: answers, owners, snoozes, differences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.interviews.reconciliation import ours
from bot.rules.interviews.step_labels import step_label
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import say, say_near


def in_chat(i: OpenInterview, partnership: Partnership, now: datetime) -> tuple[str, ...]:
    """Write short phrases, the outcome of the interview first; none without steps in chat."""
    if not i.standing.steps:
        return ()
    return tuple((*_outcome(i, now), *_work(i, partnership, now)))


def _outcome(i: OpenInterview, now: datetime) -> Iterator[str]:
    found = ours(i.standing)
    if i.lacking:
        step = i.lacking[-1]
        yield f"{step_label(step)} ({say_near(step.at, now)}), said in chat by {step.by}, not in the record yet"
    booked = found.answer if found.answer and found.answer.kind == "booked" else None
    if booked and booked.until_at and not i.episode.interview.held_at:
        yield f"{'booked' if booked.until_at > now else 'was booked'} for {say_near(booked.until_at, now)}"
    for d in i.differences:
        yield f"differs: {step_label(d.step)} in chat, {d.theirs} in the record"
    if found.merged:
        yield step_label(found.merged)


def _work(i: OpenInterview, partnership: Partnership, now: datetime) -> Iterator[str]:
    standing = i.standing
    if standing.on_it and standing.on_it_until:
        yield f"{standing.on_it} is on it until {say_near(standing.on_it_until, now)}"
    if standing.asked:
        yield f"handed over to {standing.asked} by {standing.asked_by}, not accepted yet"
    if standing.owner:
        yield f"taken over in chat by {standing.owner}"
    owner = i.owner(partnership.people)
    for snooze in standing.snoozes:
        who = "owner" if owner and owner.id == snooze.by else snooze.by
        yield f"snoozed by {who} until {say_near(snooze.until_at, now)}" if snooze.until_at else ""


def difference_lines(i: OpenInterview) -> tuple[str, ...]:
    """Write a line for each difference: the step with its author and time, and the record."""
    return tuple(
        f"{d.field}: {d.ours} (said by {d.step.by}, {say(d.step.said_at)}); the record: {d.theirs}"
        for d in i.differences
    )
