"""doctor: check the whole installation and print each fault with its remedy. Exit 1 where one check fails."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from bot.app import App
from bot.rules.delivery.findings import Finding, failed, in_sum

_MARKS = {"ok": "✔ ok   ", "look": "⚠ look ", "fault": "✖ fault"}
_NAME_WIDTH = 22


def add(verbs: Any) -> None:
    about = "Check the whole installation: settings, database, clocks, calendar, data, Slack. Exit 1 where one fails."
    doctor = verbs.add_parser("doctor", help=about, description=about)
    doctor.add_argument("--json", action="store_true", help="for machines")
    doctor.set_defaults(run=_doctor)


def _doctor(app: App, given: argparse.Namespace) -> int:
    from bot.cli.doctor.run import examine  # it asks Slack, whose library no other verb should wait for

    found: list[Finding] = []
    for finding in examine(app):
        found.append(finding)
        if not given.json:
            print("\n".join(lines(finding)), flush=True)
    print(
        json.dumps({"ok": not failed(found), "findings": [asdict(f) for f in found]}, indent=2, ensure_ascii=False)
        if given.json
        else f"\n{in_sum(found)}"
    )
    return 1 if failed(found) else 0


def lines(finding: Finding) -> list[str]:
    """Format a finding. Its mark has a word beside it, so that colour and shape are not needed."""
    margin = " " * (len(_MARKS["ok"]) + _NAME_WIDTH + 3)
    first = f" {_MARKS[finding.state]} {finding.name:<{_NAME_WIDTH}} {finding.says}"
    do = [f"{margin}→ {finding.do}"] if finding.do else []
    return [first, *(f"{margin}{line}" for line in finding.details), *do]
