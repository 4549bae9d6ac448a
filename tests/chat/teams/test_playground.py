"""A client of Teams that nobody here wrote shows what the bot sends, and sends what people do there.

Microsoft's playground comes from npm and runs in a network namespace of its own; see tests/support/teams/playground.py.
It has no dialogs: those are tested by signed activities. Pictures go to BOT_TESTS_PICTURES, where that is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from tests.support.asking import COMMANDS
from tests.support.browser import MISSING, NEEDED, installed
from tests.support.teams import playground

pytest.importorskip("microsoft_teams.apps", reason="the extra teams is not installed")
Seen = dict[str, dict[str, Any]]


def without() -> str:
    """Return why the playground cannot run here; "" where it can."""
    lacking = [name for name in ("node", "npm", "unshare") if shutil.which(name) is None]
    if lacking:
        return f"{', '.join(lacking)} not on this machine"
    if installed() is None:
        return MISSING
    alone = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if alone.returncode == 0 else "no network namespace without root"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the playground; skip where it cannot run or be had; fail where a browser is needed."""
    if why := without():
        if os.environ.get(NEEDED) and why == MISSING:
            pytest.fail(why)
        pytest.skip(why)
    try:
        return playground.install(tmp_path_factory.mktemp("npm"))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
        why = f"{playground.NAME} could not be had from npm ({type(fault).__name__})"
        if os.environ.get(NEEDED):
            pytest.fail(why)
        pytest.skip(why)


@pytest.fixture(scope="module")
def seen(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Walk through the steps once; every test looks at what was shown."""
    out = Path(os.environ.get("BOT_TESTS_PICTURES") or tmp_path_factory.mktemp("playground"))
    command = ["unshare", "--net", sys.executable, "-m", "tests.support.teams.playground", str(program), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads((out / "seen.json").read_text(encoding="utf-8")))


def newest(seen: Seen, step: str) -> str:
    return str(seen[step]["cards"][-1])


def test_a_word_that_is_no_command_is_answered(seen: Seen) -> None:
    assert "That can be read in more than one way." in newest(seen, "hello")


def test_figures_come_as_a_table_with_buttons(seen: Seen) -> None:
    said = newest(seen, "stats north")
    assert "188 missing episodes of 82 children" in said
    assert "Interviews completed\n91.0%\n95.4%" in said
    assert "By number of episodes\nInterviews\nAll measures" in said


def test_a_button_is_answered_below(seen: Seen) -> None:
    before, after = seen["stats north"]["cards"], seen["a button answers below"]["cards"]
    assert after[: len(before)] == before
    assert after[-1].startswith("North, January to June 2017: children by number of episodes")


def test_a_form_has_its_inputs_in_the_card_and_the_card_changes_in_place(seen: Seen) -> None:
    asked, done = seen["the form is in the card"], seen["the form is handed in"]
    assert "What came of it? *\nDeclined by the child\nDeclined by a parent for the child" in asked["cards"][-1]
    assert len(done["cards"]) == len(asked["cards"])
    assert done["cards"][:-1] == asked["cards"][:-1]
    assert f"Recorded for {asked['ref']}" in done["cards"][-1]
    assert "Declined by the child, Wed 5 Jul 07:58." in done["cards"][-1]
    assert "Taken back: declined by the child." in newest(seen, "undo")


def test_every_command_is_shown_whole_with_its_pages_and_its_form(seen: Seen) -> None:
    unseen = seen["every command"]["unseen"]
    assert set(unseen) >= {command.examples[0] for command in COMMANDS.values()}
    assert {text: lost for text, lost in unseen.items() if lost} == {}


def test_a_digest_has_its_areas_in_its_thread(seen: Seen) -> None:
    shown = [text.split("\n")[0] for text in seen["the digest and its thread"]["cards"]]
    assert shown == [
        "County safeguarding: I am here",
        "County safeguarding · Wed 5 July, 08:00",
        "North",
        "South",
        "Central",
        "Disability team",
    ]


def test_the_digest_ticks_off_in_place(seen: Seen) -> None:
    before, after = seen["the digest and its thread"]["cards"], seen["the digest ticks off in place"]["cards"]
    ref = seen["the digest ticks off in place"]["ref"]
    assert len(after) == len(before)
    assert f"⏳ {ref}" in before[1]
    assert f"✓ {ref} · held" in after[1]
    assert after[0] == before[0]


def test_a_mention_is_answered_in_its_thread_with_what_the_channel_may_see(seen: Seen) -> None:
    before, after = seen["the digest ticks off in place"]["cards"], seen["a mention in the channel"]["cards"]
    new = [text for text in after if text not in before]
    assert len(new) == 1
    assert re.search(r"\b\d+[05] missing episodes of \d*[05] children", new[0])  # which, the dice of the key say
    assert "188 missing episodes" not in new[0]
    assert "True counts, for you alone" not in new[0]


def test_an_activity_that_is_not_signed_is_refused(seen: Seen) -> None:
    assert seen["the digest and its thread"]["unsigned"] == 401
