"""Tables of another version under this program: one sentence for every verb, and nothing is changed."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys

import pytest

from bot.__main__ import parser
from bot.settings import ROOT
from bot.store.database import REVISION
from tests.support.installation import KEYS, Installation

#: Every verb that asks the database, as somebody would type it.
ASKING = (
    "load police FILE",
    'ask "stats north"',
    "digest",
    "figures",
    "demo",
    "unmatched FILE",
    "unrecorded FILE --as coordinator",
    "migrate",
    "audit verify",
    "audit head",
    "audit who OX-7QK4 --as lead",
    "audit grants somebody",
    "backup --to copies",
    "hold list --as lead",
    "release 2017-H1 --as lead",
    "notices",
    "outbox",
    "people list",
    "people add w-1 --agency council --role analyst --as admin",
    "report 2017-H1 --to reports --as lead",
    "retention --dry-run",
    "serve --once",
    "serve",
    "subject scrub",
    "watch",
    "clock",
)
#: doctor says more, restore is the way out, and the others ask no database.
OTHERS = {"doctor", "restore", "manifest", "partnership", "practice"}
NEWER = (
    f"This database was made by a newer version of the bot (tables 9998, this program knows {REVISION}). "
    "Run the newer program, or restore a copy from before.\n"
)


def test_every_verb_is_tried() -> None:
    verbs = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert {shlex.split(words)[0] for words in ASKING} | OTHERS == set(verbs.choices)


@pytest.fixture
def bot(installation: Installation) -> Installation:
    installation.done("migrate")
    return installation


@pytest.mark.parametrize("words", ASKING)
def test_newer_tables_are_one_sentence(sqlite_installation: Installation, words: str) -> None:
    bot = sqlite_installation
    bot.done("migrate")
    bot.change("UPDATE alembic_version SET version_num = '9998'")
    (bot.folder / "FILE").write_text("police_ref\n")
    said = bot.run(*(str(bot.folder / word) if word == "FILE" else word for word in shlex.split(words)))
    assert (said.code, said.out, said.err) == (1, "", NEWER)
    assert bot.ask("SELECT version_num FROM alembic_version") == [("9998",)]
    assert bot.ask("SELECT count(*) FROM audit") == [(0,)]


def test_as_a_program_of_its_own_on_both_databases(bot: Installation) -> None:
    bot.change("UPDATE alembic_version SET version_num = '9998'")
    environ = {"PYTHONPATH": str(ROOT), "BOT_DATABASE_URL": bot.url} | KEYS
    words = [sys.executable, "-m", "bot", "ask", "stats"]
    done = subprocess.run(words, env=environ, cwd=bot.folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", NEWER)


@pytest.mark.parametrize("at", ["a1b2c3d4e5f6", "0000", "0001,0002"])
def test_a_version_that_nobody_here_made_is_one_sentence_too(bot: Installation, at: str) -> None:
    if "," in at:
        first, second = at.split(",")
        bot.change(f"UPDATE alembic_version SET version_num = '{first}'")  # noqa: S608
        bot.change(f"INSERT INTO alembic_version VALUES ('{second}')")  # noqa: S608
    else:
        bot.change(f"UPDATE alembic_version SET version_num = '{at}'")  # noqa: S608
    said = bot.run("ask", "stats")
    named = "" if "," in at else f" (tables {at})"
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"This database is of a version that this program does not know{named}; it knows tables up to {REVISION}. "
        "Run the program that made it, or restore a copy from before.\n"
    )


def test_the_doctor_names_it_as_a_fault(bot: Installation) -> None:
    bot.change("UPDATE alembic_version SET version_num = '9998'")
    said = bot.run("doctor")
    assert said.code == 1
    assert "this database was made by a newer version of the bot (tables 9998" in said.out
    assert "→ Run the newer program, or restore a copy from before\n" in said.out
    assert said.err == ""
