"""The alert rules and the dashboard: each figure that they name is served, each alert comes when it is meant to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rules.delivery.health import DeliveryFigures, SourceHealth
from bot.rules.time.trusted import LastTick
from bot.server.http.metrics import Metrics
from bot.settings import ROOT
from tests.support.factories import NOW

ALERTS = ROOT / "deploy" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "dashboard.json"
PAGE = (ROOT / "deploy" / "operate.md").read_text(encoding="utf-8")
README = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")

#: Each alert -> the series with which it comes, its value each minute (as promtool writes them), and the value that is
#: just not worth it.
CASES = {
    "BotDown": ('up{job="missing-children-bot"}', "0x30", "1x30"),
    "BotReplicaDown": ('up{job="missing-children-bot"}', "0x30", "1x30"),
    "BotNotTicking": ("missing_tick_age_seconds", "91x30", "90x30"),
    "BotDatabaseDown": ("missing_database_up", "0x30", "1x30"),
    "BotTicksFail": ('missing_ticks_total{outcome="failed"}', "_x25 3x5", "_x25 2x5"),
    "JobFails": ('missing_job_failures_total{kind="digest"}', "0+6x30", "0+1x30"),
    "PartFails": ('missing_part_ok{part="engine"}', "0x30", "1x30"),
    "ClockNotTrusted": ("missing_clock_trusted", "0x30", "1x30"),
    "CallsOverdue": ("missing_escalations_overdue", "1x30", "0x30"),
    "MessagesOverdue": ("missing_delivery_overdue", "1x30", "0x30"),
    "MessagesWait": ("missing_delivery_held", "1x30", "0x30"),
    "DigestNotSent": ('missing_digest_sent_day{platform="slack",outcome="missed"}', "1x30", "0x30"),
    "RemindersNotSent": ('missing_reminders_due_day{step="first"}', "2x70", "1x70"),
    "MessagesLate": ('missing_lateness_seconds{kind="digest"}', "301x30", "300x30"),
    "ExportNotUsable": ('missing_data_ok{source="police"}', "0x30", "1x30"),
    "ExportWaiting": ('missing_export_waiting_seconds{source="police"}', "1801x30", "1800x30"),
    "RowsMayHideAChild": ('missing_data_rows_maybe_open{source="police"}', "1x30", "0x30"),
    "AnswersSlow": ('missing_ack_seconds_bucket{le="2.5"}', "0+10x30", "_x30"),
    "AnswersFail": ('missing_commands_total{verb="today",outcome="failed"}', "_x29 1x1", "1x30"),
    "HeartbeatNotAnswered": ('missing_heartbeats_total{outcome="failed"}', "0+1x30", "0+0.3x30"),
}
#: What has to be there beside it, for an expression of several figures.
BESIDE = {
    "MessagesWait": [("missing_delivery_unknown", "0x30")],
    "RemindersNotSent": [('missing_reminders_sent_day{step="first"}', "1x70")],
    "AnswersSlow": [
        ('missing_ack_seconds_bucket{le="1"}', "0x30"),
        ('missing_ack_seconds_bucket{le="+Inf"}', "0+10x30"),
    ],
}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def served() -> set[str]:
    """Return every name that the program serves."""
    source = SourceHealth("police", "ok", 1.0, 1, 0, 0, 0, too_few_rows=False, file_refused=False)
    figures = DeliveryFigures(data=(source,), tick_age=1.0, last_tick=LastTick(NOW, NOW, NOW))
    metrics = Metrics(lambda: figures, ("today",), (), lambda: {"police": 1.0}, ("digest",), lambda: {"engine": True})
    metrics.ticked("failed")
    metrics.pinged("failed")
    metrics.answered("today", "failed", 1.0)
    metrics.acknowledged(1.0)
    return set(re.findall(r"^(?:# TYPE )?(missing_[a-z_]+)", metrics.text().decode(), re.MULTILINE))


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bmissing_[a-z_]+", expression))


def test_every_figure_that_is_named_is_served() -> None:
    texts = [rule["expr"] for rule in rules()] + expressions()
    assert {name for text in texts for name in named(text)} - served() == set()


def test_every_figure_that_is_for_alarms_has_one_or_is_drawn() -> None:
    used = {name for text in [rule["expr"] for rule in rules()] + expressions() for name in named(text)}
    table = README.split("\n## Alarms\n")[1].partition("\nNot for alarms")[0]
    assert set(re.findall(r"missing_[a-z_]+", table)) - used == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_happened_whom_it_affects_and_what_to_do_first(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "affects", "first"}
    assert all(text.strip().endswith(".") for text in rule["annotations"].values())
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_every_alert_is_explained_and_no_other() -> None:
    table = PAGE.split("\n| Alert |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_every_panel_has_its_place_and_a_figure() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert all(named(target["expr"]) for target in panel["targets"])


# -- with Prometheus' own tool --


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not here (Debian's package prometheus has it)")
    return found


def test_every_alert_has_its_case() -> None:
    assert list(CASES) == [rule["alert"] for rule in rules()]


def test_prometheus_understands_the_rules_and_the_dashboard(tmp_path: Path, promtool: str) -> None:
    drawn = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(expressions())]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": drawn}]}), encoding="utf-8")
    for each in (ALERTS, file):
        done = subprocess.run([promtool, "check", "rules", str(each)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_comes_and_does_not_come_for_less(tmp_path: Path, promtool: str) -> None:
    """In one run of promtool: each case is told apart by its own name, so that the others' alerts do not count."""
    tests = []
    for rule in rules():
        name = rule["alert"]
        series, comes, quiet = CASES[name]
        minutes = 70 if "70" in comes else 30
        for values, expected in ((comes, True), (quiet, False)):
            given = [(series, values), *BESIDE.get(name, ())]
            tests.append(
                {
                    "interval": "1m",
                    "input_series": [{"series": s, "values": v} for s, v in given],
                    "promql_expr_test": [
                        {
                            "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})',
                            "eval_time": f"{minutes}m",
                            "exp_samples": [{"labels": "{}", "value": 1}] if expected else [],
                        }
                    ],
                }
            )
    file = tmp_path / "cases.yml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}), encoding="utf-8"
    )
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
