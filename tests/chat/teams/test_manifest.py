"""The app package of Teams: Microsoft's limits, what the bot needs and no more, and the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import __version__
from bot.__main__ import main
from bot.app import find_commands
from bot.chat.teams.manifest import (
    ALOUD_COMMANDS,
    CONSENTED,
    PRIVATE_COMMANDS,
    READ_BACK,
    SHOWN,
    ManifestUnusable,
    color_icon,
    manifest,
    outline_icon,
    package,
)
from tests.support.teams.tenancy import CLIENT_ID, TENANT

PAGE = "https://www.example.org/missing-children"
OURS = manifest(find_commands(), CLIENT_ID, "Practice Oxfordshire", PAGE, "1.4.0")
(BOT,) = OURS["bots"]
#: Commands about one child: their answers are for one person, wherever they are typed.
OF_ONE_CHILD = {"child", "interview", "said", "ended", "same", "age", "who-looked", "my-access", "home", "away"}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def pixels(png: bytes) -> tuple[int, list[tuple[int, ...]]]:
    """Return the width and the pixels of a square PNG of eight bits a colour, with opacity."""
    width, height, *kind = struct.unpack(">IIBBBBB", png[16:29])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (width, kind) == (height, [8, 6, 0, 0, 0])
    at = png.index(b"IDAT")
    rows = zlib.decompress(png[at + 4 : at + 4 + struct.unpack(">I", png[at - 4 : at])[0]])
    lines = [rows[n : n + 1 + 4 * width] for n in range(0, len(rows), 1 + 4 * width)]
    assert [line[0] for line in lines] == [0] * height
    return width, [tuple(line[n : n + 4]) for line in lines for n in range(1, len(line), 4)]


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TEAMS_CLIENT_ID", CLIENT_ID.upper())
    monkeypatch.setenv("BOT_TEAMS_TENANT", TENANT)
    monkeypatch.setenv("BOT_TEAMS_CLIENT_SECRET", "not-a-secret")


def test_the_limits_of_microsofts_schema_are_kept() -> None:
    developer, about = OURS["developer"], OURS["description"]
    within = [
        (developer["name"], 32),
        (OURS["name"]["short"], 30),
        (OURS["name"]["full"], 100),
        (about["short"], 80),
        (about["full"], 4000),
        *((command["title"], 128) for each in BOT["commandLists"] for command in each["commands"]),
        *((command["description"], 4000) for each in BOT["commandLists"] for command in each["commands"]),
    ]
    assert [text for text, most in within if not 0 < len(text) <= most] == []
    assert len(BOT["commandLists"]) <= 3
    assert all(0 < len(each["commands"]) <= 12 for each in BOT["commandLists"])
    assert re.fullmatch("#[0-9A-F]{6}", OURS["accentColor"])
    assert len(OURS["authorization"]["permissions"]["resourceSpecific"]) <= 16


def test_long_names_of_a_partnership_are_cut_where_teams_would_refuse_them() -> None:
    long = manifest(find_commands(), CLIENT_ID, "A partnership " * 20, PAGE, "1.4.0")
    assert long["developer"]["name"] == "A partnership A partnership A..."
    assert len(long["name"]["full"]) <= 100
    assert OURS["name"]["full"] == "Missing children, Practice Oxfordshire"


def test_the_values_are_literal() -> None:
    assert (OURS["id"], BOT["botId"], OURS["webApplicationInfo"]["id"]) == (CLIENT_ID,) * 3
    assert OURS["version"] == "1.4.0"
    assert [text for text in strings(OURS) if "{" in text or "$" in text] == []
    assert {OURS["developer"][name] for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl")} == {PAGE}


def test_each_command_is_one_of_the_bots_with_its_own_summary() -> None:
    summaries = {command.name: command.summary for command in find_commands()}
    for each in BOT["commandLists"]:
        assert {c["title"]: c["description"] for c in each["commands"]}.items() <= summaries.items()
        assert len({c["title"] for c in each["commands"]}) == len(each["commands"])


def test_a_command_about_one_child_is_offered_in_private_alone() -> None:
    offered = [(set(each["scopes"]), set(each["triggers"]), each["commands"]) for each in BOT["commandLists"]]
    aloud = {c["title"] for scopes, triggers, cs in offered if "mention" in triggers and "team" in scopes for c in cs}
    assert aloud == set(ALOUD_COMMANDS)
    assert aloud.isdisjoint(OF_ONE_CHILD)
    assert {c["title"] for scopes, triggers, cs in offered if "slash" in triggers for c in cs} == set(PRIVATE_COMMANDS)
    assert BOT["supportsTargetedMessages"] is True
    assert BOT["supportsFiles"] is True


def test_the_bot_works_in_private_in_teams_and_group_chats_and_in_shared_channels() -> None:
    assert BOT["scopes"] == ["personal", "team", "groupChat"]
    assert OURS["supportsChannelFeatures"] == "tier1"
    assert BOT["isNotificationOnly"] is False


def test_reading_channels_is_asked_for_only_with_read_back() -> None:
    def asked(content: dict[str, Any]) -> list[str]:
        given = content["authorization"]["permissions"]["resourceSpecific"]
        assert {each["type"] for each in given} == {"Application"}
        return [each["name"] for each in given]

    more = manifest(find_commands(), CLIENT_ID, "Practice Oxfordshire", PAGE, "1.4.0", read_back=True)
    assert asked(OURS) == [each.name for each in CONSENTED]
    assert asked(more) == [*asked(OURS), READ_BACK.name]
    assert not [name for name in asked(more) if not name.endswith("Read.Group")], "the bot changes no team"
    assert OURS["permissions"] == [each.name for each in SHOWN]


def test_the_icons_are_of_the_sizes_that_teams_takes() -> None:
    size, colours = pixels(color_icon())
    assert size == 192
    assert {each[3] for each in colours} == {255}
    assert {colours[0], (255, 255, 255, 255)} <= set(colours)
    size, outline = pixels(outline_icon())
    assert size == 32
    assert {each[:3] for each in outline} == {(255, 255, 255)}
    assert {0, 255} <= {each[3] for each in outline}


def test_the_package_has_three_files_and_the_same_bytes_each_time() -> None:
    made = package(OURS)
    assert made == package(manifest(find_commands(), CLIENT_ID, "Practice Oxfordshire", PAGE, "1.4.0"))
    with zipfile.ZipFile(io.BytesIO(made)) as within:
        assert within.testzip() is None
        assert within.namelist() == ["manifest.json", "color.png", "outline.png"]
        assert json.loads(within.read("manifest.json")) == OURS
        assert within.read(OURS["icons"]["color"]) == color_icon()
        assert within.read(OURS["icons"]["outline"]) == outline_icon()


@pytest.mark.usefixtures("registered")
def test_the_verb_writes_the_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "app.zip"
    assert main(["manifest", "teams", "--url", PAGE, "--to", str(to), "--read-back"]) == 0
    said = capsys.readouterr().out
    assert f"version {__version__} of the app {CLIENT_ID}" in said
    assert "not-a-secret" not in said
    with zipfile.ZipFile(to) as within:
        written = json.loads(within.read("manifest.json"))
    assert (written["version"], written["id"]) == (__version__, CLIENT_ID)
    assert READ_BACK.name in str(written)
    assert [text for text in strings(written) if "not-a-secret" in text or TENANT in text] == []


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--url", "http://www.example.org"], "--url must be an https:// page"),
        (["--url", "https://me:word@www.example.org"], "--url must be an https:// page"),
        (["--url", "https://www.example.org/?a=b"], "--url must be an https:// page"),
        (["--url", "["], "--url must be an https:// page"),
        (["--url", PAGE, "--app-version", "1.4"], "--app-version must be three numbers"),
        (["--url", PAGE, "--app-version", "1.04.0"], "--app-version must be three numbers"),
    ],
)
def test_what_teams_would_refuse_is_not_written(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", "teams", *words, "--to", str(tmp_path / "app.zip")]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_a_registration_no_package_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "teams", "--url", PAGE]) == 2
    assert "BOT_TEAMS_CLIENT_ID is not set" in capsys.readouterr().err


def test_a_version_that_is_higher_may_be_given() -> None:
    assert manifest(find_commands(), CLIENT_ID, "x", PAGE, "10.0.3")["version"] == "10.0.3"
    with pytest.raises(ManifestUnusable):
        manifest(find_commands(), CLIENT_ID, "x", PAGE, "v1")
