"""The small form of the bench of loads: every floor and every load runs, nothing is refused meanwhile."""

import re
from pathlib import Path

import pytest

from tests.bench.loads import NEW, measure


def test_each_load_is_measured_beside_its_floors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure(300, lambda base: f"sqlite:///{tmp_path}/{base}.sqlite", tmp_path)
    said = capsys.readouterr().out
    assert re.findall(r"added (\d+)", said) == ["300", "0", str(NEW)]
    assert re.findall(r"refused (\d+)", said) == ["0", "0", "0"]
    assert "one commit: " in said
    assert "INSERT..SELECT" in said
