"""Answers of people to the offer of a file."""

from __future__ import annotations

from bot.chat.teams.context import Context, FaultReport
from bot.chat.teams.payloads import Payload, consent
from bot.logs.setup import log


def answered(context: Context, activity: Payload) -> None:
    """Act on one answer, after Teams was told that it came in. Files are offered in personal chats alone."""
    given = consent(activity)
    if given.source.place != "personal" or not given.source.account:
        log("a file was accepted outside a personal chat")
        return
    with FaultReport(lambda reply: context.responder.report(reply, given.source)):
        context.files.answered(context.caller(given.source, anew=True), given)
