"""serve as a process: it starts, ticks, answers, ends when told to, and does not start where it could not work."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot import __main__
from bot.app import App
from bot.rules.partnership.partnership import Partnership
from bot.server.service import steps
from bot.server.worker import Worker
from bot.settings import ROOT, SettingsError, read_settings
from bot.store.database import reading
from bot.store.delivery import replicas
from tests.support.factories import partnership

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
SLACK = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_SIGNING_SECRET": "not-a-secret"}


def environment(url: str, **more: str) -> dict[str, str]:
    outside = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return outside | KEYS | {"BOT_DATABASE_URL": url, "BOT_HEALTH_BIND": "127.0.0.1:0", "BOT_REPLICA": "first"} | more


@contextmanager
def serving(url: str, folder: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """The process, and its start-up line."""
    words = [sys.executable, "-m", "bot", "serve"]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(words, env=environment(url, **more), cwd=folder, stderr=log, text=True)
        try:
            give_up = time.monotonic() + 60
            while '"serving"' not in (folder / "log").read_text():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < give_up
                time.sleep(0.05)
            lines = (folder / "log").read_text().splitlines()
            yield process, next(json.loads(line) for line in lines if '"serving"' in line)
        finally:
            process.kill()
            process.wait(10)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_it_works_until_it_is_told_to_end(database_url: str, tmp_path: Path, told: signal.Signals) -> None:
    with serving(database_url, tmp_path) as (process, line):
        kept = {key: line[key] for key in ("replica", "engine", "seconds", "port", "heartbeat", "email")}
        engine = "embedded" if database_url.startswith("sqlite") else "postgres"
        own = {"replica": "first", "engine": engine, "seconds": 10, "heartbeat": False, "email": 0}
        assert kept == own | {"port": None}  # no platform calls in
        with httpx.Client(base_url=f"http://127.0.0.1:{line['health']}", trust_env=False, timeout=20) as browser:
            assert browser.get("/healthz").text == "alive\n"
            give_up = time.monotonic() + 60
            while (checks := browser.get("/readyz").json()["checks"])["tick"] != "ok":
                assert time.monotonic() < give_up, checks
                time.sleep(0.1)
            assert checks["database"] == checks["clock"] == checks["calendar"] == "ok"
            assert "missing_replicas_ticking 1.0" in browser.get("/metrics").text
        process.send_signal(told)
        assert process.wait(30) == 0
    said = (tmp_path / "log").read_text()
    assert not any(key in said for key in KEYS.values())
    assert "postgres@" not in said
    assert [json.loads(each)["event"] for each in said.splitlines()] == ["serving", "ending"]


def test_one_tick_for_cron(database_url: str, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "bot", "serve", "--once"]
    done = subprocess.run(words, env=environment(database_url), cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    settings = read_settings(environment(database_url))
    with closing(App(settings)) as app, reading(app.database) as connection:
        assert [b.name for b in replicas.all_beats(connection)] == ["first"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"BOT_DATABASE_URL": "postgresql://bot:Canary@127.0.0.1:1/bot"}, "The database cannot be used: "),
        ({"BOT_HEALTH_BIND": "everywhere"}, "BOT_HEALTH_BIND must be a host and a port"),
        (SLACK | {"BOT_HEALTH_BIND": "127.0.0.1:0", "BOT_BIND": "everywhere"}, "BOT_BIND must be a host and a port"),
        ({"BOT_REPLICA": "Ada L."}, "BOT_REPLICA: at most 64"),
        ({"BOT_HEARTBEAT_URL": "http://monitor.example.org/Canary"}, "BOT_HEARTBEAT_URL must begin with https://"),
        ({"BOT_SMTP_URL": "smtp://mail.example.org"}, "BOT_SMTP_FROM must be an e-mail address"),
        ({"BOT_SMTP_URL": "http://Canary", "BOT_SMTP_FROM": "bot@example.org"}, "BOT_SMTP_URL must look like"),
    ],
)
def test_it_does_not_start_where_it_could_not_work(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    more: dict[str, str],
    said: str,
) -> None:
    """In one sentence, with no secret in it, and before anything runs."""
    settings = read_settings(environment(f"sqlite:///{tmp_path / 'bot.sqlite'}") | more)
    monkeypatch.setattr(__main__, "read_settings", lambda: replace(settings, data_folder=tmp_path / "data"))
    assert __main__.main(["serve", "--practice"]) in (1, 2)
    sentence = capsys.readouterr().err
    assert sentence.startswith(said)
    assert "Canary" not in sentence
    assert sentence.count("\n") == 1


def test_a_replica_has_a_name_of_its_own(tmp_path: Path) -> None:
    settings = read_settings({"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite'}"})
    assert re.fullmatch(rf"[A-Za-z0-9._-]+-{os.getpid()}", Worker(App(settings)).replica)
    with pytest.raises(SettingsError, match="BOT_REPLICA"):
        print(Worker(App(replace(settings, environ={"BOT_REPLICA": "x" * 65}))).replica)


def test_steps_are_those_of_every_ladder() -> None:
    whole: Partnership = partnership()
    own = replace(whole.areas[0], reminders=(replace(whole.reminders[0], id="own"),))
    assert steps(replace(whole, areas=(own, *whole.areas[1:]))) == {s.id for s in whole.reminders} | {"own"}
