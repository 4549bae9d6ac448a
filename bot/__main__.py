"""python -m bot VERB: load exports, ask, post a digest, check the published figures, write practice data, demo."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import bot.cli
from bot.app import App
from bot.chat import terminal
from bot.cli import load_summary
from bot.cli.argument_types import moment
from bot.cli.demo import demo
from bot.conversation.reply import Reply
from bot.ingest.errors import SourceError
from bot.logs import setup
from bot.settings import ROOT, SettingsError, read_settings
from bot.store.database import DatabaseError, in_plain_words


def _ask(app: App, given: argparse.Namespace) -> int:
    """Answer a command as any platform would; a refusal is an answer, so it exits 0."""
    export = given.format != "text"  # it leaves as a file
    now = app.now(given.now)
    if given.press is not None:
        reply = app.press(given.press, given.person, given.place, now, export)
    else:
        reply = app.ask(" ".join(given.text), given.person, given.place, now, export)
    _print(app.buttons(reply, given.person, now) if given.format == "json" else reply, given.format)
    return 0


def _print(reply: Reply, reply_format: str) -> None:
    if reply_format == "text":
        terminal.post(reply, terminal.console())
    else:
        sys.stdout.write(terminal.FORMATS[reply_format](reply).rstrip("\n") + "\n")


def _load(app: App, given: argparse.Namespace) -> int:
    """Load one or several files of one source; each is one transaction, and a refused one does not stop the next."""
    done = [_load_one(app, given, file) for file in given.files]
    if len(done) > 1:
        print(f"{sum(done)} of {len(done)} files loaded.")
    return 0 if all(done) else 1


def _load_one(app: App, given: argparse.Namespace, file: Path) -> bool:
    """Say what became of one file; whether every row of it could be used."""
    screen = terminal.console()
    try:
        with terminal.counting(screen, f"Loading {file.name}") as progress:
            summary = app.load(given.source, file, given.taken_at, progress, fill_gaps=given.fill_gaps)
    except SourceError as fault:
        print(fault, file=sys.stderr)
        return False
    for line in load_summary.lines(summary):
        screen.print(line, markup=False, soft_wrap=True)
    return not summary.rejected


def _digest(app: App, given: argparse.Namespace) -> int:
    """Post a channel's digest to the terminal; exit 1 where it had to be withheld."""
    reply = app.digest(given.channel, app.now(given.now))
    _print(reply, given.format)
    return 1 if reply.status == "failed" else 0


def _figures(app: App, given: argparse.Namespace) -> int:
    """Count every published figure again; exit 1 where one differs."""
    try:
        reply = app.published(given.file, app.now(given.now))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
        raise SourceError(f"{given.file.name}: these are not published figures.") from fault
    _print(reply, given.format)
    return 1 if reply.status == "failed" else 0


def _practice(app: App, given: argparse.Namespace) -> int:
    """Write the three practice exports into a folder."""
    for file in app.practice(given.folder).values():
        print(file)
    return 0


def _unmatched(app: App, given: argparse.Namespace) -> int:
    """Write every difference between the agencies' records into a file, with both agencies' references."""
    print(f"{app.unmatched(given.file)} rows written to {given.file}, readable by you alone.")
    return 0


def _migrate(app: App, given: argparse.Namespace) -> int:
    """Bring the database's tables up to date (every other verb does so by itself), or rename the partnership."""
    if given.rename:
        before, name = app.rename(), app.settings.partnership.name
        is_new = before != name
        print(f'"{before}" is now called "{name}".' if is_new else f'The partnership is called "{name}" already.')
    print("The tables are up to date." if app.database else "")
    return 0


def _demo(app: App, given: argparse.Namespace) -> int:
    return demo(app)


def parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    top = argparse.ArgumentParser(
        prog="python -m bot", description="Missing children: digest, figures, return interviews."
    )
    verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Callable[[App, argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=about, description=about)
        found.set_defaults(run=run)
        return found

    def answers(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--now",
            type=moment,
            metavar="TIME",
            help="answer as at this time (London unless it has an offset)",
        )
        command.add_argument("--format", choices=tuple(terminal.FORMATS), default="text")

    load = verb("load", _load, "Load export files of one source: checked, matched, stored in one transaction.")
    load.add_argument("source", choices=("police", "children", "interviews"))
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    load.add_argument(
        "--taken-at",
        type=moment,
        metavar="TIME",
        help="when the export was taken (default: as the partnership file says, else when the file was last changed)",
    )
    load.add_argument(
        "--fill-gaps", action="store_true", help="of an export older than what is loaded, add what is absent"
    )
    load.add_argument("--now", dest="taken_at", type=moment, help=argparse.SUPPRESS)

    ask = verb("ask", _ask, 'Ask as a platform would: ask "stats north 2017-H1".')
    ask.add_argument("text", nargs="*", help="the command, such as: stats north")
    ask.add_argument("--as", dest="person", metavar="PERSON", help="who is asking: a person of the partnership file")
    ask.add_argument(
        "--in",
        dest="place",
        metavar="PLACE",
        help="where: private (default) or a channel of the partnership file",
    )
    ask.add_argument("--press", metavar="HANDLE", help="press a button of an earlier answer (see --format json)")
    answers(ask)

    digest = verb("digest", _digest, "Post a channel's digest to the terminal.")
    digest.add_argument("channel", nargs="?", help="a channel of the partnership file (default: the first)")
    answers(digest)

    figures = verb("figures", _figures, "Count every figure of the 2017 report again from the loaded records.")
    figures.add_argument("file", nargs="?", type=Path, default=ROOT / "deploy" / "published-figures.toml")
    answers(figures)

    practice = verb("practice", _practice, "Write the three practice exports into a folder.")
    practice.add_argument("folder", type=Path)

    verb(
        "demo",
        _demo,
        "From nothing to a practice morning: load, digest, figures, a child, interviews, a prompt.",
    )
    unmatched = verb(
        "unmatched", _unmatched, "Write what does not match into a CSV file, with both agencies' references."
    )
    unmatched.add_argument("file", type=Path)
    migrate = verb("migrate", _migrate, "Bring the database's tables up to date.")
    migrate.add_argument(
        "--rename", action="store_true", help="the partnership is called something else now: take the file's name"
    )
    for module in pkgutil.iter_modules(bot.cli.__path__):
        found = importlib.import_module(f"bot.cli.{module.name}")
        if hasattr(found, "add"):
            found.add(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 could not be done as asked, 2 wrong words or settings; one plain sentence on stderr."""
    given = parser().parse_args(arguments)
    setup.configure(sys.stderr, json=not sys.stderr.isatty())
    try:
        run: Callable[[App, argparse.Namespace], int] = given.run
        with closing(App(read_settings())) as app, in_plain_words():
            return run(app, given)
    except SettingsError as fault:
        print(fault, file=sys.stderr)
        return 2
    except (SourceError, DatabaseError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        print(_sentence(fault), file=sys.stderr)
        return 1
    except Exception as fault:  # a mistake of the program: no traceback, which would quote whatever it met
        print(setup.unexpected(fault), file=sys.stderr)
        return 1


def _sentence(fault: Exception) -> str:
    """What went wrong outside the program, for the person who can put it right."""
    if isinstance(fault, OSError):
        return f"{fault.filename}: {fault.strerror}." if fault.filename else f"{fault}."
    if isinstance(fault, ValueError):
        return f"The file is not valid TOML: {fault}."
    return str(fault)


if __name__ == "__main__":
    sys.exit(main())
