"""Who the bot is in the workspace it was installed in, asked of Slack once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from bot.chat.slack.web import Api


@dataclass(frozen=True, slots=True)
class Me:
    """Our team, our user, and the id under which our messages stand."""

    team: str
    user: str
    bot: str
    enterprise: str | None = None


@dataclass
class Identity:
    """Asked for when it is first needed, so that the bot can begin while Slack is away."""

    api: Api
    _known: Me | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    @property
    def known(self) -> Me | None:
        """What was asked before; None while nothing was."""
        return self._known

    def me(self) -> Me:
        """Failed where Slack does not say."""
        with self._one:
            if self._known is None:
                said = self.api.asked("auth.test", {})
                self._known = Me(said["team_id"], said["user_id"], said.get("bot_id", ""), said.get("enterprise_id"))
            return self._known
