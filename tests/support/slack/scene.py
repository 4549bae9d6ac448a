"""One bot with a database, an invented Slack on loopback, and people who type, press and fill in."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bot.app import App
from bot.chat.slack.adapter import SlackAdapter
from bot.chat.slack.credentials import Connection
from bot.chat.slack.manifest import SCOPES
from bot.chat.slack.webhook import Webhook
from bot.server.platforms import slack_service
from bot.settings import PRACTICE_FILE, read_settings
from bot.store.database import reading, writing
from bot.store.schema import access, records
from tests.support.factories import NOW, Recorded
from tests.support.slack import events, payloads
from tests.support.slack.payloads import Request
from tests.support.slack.signing import SECRET
from tests.support.slack.web_api import Served, serving
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, Channel, Message, Person, Workspace
from tests.support.world import stored_rows

#: Person of the partnership -> their account.
ACCOUNTS = {
    name: f"U0{name.replace('-', '').upper()}"
    for name in (
        "lead",
        "police",
        "north-manager",
        "north-worker",
        "south-worker",
        "disability-worker",
        "coordinator",
        "analyst",
        "admin",
        "police-lead",
    )
}
STRANGER = "U0STRANGER"
#: Channel of the partnership -> the platform's.
NORTH, COUNTY, COUNTS, UNLISTED = "C0NORTH", "C0COUNTY", "C0COUNTS", "C0UNLISTED"
_CHANNELS = {"county-digest": COUNTY, "north-digest": NORTH, "county-counts": COUNTS}


def partnership_file(folder: Path) -> Path:
    """Write the practice partnership with its channels in Slack."""
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    for name, channel in _CHANNELS.items():
        text = text.replace(f'id = "{name}"\n', f'id = "{name}"\nplatform = "slack"\ndestination = "{channel}"\n', 1)
    for name, account in ACCOUNTS.items():
        text = text.replace(f'[[people]]\nid = "{name}"\n', f'[[people]]\nid = "{name}"\nslack_id = "{account}"\n', 1)
    file = folder / "partnership.toml"
    file.write_text(text, encoding="utf-8")
    return file


def workspace(**given: Any) -> Workspace:
    """Return a workspace of the partnership's people, a stranger, and its channels with their members."""
    made = Workspace(**{"scopes": frozenset(s.name for s in SCOPES)} | given)
    made.put(*(Person(account) for account in (*ACCOUNTS.values(), STRANGER)))
    of_north = [ACCOUNTS["north-manager"], ACCOUNTS["north-worker"], made.bot_user]
    of_county = [ACCOUNTS["lead"], ACCOUNTS["coordinator"], ACCOUNTS["police"], made.bot_user]
    made.put(
        Channel(NORTH, "north", members=of_north),
        Channel(COUNTY, "county", members=of_county),
        Channel(COUNTS, "counts", is_private=False, members=[*of_county, STRANGER]),
        Channel(UNLISTED, "elsewhere", members=[*of_north]),
    )
    return made


