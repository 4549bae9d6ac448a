"""The Teams adapter for processes that are killed: plain HTTP to an invented Teams on its bad day, in steps."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from sqlalchemy import Engine

from bot.chat.teams.channels import Accounts, Channels
from bot.chat.teams.connector import Connector, Failed
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.platform import Teams
from bot.chat.teams.sdk import _refused
from bot.rules.delivery.delivery import MAY_REPEAT
from tests.support.slack.fates import Fates
from tests.support.teams.connector import GRAPH, serving
from tests.support.teams.sending import LEAD, PRIVATE, TEAM, inhabited
from tests.support.teams.tenancy import BOT, TENANT, Sent, Tenancy, personal_of, texts

#: Fates of a post: most succeed, any may happen to the others. Reads fail now and then.
POSTS = (
    *("ok",) * 7,
    *("429", "412", "502", "504", "500", "500 accepted", "503", "slow", "slow accepted"),
    *("reset", "reset accepted", "seen late", "html", "empty accepted", "truncated accepted"),
)
READS = (*("ok",) * 12, "429", "500", "reset")


@dataclass(frozen=True)
class Direct:
    """A caller by plain HTTP, with Microsoft's SDK left out. `step` is called at each point of a post or a look."""

    origin: str
    token: str
    step: Callable[[str], None]
    timeout: float = 0.4

    def call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        base, more = urlsplit(service_url.rstrip("/")).path, f"?{urlencode(params)}" if params else ""
        seen = self.step if method != "GET" or "/messages" in path else lambda name: None
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=self.timeout)
        try:
            connection.connect()
            seen("connected")
            connection.request(method, f"{base}{path}{more}", None if body is None else json.dumps(body), headers)
            seen("request sent")
            answer = connection.getresponse()
            content = answer.read()
            seen("answered")
            if answer.status >= 400:
                raise _refused(httpx.Response(answer.status, headers=dict(answer.headers), content=content))
            found = json.loads(content or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise Failed(type(fault).__name__, known=False) from None
        finally:
            connection.close()
        return found if isinstance(found, dict) else {}


@dataclass
class TeamsSide:
    """What the harness sees of Teams: where it posts, a platform for each process, and the copies that are there."""

    tenancy: Tenancy
    token: str
    kind: str
    platform: str = "teams"
    kept: set[str] = field(default_factory=set)

    @property
    def destination(self) -> str:
        return LEAD if self.kind == "escalation" else PRIVATE

    def client(self, database: Engine, step: Callable[[str], None], can_tell: bool) -> Teams:
        caller = Direct(self.tenancy.origin, self.token, step)
        connector = Connector(caller, BOT, f"{self.tenancy.origin}{GRAPH}")
        conversations = Conversations(database)
        accounts, url = Accounts(connector, conversations, (TENANT,)), self.tenancy.service_url
        known = (connector, conversations, accounts, {PRIVATE: 1}.get, lambda channel: ())
        channels = Channels(*known, lambda each, channel: dict.fromkeys(each, True), url)
        return Teams(connector, channels, lambda reply, destination: reply, can_tell)

    def install(self, database: Engine) -> None:
        """Keep the conversations, as an installation does."""
        now, url = datetime.now(UTC), self.tenancy.service_url
        kept = Conversations(database)
        kept.keep(Reference(PRIVATE, "channel", TENANT, url, now, "", TEAM, "private"))
        kept.keep(Reference(personal_of(LEAD), "personal", TENANT, url, now, LEAD))

    def copies(self) -> dict[str, int]:
        """Count the messages of each marker that were not deleted."""
        found: dict[str, int] = {}
        with self.tenancy.lock:
            for each in self.tenancy.sent:
                found[_marker(each)] = found.get(_marker(each), 0) + (not each.deleted)
        return found

    def unmarked_repeats(self) -> int:
        """Count the copies that do not say that they may repeat an earlier message, though one was there."""
        seen: set[str] = set()
        bad = 0
        with self.tenancy.lock:
            for each in self.tenancy.sent:
                bad += _marker(each) in seen and MAY_REPEAT not in texts(each.card)
                seen.add(_marker(each))
        return bad

    def mend(self) -> None:
        """From now on every call succeeds."""
        self.tenancy.fates = Fates()


@contextmanager
def teams_side(seed: int, kind: str) -> Iterator[TeamsSide]:
    """Yield an invented Teams on its bad day."""
    tenancy = inhabited()
    dice = {"send": POSTS, "messages": READS, "members": READS, "member": READS, "delete": READS}
    tenancy.fates = Fates(dice, seed)
    with serving(tenancy) as served:
        yield TeamsSide(tenancy, served.overrides["token"], kind)


def _marker(sent: Sent) -> str:
    return str(sent.card["body"][0]["id"])
