"""python -m bot VERB: the command line. Each file of `bot.cli` that has `add(verbs)` adds its verbs."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import closing

import bot.cli
from bot.app import App
from bot.ingest.rejects import SourceError
from bot.logs import setup
from bot.rules.access.record_decisions import NotDecided
from bot.settings import SettingsError, read_settings
from bot.store.database import DatabaseError, in_plain_words


def parser() -> argparse.ArgumentParser:
    """Return the parser of every verb with its options."""
    top = argparse.ArgumentParser(
        prog="python -m bot", description="Missing children: digest, figures, return interviews."
    )
    top.add_argument("--version", action="version", version=f"missing-children-bot {bot.__version__}")
    verbs = top.add_subparsers(metavar="VERB", required=True)
    for module in pkgutil.iter_modules(bot.cli.__path__):
        found = importlib.import_module(f"bot.cli.{module.name}")
        if hasattr(found, "add"):
            found.add(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb. Exit 0 when done, 1 when it could not be done, 2 for wrong options or settings.

    A failure prints one plain sentence on stderr.
    """
    given = parser().parse_args(arguments)
    # Whatever this process makes is its owner's alone, also the folders above a folder and the files of libraries.
    os.umask(0o077)
    setup.configure(sys.stderr, json=not sys.stderr.isatty())
    try:
        run: Callable[[App, argparse.Namespace], int] = given.run
        with closing(App(read_settings())) as app, in_plain_words():
            return run(app, given)
    except SettingsError as fault:
        print(fault, file=sys.stderr)
        return 2
    except (SourceError, DatabaseError, NotDecided) as fault:
        print(fault, file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"{fault.filename}: {fault.strerror}." if fault.filename else f"{fault}.", file=sys.stderr)
        return 1
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        print(f"The file is not valid TOML: {fault}.", file=sys.stderr)
        return 1
    except Exception as fault:  # a bug; a traceback would quote the values it met
        print(setup.unexpected(fault), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
