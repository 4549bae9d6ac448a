"""What a chat platform hands in and gets back: the same for every platform, so that each is a thin rim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.conversation.reply import Reply
from bot.rules.access.permissions import Membership


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the platform says at this moment. `channel` is where, None in private.

    `event` is the platform's own name for what came in: the same one is acted on once.
    """

    account: str
    standing: Membership
    event: str = ""
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said. Each button's command is a handle, which says nothing and works only for whom it was made.

    `again` is the handle of the whole command, for another page of a long answer; `form` that with which a filled
    form is handed in; `share` that which shows it to the channel, where that may be. Each is empty where there is none.
    `draft` is what was typed into this form before, when it could not be saved.
    """

    reply: Reply
    verb: str = ""
    again: str = ""
    form: str = ""
    share: str = ""
    draft: Mapping[str, str] = field(default_factory=dict)


class NotFilled(ValueError):
    """A form lacks something or holds what cannot be used: field -> what is wrong, in words. Nothing was done."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)


class Front(Protocol):
    """What a platform may ask of the bot. Each is None where the same event was seen to before."""

    def ask(self, caller: Caller, text: str, *, aloud: bool = False, forms: bool = False) -> Answer | None:
        """Answer a command: in private, or (aloud) for everybody in the caller's channel."""

    def press(self, caller: Caller, handle: str, *, forms: bool = False) -> Answer | None:
        """Answer what a button meant, as whoever pressed it, in private."""

    def fill(self, caller: Caller, handle: str, values: Mapping[str, str]) -> Answer | None:
        """Carry out a filled form. NotFilled where a field has to be put right."""

    def before_sharing(self, caller: Caller, handle: str) -> Answer | None:
        """Who would read it in the caller's channel, and what would be hidden; `share` is the handle that does it."""

    def share(self, caller: Caller, handle: str) -> Answer | None:
        """The same command answered for the caller's channel: what may be shown there, and nothing else."""

    def look_up(self, caller: Caller, words: str) -> Answer | None:
        """The child whose reference stands in a message; where there are several, a button for each."""

    def joined(self, caller: Caller) -> Answer | None:
        """For whoever invited the bot into the caller's channel: what will be posted there, or what is to do."""

    def is_sensitive(self, text: str) -> bool:
        """Whether a command is about one child: then the caller's account is looked up anew, not remembered."""


class Counter(Front, Protocol):
    """The same, with what a platform has to know to post and to say who reads a place."""

    def listed_level(self, destination: str) -> int | None:
        """The level the partnership gave a channel; None where it is not listed."""

    def entitled(self, accounts: Iterable[str], destination: str = "") -> dict[str, bool]:
        """Of each account whether it is of somebody listed, active and with a role today.

        Of those who read a channel: with one that may see everybody in its lists.
        """

    def for_post(self, reply: Reply, destination: str) -> Reply:
        """What is posted unasked, with handles in its buttons for whoever reads it there."""
