"""Telephone numbers are in their own file alone: no message, log, metric, database, audit row or backup has one."""

from __future__ import annotations

import io
import os
from functools import partial
from pathlib import Path

import pytest

from bot.app import App
from bot.logs import setup
from bot.server import health
from bot.server.http.metrics import Metrics
from bot.server.worker import Worker
from bot.settings import PRACTICE_FILE, read_settings
from bot.store.database import reading
from bot.store.delivery import ledger
from tests.support.installation import Installation
from tests.support.notify import KEY, TEMPLATE, Provider, provider

PEOPLE = ("police", "north-manager", "lead", "police-lead")
NUMBERS = {person: f"+4477009{n}0001" for n, person in enumerate(PEOPLE, 10)}


@pytest.fixture
def bot(sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installation:
    """The practice morning, where calls wake at once and the drill is due."""
    wakes = '[wake]\nrules = ["special", "high", "ungraded"]\nafter_minutes = 0\n\n'
    drills = '[drill]\npolice = "duty_inspector"\ncouncil = "duty_team_manager"\nday = 4\n\n'
    text = PRACTICE_FILE.read_text(encoding="utf-8").replace("[delivery]", f"{wakes}{drills}[delivery]", 1)
    file, numbers = tmp_path / "partnership.toml", tmp_path.parent / f"{tmp_path.name}-numbers"
    file.write_text(text, encoding="utf-8")
    numbers.write_text("".join(f"{person}, {number}\n" for person, number in NUMBERS.items()), encoding="utf-8")
    numbers.chmod(0o600)
    own = {"BOT_NUMBERS_FILE": str(numbers), "BOT_NOTIFY_API_KEY": KEY, "BOT_NOTIFY_TEMPLATE": TEMPLATE}
    for name, value in (own | {"BOT_PARTNERSHIP": str(file)}).items():
        monkeypatch.setenv(name, value)
    return sqlite_installation


def ticked(found: Provider, lines: io.StringIO) -> None:
    """Call and wake, through every fault of the provider, with all jobs of the bot."""
    app = App(read_settings(os.environ))
    try:
        worker = Worker(app)
        for fault in ("", "400", "500", "reset", "garbage", ""):
            found.faults = [fault] * 2
            worker.tick()
        with reading(app.database) as connection:
            assert {d.kind for d in ledger.find(connection) if d.platform == "sms"} == {"wake", "drill"}
        metrics = Metrics(partial(health.figures, app.database, app.partnership, worker.clock), [], [])
        lines.write(metrics.text().decode())
        worker.alarm("A word to administrators.")
    finally:
        app.close()


def test_numbers_are_in_their_own_file_alone(bot: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("notifications_python_client", reason="the extra notify is not installed")
    monkeypatch.setattr("bot.chat.sms.DOWN_SECONDS", 0.0)
    bot.load()
    lines = io.StringIO()
    setup.configure(lines, json=True)
    with provider() as found:
        monkeypatch.setenv("BOT_NOTIFY_URL", found.url)
        ticked(found, lines)
        for words in (("doctor",), ("notices",), ("ask", "on-call"), ("ask", "deliveries", "--as", "admin")):
            said = bot.run(*words)
            lines.write(said.out + said.err)
    bot.backup()
    assert found.taken, "somebody was woken"
    assert {text["phone_number"] for text in found.taken} <= set(NUMBERS.values())
    everything = lines.getvalue().encode() + b"".join(f.read_bytes() for f in bot.folder.rglob("*") if f.is_file())
    assert b"on call" in everything.lower()
    for number in NUMBERS.values():
        assert number[-9:].encode() not in everything
