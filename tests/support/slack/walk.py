"""A walk through the bot in Slack: people ask, press and fill in, and each step's outgoing data are checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from bot.chat.slack import rendering
from bot.chat.slack.manifest import LOOK_UP
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.server.worker import JOBS
from bot.store.database import reading
from bot.store.schema import access
from tests.support.asking import COMMANDS
from tests.support.factories import NOW, hours
from tests.support.slack import events, payloads, presses, submission
from tests.support.slack.canaries import Oracle, is_answered, known
from tests.support.slack.outgoing import Left
from tests.support.slack.presses import Action
from tests.support.slack.scene import ACCOUNTS, COUNTY, UNLISTED, Scene
from tests.support.slack.workspace import Message

REASON = "police ask who works with them now"
#: Rows of the trail for a press; every other step has one.
ROWS = {rendering.HIDE: (0,), rendering.SHARE: (0, 1)}


@dataclass
class Held:
    """A message or view with buttons, before a person."""

    who: str
    message: Message | None = None
    view: str = ""

    def blocks(self, bot: Scene) -> list[dict[str, Any]]:
        if self.message is not None:
            return [] if self.message.deleted else self.message.blocks
        return list(bot.workspace.views.get(self.view, {}).get("blocks", []))


def _slip(text: str) -> str:
    """Return a text whose command is misspelt: the suggestion has the reference that was typed."""
    return "" if text.split()[:1] == [] or text.split()[0] in COMMANDS else text


@dataclass
class Walk:
    bot: Scene
    refs: Mapping[str, str]
    dice: Random
    held: list[Held] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.oracle = Oracle(self.bot, self.refs)
        self.left = Left(self.oracle)

    # ---- actions of people ----------------------------------------------------------------------------

    def slash(self, who: str, channel: str | None, text: str) -> None:
        bot = self.bot
        asked = payloads.slash(bot.workspace, bot.person(who), bot.channel(channel, who), text)
        self._step(who, asked, channel=bot.channel(channel, who).id, glass=self._glass(text), echoed=_slip(text))

    def mention(self, who: str, channel: str, text: str) -> None:
        bot = self.bot
        asked = events.app_mention(bot.workspace, bot.person(who), bot.channel(channel, who), text)
        ts = asked.payload["event"]["ts"]
        bot.workspace.messages.append(Message(channel, ts, text, user=bot.person(who).id))
        self._step(who, asked)

    def words(self, who: str, text: str) -> None:
        asked = events.message_im(self.bot.workspace, self.bot.person(who), text)
        self._step(who, asked, glass=self._glass(text), echoed=_slip(text))

    def shortcut(self, who: str, text: str) -> None:
        bot = self.bot
        there = Message(UNLISTED, bot.workspace.new_ts(), text, user="U0SOMEBODY")
        bot.workspace.messages.append(there)
        asked = payloads.message_shortcut(bot.workspace, bot.person(who), there, LOOK_UP)
        self._step(who, asked, rows=(0, 1), echoed=text)

    def home(self, who: str) -> None:
        self._step(who, events.app_home_opened(self.bot.workspace, self.bot.person(who)))

    def shared(self, is_shared: bool) -> None:
        """Share the county's channel with another organisation, or end that."""
        self.bot.workspace.channels[COUNTY].is_ext_shared = is_shared
        self.bot.send(events.channel_shared(self.bot.workspace, self.bot.workspace.channels[COUNTY], "T0OTHERTEAM"))

    def press(self, who: str, held: Held, action: Action) -> None:
        bot = self.bot
        if held.message is not None:
            asked = payloads.press_action(bot.workspace, bot.person(who), held.message, action)
        else:
            asked = payloads.press_in_view(bot.workspace, bot.person(who), bot.workspace.views[held.view], action.label)
        word = self.word(action)
        self.seen[f"press {word}"] += 1
        self._step(who, asked, rows=ROWS.get(word, (1,)), channel=held.message.channel if held.message else "")

    def submit(self, who: str, view_id: str) -> bool:
        """Submit a form with any fitting answers; show the acknowledgement. Return True once it was taken."""
        bot = self.bot
        view = bot.workspace.views[view_id]
        answers = {block["label"]["text"]: self._answer(block["element"]) for block in _inputs(view)}
        asked = payloads.submit(bot.workspace, bot.person(who), view, **answers)
        glass = next((key for key, ref in self.refs.items() if ref in str(view["blocks"])), "")
        said = self._step(who, asked, rows=(0, 1), glass=glass)
        submission.shown_after(bot.workspace, view, said)
        self.seen[f"form {said.get('response_action')}"] += 1
        return said.get("response_action") != "errors"

    def tick(self) -> None:
        """Run a tick of the bot."""
        bot, before = self.bot, self._mark()
        app, platforms = bot.app, {"slack": bot.slack.platform}
        run = Run(app.database, app.as_listed(), platforms, app.sealing_key, "a", lambda connection: bot.now)
        tick(run, JOBS, NOW - hours(1))
        self.left.unasked(bot.workspace.calls[before[0] :])
        self._hold(before, None)

    def word(self, action: Action) -> str:
        """Return the action's word, of `actions.EVERY`."""
        if action.kind == "overflow":
            return (action.value or "").partition(" ")[0]
        return action.action_id.partition(":")[0]

    # ---- actions to press ------------------------------------------------------------------------------

    def pressable(self, since: int = 0) -> list[tuple[Held, Action]]:
        found = []
        for held in self.held[since:]:
            labels = presses.labels(held.blocks(self.bot))
            each = presses.actions_of(held.blocks(self.bot))
            found += [(held, a) for a in each if held.message is not None or labels.count(a.label) == 1]
        return found

    def forms(self, since: int = 0) -> list[Held]:
        views = self.bot.workspace.views
        return [h for h in self.held[since:] if h.view in views and _inputs(views[h.view])]

    # ---- one step -----------------------------------------------------------------------------------------

    def _step(
        self,
        who: str,
        asked: payloads.Request,
        *,
        rows: tuple[int, ...] = (1,),
        channel: str = "",
        glass: str = "",
        echoed: str = "",
    ) -> dict[str, Any]:
        before, recorded = self._mark(), self._rows()
        status, said = self.bot.send(asked)
        assert status == 200, "nobody listens to it"
        self.bot.pictures()
        if glass and is_answered(self.bot.person(who)) and known(glass).missing:
            self.oracle.break_glass(who, glass)
        acknowledged = self.left.asked(self.bot.workspace.calls[before[0] :], said, who, channel, echoed)
        assert self._rows() - recorded in rows, f"{self._rows() - recorded} rows of the trail"
        self._hold(before, who)
        self.bot.turn(self.bot.now + timedelta(seconds=60))
        return acknowledged

    def _mark(self) -> tuple[int, int, int]:
        there = self.bot.workspace
        return len(there.calls), len(there.ephemeral), len(there.messages)

    def _hold(self, before: tuple[int, int, int], who: str | None) -> None:
        there = self.bot.workspace
        for message in (*there.ephemeral[before[1] :], *there.messages[before[2] :]):
            name = self.oracle.name(message.to or there.channels[message.channel].user or "")
            if message.blocks:
                self.held.append(Held(name if name in ACCOUNTS else who or "lead", message))
        for call in there.calls[before[0] :]:
            if call.method.startswith("views.") and call.error is None:
                kept = next(v for v in reversed(list(there.views.values())) if _is_of(v, call.arguments))
                name = self.oracle.name(kept["for_user"])
                self.held = [h for h in self.held if h.view != kept["id"]] + [Held(name, view=kept["id"])]

    def _rows(self) -> int:
        with reading(self.bot.app.database) as connection:
            return connection.execute(select(func.count()).select_from(access.audit)).scalar_one()

    def _glass(self, text: str) -> str:
        return next((key for key, ref in self.refs.items() if ref in text and "because" in text), "")

    def _answer(self, element: Mapping[str, Any]) -> Any:
        if options := presses.options_of(element):
            return self.dice.choice(options)["text"]["text"]
        kinds: dict[str, Callable[[], Any]] = {
            "datepicker": lambda: (self.bot.now + timedelta(days=self.dice.choice([-1, 0, 1]))).date(),
            "timepicker": lambda: time(self.dice.randrange(24), 30),
        }
        words = self.dice.choice([REASON, "Wilhelmina was seen near the canal", "north-manager"])
        return kinds.get(element["type"], lambda: words[: element.get("max_length", 3000)])()


def _inputs(view: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def _is_of(view: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    if "view_id" in given:
        return bool(view["id"] == given["view_id"])
    return view["type"] == "home" and view["for_user"] == given["user_id"] if "user_id" in given else True
