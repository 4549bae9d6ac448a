"""An installation for the doctor: its settings, a partnership with channels in Slack, and the findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.app import App
from bot.cli.doctor.checks import examine
from bot.rules.delivery.findings import Finding
from bot.rules.partnership.partnership import Partnership
from bot.settings import Settings, read_settings
from tests.support.factories import partnership

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
TOKENS = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_APP_TOKEN": "xapp-not-a-token"}
Make = Callable[..., App]


def settings(url: str, folder: Path, **environ: str) -> Settings:
    chosen = read_settings({"BOT_DATABASE_URL": url} | KEYS | environ)
    return replace(chosen, data_folder=folder / "data")


def found(app: App) -> dict[str, Finding]:
    return {f.name: f for f in examine(app, seconds=5)}


def faults(app: App) -> dict[str, str]:
    return {name: f.says for name, f in found(app).items() if f.state == "fault"}


def in_slack(*destinations: str) -> Partnership:
    """Return the practice partnership with channels in Slack and two people with accounts there."""
    whole = partnership()
    channels = tuple(
        replace(c, platform="slack", destination=d) for c, d in zip(whole.channels, destinations, strict=False)
    )
    people = tuple(replace(p, slack_id={"lead": "U0ONE", "north-manager": "U0TWO"}.get(p.id, "")) for p in whole.people)
    return replace(whole.with_people(people), channels=channels)
