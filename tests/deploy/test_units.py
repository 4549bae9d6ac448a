"""The systemd units: little is left that a process of theirs could do, and secrets are handed over by systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.settings import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = ("bot.service", "bot-daily.service")
UNITS = (*SERVICES, "bot-daily.timer")
#: The most that `systemd-analyze security` may find, of 10. Measured with systemd 252: 1.2 each.
MOST_EXPOSED = 2.0
PYTHON = "/opt/missing-children-bot/.venv/bin/python"

each_service = pytest.mark.parametrize("unit", SERVICES)


def text_of(unit: str) -> str:
    return (DEPLOY / unit).read_text(encoding="utf-8")


def settings(unit: str) -> list[tuple[str, str]]:
    """Return every line that sets something, in order."""
    return [(name, value) for name, _, value in (x.partition("=") for x in text_of(unit).splitlines()) if value]


def value_of(unit: str, name: str) -> str:
    (found,) = [value for each, value in settings(unit) if each == name]
    return found


def installed_name(unit: str) -> str:
    return f"missing-children-{unit}"


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    """A folder with the units under the names that their first lines say, and their program."""
    for unit in UNITS:
        assert f"/etc/systemd/system/{installed_name(unit)}" in text_of(unit).splitlines()[0]
        (tmp_path / installed_name(unit)).write_text(text_of(unit).replace(PYTHON, "/bin/true"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd is not here")
    return found


def test_systemd_finds_no_fault(laid: Path, analyze: str) -> None:
    units = [str(laid / installed_name(unit)) for unit in UNITS]
    found = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in found.stderr.splitlines() if "missing-children-bot" in line]
    assert ours == []


@each_service
def test_systemd_finds_it_hardly_exposed(unit: str, laid: Path, analyze: str) -> None:
    words = [analyze, "security", "--offline=true", f"--threshold={int(MOST_EXPOSED * 10)}", "--no-pager"]
    found = subprocess.run([*words, str(laid / installed_name(unit))], capture_output=True, text=True, check=False)
    level = re.search(r"exposure level for .*: ([\d.]+)", found.stdout)
    assert level, found.stderr
    assert float(level[1]) <= MOST_EXPOSED


@each_service
def test_the_process_can_do_nothing_but_what_the_bot_does(unit: str) -> None:
    """Checked without systemd too."""
    sure = ("NoNewPrivileges", "PrivateUsers", "PrivateDevices", "ProtectKernelLogs", "MemoryDenyWriteExecute")
    assert {name: value_of(unit, name) for name in sure} == dict.fromkeys(sure, "yes")
    assert value_of(unit, "ProtectSystem") == "strict"
    assert value_of(unit, "ReadWritePaths") == "/opt/missing-children-bot/data"
    assert value_of(unit, "LimitCORE") == "0"
    assert value_of(unit, "UMask") == "0077"
    assert value_of(unit, "User") == "missing-children-bot"
    assert re.search(r"^CapabilityBoundingSet=$", text_of(unit), re.MULTILINE)
    assert [value for name, value in settings(unit) if name == "SystemCallFilter"] == [
        "@system-service",
        "~@privileged @resources",
    ]


def test_both_services_are_closed_alike() -> None:
    closed = [text_of(unit).partition("# What a person could do")[2].partition("\n[Install]")[0] for unit in SERVICES]
    assert closed[0].strip()
    assert closed[0].strip() == closed[1].strip()


@each_service
def test_secrets_are_credentials_alone(unit: str) -> None:
    """Named by their variables: systemd puts the first word and `_` before the name of each file."""
    assert value_of(unit, "LoadCredential") == "BOT:/etc/missing-children-bot/secrets"
    assert value_of(unit, "EnvironmentFile") == "/etc/missing-children-bot/environment"
    assert "Environment" not in {name for name, _ in settings(unit)}


def test_the_service_is_started_anew_where_it_says_no_more_that_it_lives() -> None:
    assert value_of("bot.service", "Type") == "notify"
    assert value_of("bot.service", "NotifyAccess") == "main"
    assert int(value_of("bot.service", "WatchdogSec")) == 30
    assert value_of("bot.service", "Restart") == "always"


@each_service
def test_every_line_to_run_is_a_verb(unit: str) -> None:
    lines = [value for name, value in settings(unit) if name == "ExecStart"]
    assert lines
    for line in lines:
        program, *words = line.split()
        assert program == PYTHON
        assert words[:2] == ["-m", "bot"]
        parser().parse_args(words[2:])


def test_nothing_is_removed_before_a_backup_is_made() -> None:
    verbs = [value.split()[3] for name, value in settings("bot-daily.service") if name == "ExecStart"]
    assert verbs == ["backup", "retention", "audit"]
