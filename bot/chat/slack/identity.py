"""The bot's identity in its workspace, read from Slack once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from bot.chat.slack.web_api import Api, Failed


@dataclass(frozen=True, slots=True)
class Me:
    """Our team, our user, the bot id of our messages, and our app ("" where Slack does not say)."""

    team: str
    user: str
    bot: str
    enterprise: str | None = None
    app: str = ""


@dataclass
class Identity:
    """Read on first use, so that the bot can start while Slack is away."""

    api: Api
    _known: Me | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    @property
    def known(self) -> Me | None:
        """The identity without a call; None before the first one."""
        return self._known

    def me(self) -> Me:
        """Return the identity; raise Failed where Slack does not give it."""
        with self._one:
            if self._known is None:
                said = self.api.asked("auth.test", {})
                bot = said.get("bot_id", "")
                self._known = Me(said["team_id"], said["user_id"], bot, said.get("enterprise_id"), self._app(bot))
            return self._known

    def _app(self, bot: str) -> str:
        """Return the app id, which auth.test lacks; "" where Slack does not say."""
        try:
            found = self.api.asked("bots.info", {"bot": bot})["bot"]["app_id"]
        except (Failed, KeyError, TypeError):
            return ""
        return found if isinstance(found, str) else ""
