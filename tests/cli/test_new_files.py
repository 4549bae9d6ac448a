"""A verb overwrites no file, follows no link, leaves no half file, and makes nothing that others may read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.cli.new_files import keep, new_file
from bot.rules.audit.chain import head_of
from bot.settings import ROOT
from tests.support.installation import Installation

KEY = "not-a-key\n"
TEAMS = {
    "BOT_TEAMS_CLIENT_ID": "11111111-aaaa-4aaa-8aaa-000000000001",
    "BOT_TEAMS_CLIENT_SECRET": "not~a-secret-of-anyone",
    "BOT_TEAMS_TENANT": "11111111-aaaa-4aaa-8aaa-000000000002",
}


def names(folder: Path) -> list[str]:
    return sorted(f.name for f in folder.iterdir())


def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with new_file(file) as stream:
        stream.write("a,é\r\n")
        assert not file.exists()
    assert file.read_bytes() == "a,é\r\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with suppress(KeyError), new_file(tmp_path / "other.csv") as stream:
        stream.write("half")
        raise KeyError
    assert names(tmp_path) == ["list.csv"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_name_that_is_taken_meanwhile_is_not_overwritten(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    file = tmp_path / "list.csv"
    writing = new_file(file)
    writing.__enter__().write("new")
    file.write_text(KEY)
    with pytest.raises(FileExistsError):
        writing.__exit__(None, None, None)
    assert (file.read_text(), names(tmp_path)) == (KEY, ["list.csv"])


def _no_links(*given: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_memory_stick_has_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    assert keep(tmp_path / "report.html", b"new")
    assert ((tmp_path / "report.html").read_bytes(), names(tmp_path)) == (b"new", ["report.html"])


def test_the_same_content_is_no_other_file(tmp_path: Path) -> None:
    file, link = tmp_path / "report.html", tmp_path / "link.html"
    assert keep(file, b"new")
    assert not keep(file, b"new")
    link.symlink_to(file)
    for taken, content in ((file, b"other"), (link, b"new")):
        with pytest.raises(FileExistsError, match="never overwritten"):
            keep(taken, content)
    assert file.read_bytes() == b"new"


#: Every verb that writes a file of a name that a person gives: its words but the name.
NAMED: dict[str, Callable[[str], tuple[str, ...]]] = {
    "audit export": lambda file: ("audit", "export", file, "--as", "lead"),
    "audit head": lambda file: ("audit", "head", "--to", file),
    "unmatched": lambda file: ("unmatched", file),
    "unrecorded": lambda file: ("unrecorded", file, "--as", "coordinator"),
    "manifest": lambda file: ("manifest", "teams", "--url", "https://www.example.org/bot", "--to", file),
}


@pytest.mark.parametrize("linked", [False, True], ids=["a file", "a link"])
@pytest.mark.parametrize("words", NAMED.values(), ids=NAMED)
def test_a_key_named_by_mistake_is_still_the_key(
    sqlite_installation: Installation,
    tmp_path: Path,
    words: Callable[[str], tuple[str, ...]],
    linked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in TEAMS.items():
        monkeypatch.setenv(name, value)
    bot = sqlite_installation
    bot.done("people", "add", "w-1", "--agency", "council", "--as", "admin")
    key, link = tmp_path / "audit.key", tmp_path / "link"
    key.write_text(KEY)
    link.symlink_to(key)
    rows = bot.ask("SELECT count(*) FROM audit")
    said = bot.run(*words(str(link if linked else key)))
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith(f"{link if linked else key}: it is ")
    assert (key.read_text(), link.is_symlink()) == (KEY, True)
    assert bot.ask("SELECT count(*) FROM audit") == rows, "what was not written is not recorded as given"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "elsewhere")
    assert bot.run(*words(str(dangling))).code == 1
    assert not (tmp_path / "elsewhere").exists()
    bot.done(*words(str(tmp_path / "new")))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_heads_are_added_to_heads(sqlite_installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "heads"
    file.touch()
    sqlite_installation.done("people", "add", "w-1", "--agency", "council", "--as", "admin")
    for _ in range(2):
        sqlite_installation.done("audit", "head", "--to", str(file))
    assert len([head_of(line) for line in file.read_text().splitlines()]) == 2


def test_a_folder_named_by_mistake_keeps_the_exports_of_a_partnership(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "arrivals"
    folder.mkdir()
    (folder / "children.csv").write_text("of a real partnership")
    assert sqlite_installation.run("practice", str(folder)).code == 1
    assert (folder / "children.csv").read_text() == "of a real partnership"
    (folder / "children.csv").unlink()
    first = sqlite_installation.done("practice", str(folder)).splitlines()
    assert first == [f"{folder / 'police.csv'} is there already, the same.", *(str(folder / n) for n in OTHERS)]


OTHERS = ("children.csv", "interviews.csv")


@pytest.mark.parametrize("umask", [0o000, 0o777], ids=["nothing kept off", "all kept off"])
def test_whatever_the_umask_everything_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """Also folders above folders, and the files that SQLite makes."""
    home, out = tmp_path / "a" / "b" / "home", tmp_path / "out" / "deep"
    tmp_path.chmod(0o755)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    environ |= {"BOT_DATABASE_URL": f"sqlite:///{home / 'bot.sqlite'}"}
    verbs = (
        ("serve", "--once"),
        ("audit", "head", "--to", str(out / "heads" / "heads")),
        ("backup", "--to", str(out / "copies")),
        ("unmatched", str(out / "list.csv")),
    )
    program = (
        "import sys; from pathlib import Path; from dataclasses import replace; from bot import __main__ as m; "
        "read = m.read_settings; "
        "m.read_settings = lambda: replace(read(), data_folder=Path(sys.argv[1])); "
        "sys.exit(max(m.main(words.split('\\t')) for words in sys.argv[2:]))"
    )
    words = [sys.executable, "-c", program, str(home / "data"), *("\t".join(verb) for verb in verbs)]
    done = subprocess.run(words, env=environ, cwd=tmp_path, umask=umask, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    made = [f for f in tmp_path.rglob("*") if not f.is_symlink()]
    assert {"bot.sqlite", "data", "keys", "audit-heads", "list.csv", "copies", "heads"} <= {f.name for f in made}
    wrong = {f: oct(f.stat().st_mode) for f in made if stat.S_IMODE(f.stat().st_mode) != (0o700, 0o600)[f.is_file()]}
    assert wrong == {}
