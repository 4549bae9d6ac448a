"""The standing of a Slack account: member of our workspace, guest, deactivated, from elsewhere, or bot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.slack.identity import Identity, Me
from bot.chat.slack.web_api import Api, Failed
from bot.rules.access.permissions import Membership

#: An account's standing is remembered for this long.
SECONDS = 30.0
#: The same for a recipient: each message asks twice, and Slack answers a hundred times a minute.
WRITING_SECONDS = 3.0
_MOST = 5000


@dataclass
class Accounts:
    """The accounts, read one by one. A change is passed to `forget`."""

    api: Api
    identity: Identity
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Membership]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def standing(self, account: str, *, anew: bool = False) -> Membership:
        """Return the standing of an account; "unknown" where Slack does not say, and then it is not answered."""
        try:
            return self.learn(account, 0.0 if anew else SECONDS)
        except Failed:
            return "unknown"

    def learn(self, account: str, within: float) -> Membership:
        """Return the standing, read anew where it is older than `within` seconds.

        Raise Failed where another try may succeed, because Slack is busy or away.
        """
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
        with self._one:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[account] = self.clock(), found
        return found

    def forget(self, account: str) -> None:
        """Drop an account from the memory; the next call asks Slack."""
        with self._one:
            self._known.pop(account, None)


def standing_of(user: Mapping[str, Any], me: Me) -> Membership:
    """Return the worst standing that applies. In an enterprise, a member of our workspace is a member."""
    if user.get("deleted"):
        return "deactivated"
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    enterprise = user.get("enterprise_user")
    if me.enterprise and isinstance(enterprise, dict) and enterprise.get("enterprise_id") == me.enterprise:
        ours = me.team in (enterprise.get("teams") or ())
    else:
        ours = user.get("team_id") == me.team
    if user.get("is_stranger") or not ours:
        return "elsewhere"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return "member"
