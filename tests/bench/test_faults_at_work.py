"""A short run of the harness that breaks whole processes; `python -m tests.bench.faults_at_work` is the long one."""

from __future__ import annotations

from pathlib import Path

from tests.bench.faults_at_work import Fault, drawn, installed, run, wrong
from tests.support.slack.fates import Fates


def test_a_process_that_is_killed_and_whose_database_is_put_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    plan = [Fault(1, "load"), Fault(3, "copy"), Fault(4.5, "kill"), Fault(6, "put back")]
    with installed(tmp_path, "sqlite", channels=8, minutes=0.05, seed=1) as bot:
        bot.slack.fates, bot.teams.fates = Fates(), Fates()
        found = run(bot, plan, seconds=6, calm=40, sweeps=False)
    assert bot.happened["open at the end"] == 0
    assert {platform for platform, kind in found if kind == "digests"} == {"slack", "teams"}
    assert found["slack", "digests"].once + found["teams", "digests"].once == 8
    assert found["slack", "calls"].once + found["teams", "calls"].once >= 2
    assert wrong(found) == 0


def test_a_seed_says_what_happens_when() -> None:
    plan = drawn(7, 6, on_postgresql=True)
    assert plan == drawn(7, 6, on_postgresql=True) != drawn(8, 6, on_postgresql=True)
    assert {"kill", "freeze", "database", "clock", "load", "copy", "restore", "put back", "archived", "limit"} <= {
        each.what for each in plan
    }
    assert not any(each.what == "database" for each in drawn(7, 6, on_postgresql=False))
