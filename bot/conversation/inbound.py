"""The inbound port: requests and answers in the same form for every chat platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.conversation.reply import Reply, ReportFile
from bot.rules.access.permissions import Membership


@dataclass(frozen=True, slots=True)
class Caller:
    """The account that calls, as the platform describes it now. `channel` is None in private.

    `event` is the platform's id of the event: each is answered once.
    """

    account: str
    standing: Membership
    event: str = ""
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply in which each button's command is an opaque handle, valid only for the person it was made for.

    `again` is the handle of the whole command, for another page of a long answer; `form` the handle that hands a filled
    form in; `share` the handle that shares the answer with the channel. Each is empty where there is none.
    `draft` has the values that were typed into this form before, when it could not be saved.
    """

    reply: Reply
    verb: str = ""
    again: str = ""
    form: str = ""
    share: str = ""
    draft: Mapping[str, str] = field(default_factory=dict)


class NotFilled(ValueError):
    """A form with fields that cannot be used. `faults` is field -> message. Nothing was changed."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)


class Inbound(Protocol):
    """The port by which a chat platform calls the bot. An answer is None where the same event was answered before."""

    def ask(self, caller: Caller, text: str, *, aloud: bool = False) -> Answer | None:
        """Answer a command in private, or (aloud) for everybody in the caller's channel.

        In private the reply may have a form that asks for what the words lack, to be opened at once where the platform
        can; the reply's button opens it otherwise.
        """

    def press(self, caller: Caller, handle: str, *, forms: bool = False) -> Answer | None:
        """Run a button's command in private, for the person who pressed it."""

    def fill(self, caller: Caller, handle: str, values: Mapping[str, str]) -> Answer | None:
        """Run a filled form's command; NotFilled where a field has to be put right."""

    def before_sharing(self, caller: Caller, handle: str) -> Answer | None:
        """Say who would read it in the caller's channel, and what would be hidden; the answer's `share` does it."""

    def share(self, caller: Caller, handle: str) -> Answer | None:
        """Answer the command for the caller's channel, at the channel's level."""

    def offer(self, account: str, file: ReportFile, forms: Sequence[str]) -> dict[str, str]:
        """Return a handle for each form of a report's file, by which this account is handed it once, within an hour."""

    def hand_over(self, caller: Caller, handle: str) -> tuple[Reply, str] | None:
        """Answer the report's command anew, and return the form to be handed over of the reply's file.

        None where the handle was used before, is not this caller's, or is over. A refusal has no file.
        """

    def decline(self, caller: Caller, handle: str) -> bool:
        """Use a file's handle up and hand nothing over; return True if it was good."""

    def look_up(self, caller: Caller, words: str) -> Answer | None:
        """Look up the child whose reference is in a message; several references get a button each."""

    def joined(self, caller: Caller) -> Answer | None:
        """Tell the person who invited the bot what will be posted in the channel, or what to do first."""

    def takes_posts(self) -> None:
        """Try again now what the platform refused: the bot was added to a place of it."""

    def is_sensitive(self, text: str) -> bool:
        """Return True for a command about one child: then the caller's account is looked up anew, not cached."""

    def listed_level(self, destination: str) -> int | None:
        """Return the level the partnership gave a channel; None where it is not listed."""

    def tenants(self, destination: str) -> tuple[str, ...]:
        """Return the organisations that the partnership lets read a channel, by their ids on its platform."""

    def entitled(self, accounts: Iterable[str], destination: str = "") -> dict[str, bool]:
        """Return for each account: is it of a person who is listed, active and has a role today.

        For a channel: has it a role that may see every child in the channel's lists.
        """

    def for_post(self, reply: Reply, destination: str) -> Reply:
        """Put handles into the buttons of a scheduled post, valid for its readers."""
