"""Messages that a platform refuses: the causes in plain words, what to do about each, and when to try again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.catalogue import _

#: The reason of a held message that its platform refused. Each platform has a table from its own codes to these.
Cause = Literal[
    "archived",
    "no_channel",
    "not_in_it",
    "may_not_post",
    "not_reached",
    "token",
    "permission",
    "limit",
    "too_long",
    "form",
    "refused",
]
#: Why the platform does not take it, as administrators read it.
WHY: Mapping[str, str] = {
    "archived": _("the channel is archived"),
    "no_channel": _("there is no such channel any more, or it is private and the bot is not in it"),
    "not_in_it": _("the bot is not in the channel"),
    "may_not_post": _("the bot may not post there"),
    "not_reached": _("the person has not got the app, or has blocked it"),
    "token": _("the app's token is not valid"),
    "permission": _("the app lacks a permission"),
    "limit": _("the workspace has reached its limit of messages"),
    "too_long": _("the message is too long, in its shortest form too"),
    "form": _("it does not take the form of the message (a fault of the program)"),
    "refused": _("the platform refused it, for a reason that the bot does not know"),
}
#: What an administrator does about each.
REMEDIES: Mapping[str, str] = {
    "archived": _("unarchive it, or put another channel into the partnership file"),
    "no_channel": _("invite the bot, or put another channel into the partnership file"),
    "not_in_it": _("invite the bot (in Teams, add the app to the team)"),
    "may_not_post": _("let the bot post there, or put another channel into the partnership file"),
    "not_reached": _("install the app for the person, or ask the person to unblock it"),
    "token": _("give the bot a valid token, and start it anew; doctor says which"),
    "permission": _("install the app anew with its manifest; doctor says what is missing"),
    "limit": _("raise the limit of the workspace, or wait until it is over"),
    "too_long": _("report it, with the number of the delivery"),
    "form": _("report it, with the number of the delivery"),
    "refused": _("look the platform's code up, or ask doctor"),
}
#: Causes that refuse every message of a platform: where one message is taken, the cause is gone for all.
EVERYWHERE = frozenset({"token", "limit"})
#: Causes that refuse one message as it is: a shorter or plainer form may be taken.
OF_ITS_FORM = frozenset({"too_long", "form"})
#: A refused message is tried again after as long as it has been refused, within these limits.
SOONEST, LATEST = timedelta(minutes=1), timedelta(minutes=30)
#: After an alarm, further messages with the same cause are told in one more alarm, when this is over.
TOLD_AGAIN = timedelta(hours=1)


def again_at(since: datetime, now: datetime) -> datetime:
    """Return when a message that is refused since then is tried again: at 1, 2, 4, 8, 16, 32, 62 minutes and so on."""
    return now + min(max(now - since, SOONEST), LATEST)


def why(cause: str, code: str) -> str:
    """Return the cause in words, with the platform's own code where it says more."""
    if cause == "refused" and code:
        return _("the platform gives the code {code}", code=code)
    return _("{why} ({code})", why=WHY[cause], code=code) if cause == "permission" and code else WHY[cause]


#: The command that shows all of a message, by its kind.
_WHOLE = {
    "reminder": "interviews mine",
    "urgent": "interviews mine",
    "decision": "strategy",
    "escalation": "escalations",
    "drill": "drill",
    "notice": "home",
}


def whole(kind: str) -> str:
    """Return the command that shows all that a message of this kind tells."""
    return _WHOLE.get(kind, "today everything")
