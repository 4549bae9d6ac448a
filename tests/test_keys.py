"""The keys: given or made once, never shown, never anybody else's to read."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.settings import Keys, SettingsError, read_keys

A, D = "a1" * 32, "d2" * 32
SQLITE, POSTGRESQL = "sqlite:///bot.sqlite", "postgresql+psycopg://db/bot"


def fault(environ: dict[str, str], folder: Path, url: str = SQLITE) -> str:
    with pytest.raises(SettingsError) as raised:
        read_keys(environ, folder, url)
    return str(raised.value)


def test_keys_from_the_environment(tmp_path: Path) -> None:
    found = read_keys({"BOT_AUDIT_KEY": A, "BOT_DATA_KEY": D.upper()}, tmp_path, POSTGRESQL)
    assert found == Keys(bytes.fromhex(A), bytes.fromhex(D))
    assert list(tmp_path.iterdir()) == []


def test_keys_from_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(A + "\r\n")
    (tmp_path / "a").chmod(0o400)
    environ = {"BOT_AUDIT_KEY_FILE": str(tmp_path / "a"), "BOT_DATA_KEY": D}
    assert read_keys(environ, tmp_path, POSTGRESQL) == Keys(bytes.fromhex(A), bytes.fromhex(D))


def test_on_sqlite_keys_are_made_once(tmp_path: Path) -> None:
    first = read_keys({}, tmp_path, SQLITE)
    assert read_keys({}, tmp_path, SQLITE) == first
    assert first.audit != first.data
    assert {len(first.audit), len(first.data)} == {32}
    folder = tmp_path / "keys"
    assert sorted(f.name for f in folder.iterdir()) == ["audit.key", "data.key"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_processes_that_begin_together_agree(tmp_path: Path) -> None:
    found: list[Keys] = []
    threads = [threading.Thread(target=lambda: found.append(read_keys({}, tmp_path, SQLITE))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert all(keys == found[0] for keys in found)


def test_replicas_must_be_given_their_keys(tmp_path: Path) -> None:
    said = fault({}, tmp_path, POSTGRESQL)
    assert "BOT_AUDIT_KEY_FILE" in said
    assert "BOT_DATA_KEY is not set" in fault({"BOT_AUDIT_KEY": A}, tmp_path, POSTGRESQL)
    assert list(tmp_path.iterdir()) == []
    assert read_keys({}, tmp_path, POSTGRESQL, practice=True) == read_keys({}, tmp_path, SQLITE)


@pytest.mark.parametrize("wrong", ["zz" * 32, A[:-1], A[:-2], A + "00", "hunter2-hunter2", "ä" * 64])
def test_a_key_that_is_none_is_refused_unseen(tmp_path: Path, wrong: str) -> None:
    said = fault({"BOT_AUDIT_KEY": wrong, "BOT_DATA_KEY": D}, tmp_path)
    assert said.startswith("BOT_AUDIT_KEY: a key is 64 hexadecimal digits")
    assert wrong not in said
    assert D not in said


def test_a_kept_key_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    read_keys({}, tmp_path, SQLITE)
    (tmp_path / "keys" / "data.key").write_text("abc")
    assert "data.key: a key is 64 hexadecimal digits" in fault({}, tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    read_keys({}, tmp_path, SQLITE)
    file = tmp_path / "keys" / "data.key"
    file.chmod(mode)
    said = fault({}, tmp_path)
    assert f"chmod 600 {file}" in said
    assert file.read_text().strip() not in said


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(NotADirectoryError):  # said in one sentence, as for any other file
        read_keys({}, tmp_path / "data", SQLITE)


def test_keys_are_not_shown() -> None:
    keys = Keys(bytes.fromhex(A), bytes.fromhex(D))
    for shown in (repr(keys), str(keys), f"{keys!r}", parser().format_help()):
        for key in (keys.audit, keys.data):
            assert key.hex() not in shown
            assert repr(key)[2:-1] not in shown
