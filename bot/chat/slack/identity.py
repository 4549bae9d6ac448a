"""Who the bot is in the workspace it was installed in, asked of Slack once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from bot.chat.slack.web_api import Api, Failed


@dataclass(frozen=True, slots=True)
class Me:
    """Our team, our user, the id under which our messages stand, and our app ("" where Slack does not say)."""

    team: str
    user: str
    bot: str
    enterprise: str | None = None
    app: str = ""


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
                bot = said.get("bot_id", "")
                self._known = Me(said["team_id"], said["user_id"], bot, said.get("enterprise_id"), self._app(bot))
            return self._known

    def _app(self, bot: str) -> str:
        """Of which app the bot is: only another question says so."""
        try:
            found = self.api.asked("bots.info", {"bot": bot})["bot"]["app_id"]
        except (Failed, KeyError, TypeError):
            return ""
        return found if isinstance(found, str) else ""