@dataclass
class Scene:
    app: App
    served: Served
    slack: SlackAdapter
    webhook: Webhook
    loop: asyncio.AbstractEventLoop
    at: list[datetime]

    @property
    def workspace(self) -> Workspace:
        return self.served.workspace

    @property
    def now(self) -> datetime:
        return self.at[0]

    def turn(self, now: datetime) -> None:
        self.at[0] = now

    def put(self, *episodes: Recorded, taken_at: datetime | None = None) -> None:
        """Store episodes as a load would."""
        with writing(self.app.database) as connection:
            for name, rows in stored_rows(episodes, taken_at or self.now).items():
                if rows:
                    connection.execute(insert(records.metadata.tables[name]), rows)

    def pictures(self) -> None:
        """Wait until every picture is uploaded or given up."""
        self.slack.drawing.submit(lambda: None).result(timeout=60)

    # ---- actions of people ---------------------------------------------------------------------------

    def send(self, request: Request, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send one signed request; return when all its work has ended."""
        given = request.headers(time.time()) if headers is None else headers
        low = {name.lower(): value for name, value in given.items()}
        return self.loop.run_until_complete(self._sent(request.body, low))

    async def _sent(self, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        status, _, text = await self.webhook(body.encode(), headers)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        return status, text

    def person(self, who: str) -> Person:
        return self.workspace.people[ACCOUNTS.get(who, who)]

    def channel(self, channel: str | None, who: str) -> Channel:
        """Return a channel of the workspace; with None, a person's conversation with the bot."""
        return self.workspace.channels[channel] if channel else self.workspace.im_with(self.person(who).id)

    def slash(self, text: str, who: str, channel: str | None = None) -> Message:
        """Type a command; return the newest ephemeral message to its sender."""
        before = len(self.workspace.ephemeral)
        asked = payloads.slash(self.workspace, self.person(who), self.channel(channel, who), text)
        status, said = self.send(asked)
        assert (status, said) == (200, "")
        assert len(self.workspace.ephemeral) > before, "nothing was said"
        return self.workspace.ephemeral[-1]

    def form_of(self, text: str, who: str, channel: str | None = None) -> dict[str, Any]:
        """Type a command; return the form that opened, without a message beside it."""
        before = len(self.workspace.ephemeral), len(self.workspace.messages), len(self.workspace.views)
        asked = payloads.slash(self.workspace, self.person(who), self.channel(channel, who), text)
        assert self.send(asked) == (200, "")
        after = len(self.workspace.ephemeral), len(self.workspace.messages), len(self.workspace.views)
        assert after == (*before[:2], before[2] + 1)
        return self.modal()

    def write(self, text: str, who: str) -> Message:
        """Write to the bot in private; return its answer."""
        before = len(self.to(who))
        assert self.send(events.message_im(self.workspace, self.person(who), text))[0] == 200
        assert len(self.to(who)) > before, "nothing was said"
        return self.to(who)[-1]

    def press(self, message: Message, label: str, who: str) -> Message | None:
        """Press a button or choice, by its words; return the new ephemeral messages to the presser."""
        before = len(self.workspace.ephemeral)
        status, _ = self.send(payloads.press(self.workspace, self.person(who), message, label))
        assert status == 200
        return self.workspace.ephemeral[-1] if len(self.workspace.ephemeral) > before else None

    def modal(self) -> dict[str, Any]:
        """Return the newest open view."""
        return self.workspace.views[list(self.workspace.views)[-1]]

    def submit(self, view: Mapping[str, Any], who: str, **answers: Any) -> dict[str, Any]:
        """Submit a form, by the labels of its fields; return the acknowledgement."""
        status, said = self.send(payloads.submit(self.workspace, self.person(who), view, **answers))
        assert status == 200
        return dict(json.loads(said or "{}"))

    # ---- state -----------------------------------------------------------------------------------------

    def to(self, who: str) -> list[Message]:
        """Return the messages of a person's conversation with the bot."""
        return self.workspace.in_channel(self.channel(None, who).id)

    def trail(self) -> list[tuple[str, str, str, str]]:
        """Return who, action, outcome and place of every row of the trail."""
        row = access.audit
        with reading(self.app.database) as connection:
            found = connection.execute(select(row.c.who, row.c.action, row.c.outcome, row.c.place).order_by(row.c.seq))
            return [tuple(each) for each in found]


def words(message: Message | Mapping[str, Any] | None) -> str:
    """Return every text of a message or view, one a line."""
    blocks: Any = message.blocks if isinstance(message, Message) else (message or {}).get("blocks", [])
    return "\n".join(_texts(blocks))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in ("text", "alt_text") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


@contextmanager
def living(folder: Path, database_url: str, made: Workspace | None = None, **given: Any) -> Iterator[Scene]:
    """Yield a bot installed in a workspace, over HTTP."""
    at = [NOW]
    environ = {"BOT_DATABASE_URL": database_url, "BOT_PARTNERSHIP": str(partnership_file(folder))}
    app = App(replace(read_settings(environ), data_folder=folder))
    loop = asyncio.new_event_loop()
    with serving(made or workspace()) as served:
        connection = Connection(BOT_TOKEN, APP_TOKEN, SECRET, served.api_url)
        slack = slack_service(app, connection, lambda: at[0], **given)
        webhook = slack.webhook()
        assert webhook is not None
        try:
            yield Scene(app, served, slack, webhook, loop, at)
        finally:
            slack.stop()
            loop.close()
            app.close()
