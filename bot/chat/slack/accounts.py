"""What Slack says of an account: a member of our own workspace, a guest, gone, from elsewhere, or a program."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.slack.identity import Identity, Me
from bot.chat.slack.web_api import Api, Failed
from bot.rules.access.permissions import Membership

#: How long an answer may be remembered.
SECONDS = 30.0
#: The same where somebody is written to: a message is looked at twice, and Slack answers a hundred times a minute.
WRITING_SECONDS = 3.0
_MOST = 5000


@dataclass
class Accounts:
    """Asked account by account; the change of one is heard by `forget`."""

    api: Api
    identity: Identity
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Membership]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def standing(self, account: str, *, anew: bool = False) -> Membership:
        """Unknown where Slack does not say: nobody is answered on a guess."""
        try:
            return self.learn(account, 0.0 if anew else SECONDS)
        except Failed:
            return "unknown"

    def learn(self, account: str, within: float) -> Membership:
        """The same, asked anew where it was asked longer ago than so many seconds. Failed where it may be learnt
        another time, because Slack is busy or away."""
        with self._one:
            before = self._known.get(account)
        if before and self.clock() - before[0] < within:
            return before[1]
        try:
            found = standing_of(self.api.asked("users.info", {"user": account})["user"], self.identity.me())
        except (KeyError, TypeError):
            return "unknown"
        except Failed as fault:
            if fault.passes:
                raise
            return "unknown"
        self._keep(account, found)
        return found

    def forget(self, account: str) -> None:
        """Whatever was remembered of an account is asked anew."""
        with self._one:
            self._known.pop(account, None)

    def _keep(self, account: str, found: Membership) -> None:
        with self._one:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[account] = self.clock(), found


def standing_of(user: Mapping[str, Any], me: Me) -> Membership:
    """The worst that is true of it. A member of our workspace counts as one in an enterprise of several too."""
    if user.get("deleted"):
        return "deactivated"
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    if user.get("is_stranger") or not _is_ours(user, me):
        return "elsewhere"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return "member"


def _is_ours(user: Mapping[str, Any], me: Me) -> bool:
    enterprise = user.get("enterprise_user")
    if me.enterprise and isinstance(enterprise, dict) and enterprise.get("enterprise_id") == me.enterprise:
        return me.team in (enterprise.get("teams") or ())
    return user.get("team_id") == me.team
