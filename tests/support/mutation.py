"""Mutants of a module: small changes of its meaning, one at a time.

A mutant is found and applied by syntax, so that annotations, decorators, docstrings and sentences stay as they are.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Strings that mean something to a program: words of a state, keys, units. Sentences are not rules.
CODE = re.compile(r"[\w.:/-]+")

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}

#: What the type checker alone reads, or what makes a class rather than a rule.
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "bases", "format_spec"}
SKIPPED_CALLS = {"cast", "NewType", "TypeVar"}


@dataclass(frozen=True)
class Mutant:
    """One change: the `choice`th of the `place`th node of the file.

    The lines of its statement tell which tests reach it, and the name that it gives a value tells who reads that.
    """

    file: str
    line: int
    text: str
    change: str
    lines: tuple[int, int]
    name: str
    place: int
    choice: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Name the change whatever lines are added above it."""
        return (self.file, self.text, self.change)


@dataclass
class _Place:
    """A node, and where its parent holds it."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt | ast.match_case | ast.Module

    def put(self, new: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


def mutants(root: Path, file: str) -> list[Mutant]:
    """Return every mutant of a file, in the order of its text."""
    source = (root / file).read_text(encoding="utf-8")
    lines = source.splitlines()
    found = []
    for at, place in enumerate(_places(ast.parse(source))):
        for choice, new in enumerate(_changes(place)):
            own = own_lines(place.statement)
            line = getattr(place.node, "lineno", own[0])
            change, name = f"{_words(place.node)} -> {_words(new)}", named_by(place.statement)
            found.append(Mutant(file, line, lines[line - 1].strip(), change, own, name, at, choice))
    return found


def mutated(root: Path, mutant: Mutant) -> ast.Module:
    """Return the syntax of the mutant's file with its change."""
    tree = ast.parse((root / mutant.file).read_text(encoding="utf-8"))
    place = list(_places(tree))[mutant.place]
    new = list(_changes(place))[mutant.choice]
    place.put(ast.copy_location(new, place.node))
    return ast.fix_missing_locations(tree)


def _words(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _places(tree: ast.Module) -> Iterator[_Place]:
    yield from _below(tree, tree)


def _below(node: ast.AST, statement: ast.stmt | ast.match_case | ast.Module) -> Iterator[_Place]:
    """Walk the nodes of the meaning in the order of the text, each with its statement."""
    for field, value in ast.iter_fields(node):
        if field in SKIPPED_FIELDS or (isinstance(node, ast.ClassDef) and field == "keywords"):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _means_nothing(node, child):
                continue
            own = child if isinstance(child, ast.stmt | ast.match_case) else statement
            yield _Place(child, node, field, index if isinstance(value, list) else None, own)
            yield from _below(child, own)


def _means_nothing(parent: ast.AST, node: ast.AST) -> bool:
    """Is this a docstring, the text of an f-string, an import, or for the type checker alone?"""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.expr_context | ast.alias):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Constant) and isinstance(parent, ast.JoinedStr | ast.Expr):
        return True
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SKIPPED_CALLS


def own_lines(node: ast.stmt | ast.match_case | ast.Module) -> tuple[int, int]:
    """Return the first and last line of a statement, without the statements inside it."""
    if isinstance(node, ast.Module):
        return 1, 1
    if isinstance(node, ast.match_case):
        return node.pattern.lineno, node.body[0].lineno
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else (node.end_lineno or node.lineno)
    return node.lineno, max(node.lineno, last)


def named_by(node: ast.AST) -> str:
    """Return the name that a statement gives a value or a function."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    targets = node.targets[:1] if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if targets and isinstance(targets[0], ast.Name) else ""


def _changes(place: _Place) -> Iterator[ast.AST]:
    """Return the nodes that may stand in its place."""
    node = place.node
    if isinstance(node, ast.expr) and place.field in {"test", "ifs"} and not isinstance(place.parent, ast.Assert):
        yield from _decided(place)
    if isinstance(node, ast.stmt):
        yield from _other_statement(node)
    elif isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.Constant):
        yield from _other_constant(node)
    elif isinstance(node, ast.expr):
        yield from _other_operator(node)


def _other_operator(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield _with(node, op=ARITHMETIC[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Call(func=ast.Name(id=name)) if name in SWAPPED:
            yield _with(node, func=ast.copy_location(ast.Name(SWAPPED[name], ast.Load()), node.func))


def _decided(place: _Place) -> Iterator[ast.AST]:
    """Drop a branch, a filter or a way round; a loop that never ends says nothing."""
    if not isinstance(place.parent, ast.While):
        yield ast.Constant(True)
    if place.field == "test":
        yield ast.Constant(False)


def _other_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign() if type(node.op) in ARITHMETIC:
            yield _with(node, op=ARITHMETIC[type(node.op)]())


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for table in (BOUNDARY, OPPOSITE):
            if type(op) in table:
                yield _with(node, ops=[*node.ops[:index], table[type(op)](), *node.ops[index + 1 :]])


def _other_constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str) and CODE.fullmatch(value):
        yield ast.Constant(f"{value}_x")


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new
