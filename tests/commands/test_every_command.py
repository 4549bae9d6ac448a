"""Every command has all its parts: this test fails until they are there, and says what to write where.

`commands/reporters.py` is the sibling to copy. Figures are followed by their names: `figures.NAME` in a command is a
method of StatisticsFacts, and `facts.NAME` there or in a command is a line of the protocol Facts.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import commands
from bot.messages import released_figures
from bot.messages.half_year_table import sheet_of
from bot.messages.released_figures import ReleasedFigures, StatisticsFacts, TrueFigures
from bot.rules.model import Period
from bot.rules.queries.facts import Facts
from bot.rules.time.period import parse_period
from bot.settings import ROOT
from bot.store.queries.facts import StoredFacts
from tests.store.queries.test_facts import ELSEWHERE, of_children, of_figures, of_lists
from tests.support.asking import COMMANDS, COUNTED, REFERENCES, ask
from tests.support.factories import NOW, at, episode, hours, partnership
from tests.support.memory_facts import MemoryFacts

QUESTIONS = ELSEWHERE | {name for name, _ in (*of_figures(), *of_lists(), *of_children())}
MAY = at("Mon 1 May 2017 12:00")
#: Three children with an episode each, so that every count of them is small.
FEW = MemoryFacts([episode(n, MAY + hours(n), MAY + hours(n + 5)) for n in (1, 2, 3)])


@pytest.mark.parametrize("file", sorted(m.name for m in pkgutil.iter_modules(commands.__path__)))
def test_nothing_of_a_command_is_missing(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = importlib.import_module(f"commands.{file}").COMMAND.name
    folder = ROOT / "commands" / file
    trees = [ast.parse(f.read_text(encoding="utf-8")) for f in folder.glob("*.py")]
    trees = trees or [ast.parse(folder.with_suffix(".py").read_text(encoding="utf-8"))]
    figures = {n for tree in trees for n in read_of(tree, "figures")}
    facts = {n for tree in trees for n in read_of(tree, "facts")}.union(*map(facts_behind, figures))
    missing = [
        *missing_papers(file, name),
        *(line for figure in sorted(figures) for line in missing_methods(figure)),
        *(line for fact in sorted(facts) for line in missing_queries(fact)),
    ]
    if name in COUNTED and not missing:
        missing += missing_protection(name, monkeypatch)
    assert not missing, "\n".join((f"commands/{file} lacks", *(f"- {line}" for line in missing)))


def missing_papers(file: str, name: str) -> Iterator[str]:
    """Find out whether the command has a test and a row in the reference."""
    folder = file if (ROOT / "commands" / file).is_dir() else ""
    test = Path("tests", "commands", folder, f"test_{file}.py")
    if not (ROOT / test).exists():
        yield f"its test: {test}, as tests/commands/test_reporters.py"
    reference = (
        (ROOT / "commands" / "README.md").read_text(encoding="utf-8").split("\n## Commands\n")[1].split("\n## ")[0]
    )
    usage = COMMANDS[name].usage.replace("|", "\\|")
    if f"\n| `{usage}` | " not in reference:
        yield f"its row in commands/README.md under Commands: | `{usage}` | what it answers | who may ask |"


def missing_methods(figure: str) -> Iterator[str]:
    """Find out whether a figure is given as it is, and as it may be read in a channel."""
    for owner in (StatisticsFacts, TrueFigures, ReleasedFigures):
        if not hasattr(owner, figure):
            yield f"the figure {figure} in class {owner.__name__} of bot/messages/released_figures.py, as `reporters`"


def missing_queries(fact: str) -> Iterator[str]:
    """Find out whether a fact has its line in the protocol, its query, its loop in memory and a question to both."""
    if not hasattr(Facts, fact):
        yield f"the line of {fact} in bot/rules/queries/facts.py: a figure in class Counts, as `reporters`"
    if not hasattr(StoredFacts, fact):
        yield f"the query {fact}: a figure in class Figures of bot/store/queries/figures.py, as `reporters`"
    if not hasattr(FEW, fact):
        yield f"{fact} as a loop over episodes, in class MemoryFacts of tests/support/memory_facts.py, as `reporters`"
    if fact not in QUESTIONS:
        yield f"the question {fact} in tests/store/queries/test_facts.py: a figure in of_figures(), as `reporters`"


def missing_protection(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Find out whether a figure's counts are on the released sheet, and tied to others there; and whether all are."""
    measures: set[str] = set()

    def noting(self: ReleasedFigures, scope: str, period: Period, measure: str) -> int | None:
        measures.update([] if measure.startswith("median: ") else [measure])
        return released(self, scope, period, measure)

    released = ReleasedFigures._of
    monkeypatch.setattr(ReleasedFigures, "_of", noting)
    replies = [ask(example, of=FEW, place=REFERENCES) for example in COMMANDS[name].examples]
    sheet = sheet_of(FEW, partnership(), parse_period("2017-H1", NOW), NOW)
    printed = {c.key[2] for c in sheet.printed}
    tied = {measure for r in sheet.relations if len({k[:2] for k, _ in r.terms}) == 1 for (*_, measure), _ in r.terms}
    tied |= {measure for *_, measure in sheet.percents}
    where = "in class _Scope of bot/messages/half_year_table.py, as `_reporters`"
    if absent := sorted(measures - printed):
        yield f"the lines of the released sheet, or they are c for ever, {where}: {', '.join(absent)}"
    if loose := sorted(measures & printed - tied):
        yield f"the sum they are parts of, from which a hidden one could be worked out, {where}: {', '.join(loose)}"
    cells = [c for r in replies for t in r.tables for row in t.rows for c in row]
    facts = [n for r in replies for f in r.facts for n in (f.value, f.numerator, f.denominator)]
    if any(isinstance(n, int) and 1 <= n <= 5 for n in (*cells, *facts)):
        yield "what hides small counts in a channel: released_figures.asked_for(), as commands/reporters.py"
    attack = (ROOT / "tests" / "attacks" / "test_suppression.py").read_text(encoding="utf-8")
    if f'ask(f"{name} ' not in attack:
        yield "its answers among those that are attacked: tests/attacks/test_suppression.py, answers(), as reporters"


def read_of(tree: ast.AST, name: str) -> Iterator[str]:
    """Find the attributes that are read of a variable, or of an attribute, of this name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and name in (getattr(node.value, "id", ""), getattr(node.value, "attr", "")):
            yield node.attr


def facts_behind(figure: str) -> set[str]:
    """Find the facts that a figure is made of, through the functions of `bot/messages/` that it calls."""
    found: set[str] = set()
    waiting = [getattr(owner, figure) for owner in (TrueFigures, ReleasedFigures) if hasattr(owner, figure)]
    for function in waiting:  # grows while it is read
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        found |= set(read_of(tree, "facts"))
        called = {getattr(n.func, "id", "") for n in ast.walk(tree) if isinstance(n, ast.Call)}
        near = [getattr(released_figures, c, None) for c in sorted(called)]
        waiting += [
            f for f in near if inspect.isfunction(f) and f.__module__.startswith("bot.messages") and f not in waiting
        ]
    return found
