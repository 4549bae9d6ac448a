"""The OAuth scopes of the bot with their reasons: one table for the manifest, the doctor and README.

Asked for on purpose not: users:read.email (people are known by their ids), channels:join and chat:write.public (the
bot speaks only where it was invited), search, and channels:history. With the last one it could read what everybody
writes in public channels. It would be of use only to find our own count of figures again after a time-out in a channel
of level 0; there a person decides instead (`deliveries`), and a mention of the bot comes without it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class OAuthScope(NamedTuple):
    """One scope: the reason for it, and the methods and events that need it."""

    name: str
    why: str
    needed_for: tuple[str, ...]


SCOPES: Final = (
    OAuthScope("commands", "answer /missing, and the shortcut on a message", ("/missing",)),
    OAuthScope(
        "chat:write",
        "post digests, reminders and answers where it was invited, change and remove its own messages",
        ("chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"),
    ),
    OAuthScope("app_mentions:read", "hear when somebody mentions it in a channel", ("app_mention",)),
    OAuthScope(
        "im:history",
        "read what somebody writes to it alone, and find its own message there after a time-out",
        ("message.im", "conversations.history"),
    ),
    OAuthScope("im:write", "open the private conversation in which somebody is reminded", ("conversations.open",)),
    OAuthScope(
        "users:read",
        "see whether whoever asks is a guest, deactivated or of another organisation; hear when that changes",
        ("users.info", "user_change", "bots.info"),
    ),
    OAuthScope(
        "groups:read",
        "see whether a private channel is private, shared with nobody, and who reads there",
        ("conversations.info", "conversations.members", "member_joined_channel", "channel_shared"),
    ),
    OAuthScope(
        "channels:read",
        "the same of public channels, so that a channel that was made public gets counts alone",
        ("conversations.info", "conversations.members", "member_joined_channel", "channel_shared"),
    ),
    OAuthScope(
        "groups:history",
        "find its own message in a private channel after a time-out, so that nothing is posted twice",
        ("conversations.history", "conversations.replies"),
    ),
    OAuthScope(
        "files:write",
        "show a chart as a picture",
        ("files.getUploadURLExternal", "files.completeUploadExternal"),
    ),
)

#: Of the app-level token, which is made by hand: no manifest has it.
SOCKET: Final = OAuthScope(
    "connections:write", "let Slack hand in what people ask without an address of ours", ("apps.connections.open",)
)
