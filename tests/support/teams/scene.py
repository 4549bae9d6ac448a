"""One bot with a database, an invented Teams on loopback, and people who type, press and fill in."""

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
from bot.chat.teams.adapter import TeamsAdapter
from bot.chat.teams.conversations import Reference
from bot.chat.teams.credentials import Connection
from bot.chat.teams.webhook import Webhook
from bot.server.platforms import teams_service
from bot.settings import PRACTICE_FILE, read_settings
from bot.store.database import reading, writing
from bot.store.schema import access, records
from tests.support.factories import NOW, Recorded
from tests.support.teams import activities, signing
from tests.support.teams.connector import Served, serving
from tests.support.teams.tenancy import (
    CLIENT_ID,
    OTHER_TENANT,
    TENANT,
    Conversation,
    Person,
    Sent,
    Tenancy,
    personal_of,
    texts,
)
from tests.support.world import stored_rows

NAMES = (
    *("lead", "police", "north-manager", "north-worker", "south-worker", "disability-worker"),
    *("coordinator", "analyst", "admin", "police-lead"),
)
#: Person of the partnership -> their Entra object id.
ACCOUNTS = {name: f"33333333-cccc-4ccc-8ccc-{number:012d}" for number, name in enumerate(NAMES, 1)}
STRANGER = "33333333-cccc-4ccc-8ccc-000000000099"
#: Channel of the partnership -> the platform's.
NORTH, COUNTY, COUNTS = (f"19:{name}@thread.tacv2" for name in ("north", "county", "counts"))
UNLISTED, GROUP = "19:elsewhere@thread.tacv2", "19:group@thread.v2"
TEAM, TEAM_GROUP = "19:team@thread.tacv2", "44444444-dddd-4ddd-8ddd-000000000001"
_CHANNELS = {"county-digest": COUNTY, "north-digest": NORTH, "county-counts": COUNTS}


def partnership_file(folder: Path) -> Path:
    """Write the practice partnership with its channels in Teams."""
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    for name, channel in _CHANNELS.items():
        text = text.replace(f'id = "{name}"\n', f'id = "{name}"\nplatform = "teams"\ndestination = "{channel}"\n', 1)
    for name, account in ACCOUNTS.items():
        text = text.replace(f'[[people]]\nid = "{name}"\n', f'[[people]]\nid = "{name}"\nteams_id = "{account}"\n', 1)
    file = folder / "partnership.toml"
    file.write_text(text, encoding="utf-8")
    return file


def tenancy(**given: Any) -> Tenancy:
    """Return a tenancy of the partnership's people, the police in their own tenant, a stranger, and the channels."""
    made = Tenancy(**given)
    police = ("police", "police-lead")
    made.put(*(Person(a, name, OTHER_TENANT if name in police else TENANT) for name, a in ACCOUNTS.items()))
    made.put(Person(STRANGER, "stranger"))
    of_north = [ACCOUNTS["north-manager"], ACCOUNTS["north-worker"]]
    of_county = [ACCOUNTS["lead"], ACCOUNTS["coordinator"], ACCOUNTS["police"]]
    for channel, members, kind in (
        (NORTH, of_north, "private"),
        (COUNTY, of_county, "shared"),
        (COUNTS, [*of_county, STRANGER], "standard"),
        (UNLISTED, [*of_north], "private"),
    ):
        made.put(Conversation(channel, "channel", [*members], TEAM, TEAM_GROUP, kind))  # type: ignore[arg-type]
    made.put(Conversation(TEAM, "channel", [*of_county, STRANGER], TEAM, TEAM_GROUP))
    made.put(Conversation(GROUP, "groupChat", [*of_north]))
    return made


