"""A short run of the bench that serves for long; `python -m tests.bench.long_serve` is the real one."""

from __future__ import annotations

from pathlib import Path

from tests.bench.long_serve import QUESTIONS, long_serve, prepared


def test_every_question_of_the_bench_is_answered_by_a_process_that_serves(tmp_path: Path) -> None:
    seen = long_serve(tmp_path, prepared(tmp_path, 300, 1, None), minutes=0.05, pause=0.05)
    assert seen.failed == []
    assert set(seen.answered) == {text for text, _ in QUESTIONS}
    assert all(each.memory > 20 and each.threads > 1 and each.descriptors > 3 for each in seen.held)
