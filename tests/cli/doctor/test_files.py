"""The doctor judges who may read and change the files, where the heads lie, and who can read the health."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from bot.cli.doctor import checks, files
from bot.cli.doctor.checks import Subject
from bot.rules.delivery.findings import Finding
from tests.support.doctor import Make
from tests.support.factories import NOW


def of_files(app: App) -> list[Finding]:
    return list(checks.file_modes(Subject(app, app.partnership, NOW)))


def test_files_and_folders_of_their_owner_alone_are_fine(make: Make) -> None:
    assert [(f.name, f.state) for f in of_files(make())] == [("files", "ok")]


@pytest.mark.parametrize("name", ["keys/audit.key", "audit-heads/heads-1.jsonl"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_of_secrets_that_others_may_read_is_a_fault(make: Make, name: str, mode: int) -> None:
    app = make()
    file = app.home / name
    for folder in (app.home, file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch()
    file.chmod(mode)
    (found,) = of_files(app)
    assert (found.state, found.says) == ("fault", f"others may read {file.name}")
    assert found.do == f"chmod 600 {file}"


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_a_database_that_others_may_read_is_a_fault(tmp_path: Path, end: str) -> None:
    database = tmp_path / "bot.sqlite"
    for each in files.with_log(database):
        each.touch(mode=0o600)
    assert [f.state for f in files.modes(files.with_log(database), [tmp_path])] == ["ok"]
    wrong = database.with_name(database.name + end)
    wrong.chmod(0o644)
    (found,) = files.modes(files.with_log(database), [tmp_path])
    assert (found.state, found.do) == ("fault", f"chmod 600 {wrong}")


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o755, "look"), (0o770, "fault"), (0o1777, "look")])
def test_a_folder_that_others_may_see_or_change(tmp_path: Path, mode: int, state: str) -> None:
    folder = tmp_path / "kept-here"
    folder.mkdir()
    folder.chmod(mode)
    (found,) = files.modes([], [folder, folder, tmp_path / "not there"])
    assert (found.state, folder.name in found.says) == (state, state != "ok")


def test_heads_that_go_back_together_with_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, beside, elsewhere = tmp_path / "data" / "bot.sqlite", tmp_path / "data" / "heads", tmp_path / "share"
    database.parent.mkdir()
    database.touch()
    assert (files.heads(beside, database).state, "beside" in files.heads(beside, database).says) == ("look", True)
    assert (files.heads(elsewhere, database).state, "disk" in files.heads(elsewhere, database).says) == ("look", True)
    monkeypatch.setattr(files, "_device", lambda path: path.name == "share")
    assert files.heads(elsewhere, database).state == "ok"
    assert files.heads(beside, database).state == "look"
    assert files.heads(beside, None).state == "ok"


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("", "ok"),
        ("127.0.0.1:9000", "ok"),
        ("localhost:9000", "ok"),
        ("[::1]:9000", "ok"),
        ("0.0.0.0:8081", "look"),
        ("[::]:8081", "look"),
        ("bot.example.org:8081", "look"),
        ("127.0.0.1:8080", "fault"),
    ],
)
def test_who_can_read_the_health(make: Make, at: str, state: str) -> None:
    app = make(**({"BOT_HEALTH_BIND": at} if at else {}))
    assert checks.health_address(Subject(app, app.partnership, NOW)).state == state