@dataclass
class Scene:
    app: App
    served: Served
    teams: TeamsAdapter
    webhook: Webhook
    loop: asyncio.AbstractEventLoop
    at: list[datetime]

    @property
    def tenancy(self) -> Tenancy:
        return self.served.tenancy

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

    def keep(self, *conversations: str) -> None:
        """Keep conversations as installed before; without any, those of all people and channels."""
        for there in self.tenancy.conversations.values():
            if conversations and there.id not in conversations:
                continue
            account = there.members[0] if there.kind == "personal" else ""
            kind = "group" if there.kind == "groupChat" else there.kind
            reference = Reference(
                there.id,
                kind,
                self.tenancy.people[account].tenant if account else there.tenant,
                self.tenancy.service_url,
                NOW,
                account,
                there.team,
                there.channel_type if there.kind == "channel" else "",
            )
            self.teams.conversations.keep(reference)

    # ---- actions of people ---------------------------------------------------------------------------

    def send(self, activity: Mapping[str, Any], **changed: Any) -> tuple[int, Any]:
        """Send one signed activity; return status and body of the answer when all its work has ended."""
        token = signing.token(str(activity.get("serviceUrl", "")), **changed)
        status, text = self.raw(json.dumps(activity).encode(), {"authorization": f"Bearer {token}"})
        self.settle()
        return status, json.loads(text) if text else None

    def raw(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send a body as it is."""
        status, _, text = self.loop.run_until_complete(self._sent(body, headers))
        return status, text

    async def _sent(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        return await self.webhook(body, headers)

    def settle(self, seconds: float = 60) -> None:
        """Wait until every answer under way has been sent."""
        end = time.monotonic() + seconds
        while self.teams._kept:
            assert time.monotonic() < end, "an answer is still under way"
            time.sleep(0.005)

    def person(self, who: str) -> Person:
        return self.tenancy.people[ACCOUNTS.get(who, who)]

    def there(self, channel: str | None, who: str) -> Conversation:
        """Return a channel or group; with None, a person's chat with the bot."""
        return self.tenancy.conversations[channel or personal_of(self.person(who).account)]

    def write(self, text: str, who: str) -> Sent:
        """Write to the bot in private; return its answer."""
        before = len(self.to(who))
        activity = activities.message(self.tenancy, self.person(who), self.there(None, who), text)
        assert self.send(activity) == (200, None)
        assert len(self.to(who)) > before, "nothing was said"
        return self.to(who)[-1]

    def mention(self, text: str, who: str, channel: str, thread: str = "") -> list[Sent]:
        """Ask the bot in a channel or group; return all that it sent."""
        return self._asked(activities.mention(self.tenancy, self.person(who), self.there(channel, who), text, thread))

    def slash(self, text: str, who: str, channel: str) -> list[Sent]:
        """Type a slash command in a channel; return all that was sent."""
        return self._asked(activities.slash(self.tenancy, self.person(who), self.there(channel, who), text))

    def _asked(self, activity: Mapping[str, Any]) -> list[Sent]:
        before = len(self.tenancy.sent)
        assert self.send(activity) == (200, None)
        return self.tenancy.sent[before:]

    def button(self, card: Mapping[str, Any], label: str) -> dict[str, Any]:
        """Return a button of a card, by its words."""
        found = activities.actions(dict(card))
        return next(each for each in found if each["title"] == label)

    def press(self, message: Sent, label: str, who: str, **values: Any) -> Any:
        """Press a button by its words, as a client of today does; return what Teams shows for it."""
        action = self.button(message.card, label)
        make = activities.execute if action["type"] == "Action.Execute" else activities.fetch
        status, answer = self.send(make(self.tenancy, self.person(who), message, action, **values))
        assert status == 200
        return answer

    def fill(self, card: Mapping[str, Any], who: str, channel: str | None = None, **answers: str) -> Any:
        """Fill a dialog in, by the ids of its fields; return what Teams shows for it."""
        action = next(a for a in activities.actions(dict(card)) if a["data"]["action"] == "fill")
        values = {f"field.{name}": value for name, value in answers.items()}
        activity = activities.dialog(self.tenancy, self.person(who), self.there(channel, who), action, **values)
        status, answer = self.send(activity)
        assert status == 200
        return answer

    # ---- state -----------------------------------------------------------------------------------------

    def to(self, who: str) -> list[Sent]:
        """Return the messages that a person alone sees: those of the personal chat, and targeted ones."""
        return self.tenancy.seen_by(self.person(who).account)

    def trail(self) -> list[tuple[str, str, str, str]]:
        """Return who, action, outcome and place of every row of the trail."""
        row = access.audit
        with reading(self.app.database) as connection:
            found = connection.execute(select(row.c.who, row.c.action, row.c.outcome, row.c.place).order_by(row.c.seq))
            return [tuple(each) for each in found]


def words(of: Sent | Mapping[str, Any] | None) -> str:
    """Return every text of a message or card, one a line."""
    card = of.card if isinstance(of, Sent) else of or {}
    return "\n".join(texts(card))


@contextmanager
def living(folder: Path, database_url: str, made: Tenancy | None = None) -> Iterator[Scene]:
    """Yield a bot installed in Teams, in the personal chats and in the channels."""
    at = [NOW]
    environ = {"BOT_DATABASE_URL": database_url, "BOT_PARTNERSHIP": str(partnership_file(folder))}
    app = App(replace(read_settings(environ), data_folder=folder))
    loop = asyncio.new_event_loop()
    with serving(made or tenancy()) as served:
        to = Connection(CLIENT_ID, TENANT, tenants=(TENANT, OTHER_TENANT), overrides=served.overrides)
        teams = teams_service(app, to, lambda: at[0])
        teams.start()
        try:
            scene = Scene(app, served, teams, teams.webhook(), loop, at)
            scene.keep()
            yield scene
        finally:
            teams.stop()
            loop.close()
            app.close()
