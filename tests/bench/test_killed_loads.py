"""The small form of the bench that kills loads."""

from pathlib import Path

from tests.bench.killed_loads import run


def test_a_killed_load_leaves_all_or_nothing_and_readers_see_no_part(tmp_path: Path) -> None:
    found = run(4, 200, tmp_path)
    assert found.before != found.after
    assert (found.left.total(), found.parts, found.files_left) == (5, 0, 0)
    assert found.seen[found.before] > 0
