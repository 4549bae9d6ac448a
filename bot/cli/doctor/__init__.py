"""doctor: check the whole installation and print each fault with its remedy. Exit 1 where one check fails."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from bot.app import App
from bot.rules.delivery.findings import Finding, failed, in_sum

#: A mark has a word beside it, so that colour and shape are not needed.
_MARKS = {"ok": "✔ ok   ", "look": "⚠ look ", "fault": "✖ fault"}
_NAME_WIDTH = 22


def add(verbs: Any) -> None:
    about = "Check the whole installation: settings, database, clocks, data, Slack, Teams. Exit 1 where one fails."
    doctor = verbs.add_parser("doctor", help=about, description=about)
    doctor.add_argument("--json", action="store_true", help="for machines")
    doctor.set_defaults(run=_run)


def _run(app: App, given: argparse.Namespace) -> int:
    from bot.cli.doctor.checks import examine  # imports Slack's library, for which no other verb should wait

    margin = " " * (len(_MARKS["ok"]) + _NAME_WIDTH + 3)
    found: list[Finding] = []
    for finding in examine(app):
        found.append(finding)
        if not given.json:
            print(f" {_MARKS[finding.state]} {finding.name:<{_NAME_WIDTH}} {finding.says}")
            for line in (*finding.details, *([f"→ {finding.do}"] if finding.do else [])):
                print(f"{margin}{line}")
            sys.stdout.flush()
    if given.json:
        findings = [asdict(f) for f in found]
        print(json.dumps({"ok": not failed(found), "findings": findings}, indent=2, ensure_ascii=False))
    else:
        print(f"\n{in_sum(found)}")
    return 1 if failed(found) else 0
