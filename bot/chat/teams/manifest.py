"""The app package of Teams: a zip of the manifest and two icons. It holds no secret, and is the same each time."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from bot.conversation.command import Command


class Permission(NamedTuple):
    """One permission and the reason for it."""

    name: str
    why: str


#: One table for the manifest and deploy/teams.md. Shown when the app is added; nothing is granted by them.
SHOWN: Final = (
    Permission("identity", "know an account by its Entra object id and its tenant"),
    Permission("messageTeamMembers", "write reminders, calls and private answers to one person"),
)
#: The permissions by which the readers of a channel are known.
CHANNEL_MEMBERS: Final = "ChannelMember.Read.Group"
TEAM_SETTINGS: Final = "TeamSettings.Read.Group"
#: Granted by the owner of a team for that team alone (resource-specific consent).
CONSENTED: Final = (
    Permission(
        CHANNEL_MEMBERS,
        "see who reads a private or shared channel, and of which tenant, and hear when that changes",
    ),
    Permission(
        TEAM_SETTINGS,
        "see whether a team is private: in one that the whole organisation may join, channels get counts alone",
    ),
)
#: Only with `--read-back`.
READ_BACK: Final = Permission(
    "ChannelMessage.Read.Group",
    "find its own message in a channel after a time-out, so that nothing is posted twice",
)

#: The version of Microsoft's schema; targeted messages began with 1.29.
SCHEMA: Final = "1.30"
COLOUR: Final = "#1D3557"
#: Commands in a person's own conversation, and after "/" in a channel, where the answer is private.
PRIVATE_COMMANDS: Final = (
    *("today", "open", "child", "interviews", "interview", "escalations"),
    *("stats", "home", "away", "my-access", "sources", "help"),
)
#: Commands after "@", which all members of a channel read.
ALOUD_COMMANDS: Final = ("today", "open", "interviews", "stats", "compare", "trend", "bands", "reporters", "help")

_LONG = (
    "Posts the morning digest of missing children and return interviews, reminds the worker for whom an interview "
    "waits, calls a named role in each agency when a rule is met, and answers questions of those who may ask. It shows "
    "no names, no dates of birth and no addresses, never grades risk, and posts only in channels to which it was added."
)
#: The same files make the same bytes: the earliest moment that a zip can name.
_MOMENT = (1980, 1, 1, 0, 0, 0)


class ManifestUnusable(ValueError):
    """A value that Teams would refuse; the text says what would be right."""


def manifest(
    commands: Iterable[Command],
    client_id: str,
    partnership: str,
    url: str,
    version: str,
    *,
    read_back: bool = False,
) -> dict[str, Any]:
    """Return the manifest as plain data in reading order, with literal values.

    `url` is a page of the organisation that runs the bot: Teams shows it as its website, privacy statement and terms.
    """
    page = _page(url)
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version, re.ASCII):
        raise ManifestUnusable("--app-version must be three numbers, such as 1.4.0")
    consented = (*CONSENTED, READ_BACK) if read_back else CONSENTED
    by_name = {command.name: command for command in commands}
    aloud, private = ([_listed(by_name[name]) for name in names] for names in (ALOUD_COMMANDS, PRIVATE_COMMANDS))
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version,
        "id": client_id,
        "developer": {
            "name": _cut(partnership, 32),
            "websiteUrl": page,
            "privacyUrl": page,
            "termsOfUseUrl": page,
        },
        "name": {"short": "Missing children", "full": _cut(f"Missing children, {partnership}", 100)},
        "description": {
            "short": "Digest, reminders and answers about missing children",
            "full": _LONG,
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": COLOUR,
        "bots": [
            {
                "botId": client_id,
                "scopes": ["personal", "team", "groupChat"],
                "isNotificationOnly": False,
                "supportsFiles": True,
                "supportsCalling": False,
                "supportsVideo": False,
                "supportsTargetedMessages": True,
                "commandLists": [
                    {"scopes": ["personal"], "triggers": ["mention"], "commands": private},
                    {"scopes": ["team", "groupChat"], "triggers": ["mention"], "commands": aloud},
                    {"scopes": ["team", "groupChat"], "triggers": ["slash"], "commands": private},
                ],
            }
        ],
        "permissions": [permission.name for permission in SHOWN],
        "validDomains": [],  # no card, dialog or tab of the bot shows a page
        "supportsChannelFeatures": "tier1",
        "webApplicationInfo": {"id": client_id, "resource": f"api://{client_id}"},
        "authorization": {
            "permissions": {
                "resourceSpecific": [{"name": each.name, "type": "Application"} for each in consented],
            }
        },
    }


def package(content: dict[str, Any]) -> bytes:
    """Return the zip that an administrator uploads."""
    files = {
        "manifest.json": (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(),
        "color.png": color_icon(),
        "outline.png": outline_icon(),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # on every machine the same
            entry.external_attr = 0o644 << 16
            into.writestr(entry, data)
    return made.getvalue()


def color_icon() -> bytes:
    """Draw the icon of 192 x 192: the clock in white on the app's colour."""
    back = tuple(bytes.fromhex(COLOUR.removeprefix("#")))

    def blended(ink: float) -> tuple[int, int, int, int]:
        red, green, blue = (round(c + (255 - c) * ink) for c in back)
        return red, green, blue, 255

    return _drawn(192, 0.62, blended)


def outline_icon() -> bytes:
    """Draw the icon of 32 x 32: the clock in white on nothing."""
    return _drawn(32, 0.9, lambda ink: (255, 255, 255, round(255 * ink)))


def _drawn(size: int, width: float, colour: Callable[[float], Sequence[int]]) -> bytes:
    """Draw a clock as a PNG: a ring of a share of the width, and two hands. `colour` is that of a share of ink."""
    middle, stroke = size / 2, max(size * width * 0.055, 1.1)
    radius = size * width / 2 - stroke
    hands = ((0.0, -0.66 * radius), (0.46 * radius, 0.27 * radius))  # where they end; both begin in the middle
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # the filter of the row: none
        for x in range(size):
            at = x + 0.5 - middle, y + 0.5 - middle
            ring = abs((at[0] ** 2 + at[1] ** 2) ** 0.5 - radius)
            nearest = min(ring, *(_distance(at, end) for end in hands))
            rows.extend(colour(min(max(stroke - nearest + 0.5, 0.0), 1.0)))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)  # eight bits each of red, green, blue and opacity
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _distance(at: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the distance of a point from the line between the middle and `end`."""
    share = (at[0] * end[0] + at[1] * end[1]) / (end[0] ** 2 + end[1] ** 2)
    share = min(max(share, 0.0), 1.0)
    return float(((at[0] - share * end[0]) ** 2 + (at[1] - share * end[1]) ** 2) ** 0.5)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _listed(command: Command) -> dict[str, str]:
    return {"title": command.name, "description": command.summary}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."


def _page(url: str) -> str:
    """Check the address of the page: https and a host, and no part that could hold a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= 2048
    if parts.scheme != "https" or not host or "@" in parts.netloc or parts.query or parts.fragment or not plain:
        raise ManifestUnusable(
            "--url must be an https:// page of your organisation about the bot, such as "
            "https://www.example.org/missing-children: Teams shows it as website, privacy statement and terms of use"
        )
    return url
