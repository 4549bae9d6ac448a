"""A practice export is known by its content: whichever version wrote it, and however it was copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.practice import exports, is_practice_file, write_exports


def test_what_is_written_now_is_known(tmp_path: Path) -> None:
    """Where this fails the practice data were changed: add the new checksums, and leave the old ones."""
    files = write_exports(tmp_path)
    assert {exports.checksum(file) for file in files.values()} <= exports.CHECKSUMS
    assert all(is_practice_file(file) for file in files.values())


def test_line_ends_and_a_mark_at_the_beginning_do_not_count(tmp_path: Path) -> None:
    file = write_exports(tmp_path)["children"]
    whole = file.read_bytes()
    for copied in (whole.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + whole, whole.rstrip(b"\n")):
        file.write_bytes(copied)
        assert is_practice_file(file)


def test_an_edited_or_shortened_file_is_none_of_ours(tmp_path: Path) -> None:
    file = write_exports(tmp_path)["children"]
    lines = file.read_bytes().splitlines(keepends=True)
    for other in (lines[:-1], [*lines, lines[-1]], [lines[0], lines[1].replace(b"-", b"/"), *lines[2:]], [b""]):
        file.write_bytes(b"".join(other))
        assert not is_practice_file(file, surely=True)


def test_where_chance_falls_otherwise_what_is_written_now_is_known_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.practice.exports.CHECKSUMS", frozenset())
    file = write_exports(tmp_path)["police"]
    assert not is_practice_file(file)
    assert is_practice_file(file, surely=True)
