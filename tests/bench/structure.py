"""Measure the structure of `bot/` and `commands/` by their syntax: `python -m tests.bench.structure [CHECKOUT]`.

Entry points (verbs, migrations, decorated functions and dunder methods) do not count as used once.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

RELATIVE = {"what", "who", "how", "whether", "whose", "whatever", "whoever", "where", "when", "which", "why"}
#: Functions called by a library or by name: verbs, migrations, jobs and listeners.
ENTRY = {"main", "add", "upgrade", "downgrade"}


class Code:
    """Every module of `bot/` and `commands/` in a checkout."""

    def __init__(self, root: Path) -> None:
        self.texts = {
            _module(file.relative_to(root)): file.read_text(encoding="utf-8")
            for room in ("bot", "commands")
            for file in sorted((root / room).rglob("*.py"))
        }
        self.trees = {name: ast.parse(text) for name, text in self.texts.items()}

    def imports(self, module: str) -> set[str]:
        """Return the modules of ours that a module imports, also inside functions, type checking aside."""
        found: set[str] = set()
        for node in _nodes(self.trees[module]):
            if isinstance(node, ast.Import):
                found |= {a.name for a in node.names if a.name in self.trees}
            elif isinstance(node, ast.ImportFrom) and node.module:
                whole = {f"{node.module}.{a.name}" for a in node.names} & self.trees.keys()
                found |= whole or ({node.module} & self.trees.keys())
        return found - {module}


def _module(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk the nodes depth first, without those of the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _nodes(node)


def chain(code: Code) -> list[str]:
    """Return the longest import chain from a module to one without imports of ours; circles are cut."""
    imports = {module: sorted(code.imports(module)) for module in code.trees}

    @cache
    def below(module: str) -> tuple[str, ...]:
        walking.add(module)
        ways: list[tuple[str, ...]] = [below(found) for found in imports[module] if found not in walking]
        walking.discard(module)
        return (module, *max(ways, key=len, default=()))

    walking: set[str] = set()
    ways: list[tuple[str, ...]] = sorted((below(module) for module in code.trees), key=lambda way: len(way))
    return list(ways[-1])


def used_once(code: Code) -> tuple[list[str], list[str], int]:
    """Return the private and public functions that are read once, and the number of functions.

    A private one is read in its own module. A public one is read there and wherever it is imported; a public method,
    by its name everywhere, and only where no other class has one of that name.
    """
    names = {module: Counter(_reads(tree, ast.Name)) for module, tree in code.trees.items()}
    attributes = {module: Counter(_reads(tree, ast.Attribute)) for module, tree in code.trees.items()}
    everywhere = sum(attributes.values(), Counter())
    methods = Counter(f.name for _, f, top in _functions(code) if not top)
    private, public, count = [], [], 0
    for module, f, top in _functions(code):
        count += 1
        if f.name in ENTRY or f.decorator_list:
            continue
        if f.name.startswith("_"):
            if names[module][f.name] + attributes[module][f.name] == 1:
                private.append(f"{module}.{f.name}")
        elif top:
            if names[module][f.name] + _reads_elsewhere(code, module, f.name) == 1:
                public.append(f"{module}.{f.name}")
        elif methods[f.name] == 1 and everywhere[f.name] == 1:
            public.append(f"{module}.{f.name}")
    return private, public, count


def _functions(code: Code) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Return every named function but dunders, with its module, and whether it is at the module's top level."""
    for module, tree in code.trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("__"):
                yield module, node, node in tree.body


def _reads(tree: ast.AST, kind: type[ast.Name] | type[ast.Attribute]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, kind) and isinstance(node.ctx, ast.Load):
            yield node.id if isinstance(node, ast.Name) else node.attr


def _reads_elsewhere(code: Code, module: str, name: str) -> int:
    return sum(
        _reads_of(tree, module, name)
        for other, tree in code.trees.items()
        if other != module and name in code.texts[other]
    )


def _reads_of(tree: ast.AST, module: str, name: str) -> int:
    """Count a module's reads of another one's function, by its own name or behind the module's."""
    room, last = module.rpartition(".")[::2]
    called, inside = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            called |= {a.asname or a.name for a in node.names if (node.module, a.name) == (module, name)}
            inside |= {a.asname or a.name for a in node.names if (node.module, a.name) == (room, last)}
    return sum(
        (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in called)
        or (
            isinstance(node, ast.Attribute)
            and (node.attr, isinstance(node.value, ast.Name) and node.value.id in inside) == (name, True)
        )
        for node in ast.walk(tree)
    )


def first_words(code: Code) -> Counter[str]:
    docs = [
        ast.get_docstring(node) or ""
        for tree in code.trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return Counter(found[0].lower() for doc in docs if (found := re.findall(r"[A-Za-z']+", doc)))


def twice(code: Code) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return class names in two modules or more, and file names in two folders or more of one room.

    The platforms of `chat/` are siblings, and know nothing of one another: each has names of its own.
    """
    classes, files = defaultdict(list), defaultdict(list)
    for module, tree in code.trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(module)
        files[module.rpartition(".")[2]].append(module)
    platforms = {n: [re.match(r"bot\.chat\.\w+", module) for module in m] for n, m in classes.items()}
    apart = {n for n, found in platforms.items() if all(found) and len({f[0] for f in found if f}) == len(found)}
    again = {n: m for n, m in classes.items() if len(m) > 1 and n not in apart}
    return again, {n: m for n, m in files.items() if len(m) > 1}


def spread(values: list[int]) -> str:
    ordered = sorted(values)
    return f"median {statistics.median(ordered):g}, 90 % {ordered[int(len(ordered) * 0.9)]}, most {ordered[-1]}"


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    code = Code(root)
    names = [m for m in code.trees if m.startswith("bot.") and m.count(".") == 1]
    rooms = [m for m in names if (root / m.replace(".", "/")).is_dir()]
    loose = [m for m in names if m not in rooms]
    lines = [text.count("\n") for text in code.texts.values()]
    bodies = [(f.end_lineno or f.lineno) - f.lineno + 1 for _, f, _ in _functions(code)]
    private, public, count = used_once(code)
    words = first_words(code)
    classes, files = twice(code)
    way = chain(code)
    print(f"files {len(lines)}, lines {sum(lines)}; rooms {len(rooms)}, loose modules {len(loose)}")
    print(f"file length: {spread(lines)}")
    print(f"function length: {spread(bodies)}; functions {len(bodies)}")
    print(f"imports a module: {sum(len(code.imports(m)) for m in code.trees) / len(code.trees):.1f}")
    print(f"longest chain: {len(way)} ({' > '.join(m.rpartition('.')[2] for m in way)})")
    print(f"used once: private {len(private)} ({100 * len(private) / count:.0f} %), public {len(public)} of {count}")
    relative = sum(words[w] for w in RELATIVE)
    print(f"docstrings {sum(words.values())}, of them relative {relative}: {words.most_common(12)}")
    print(f"class names twice {len(classes)}: {sorted(classes)}")
    print(f"file names twice {len(files)}: {sorted(files)}")
    if "--list" in sys.argv:
        print(*private, *public, sep="\n")


if __name__ == "__main__":
    main()
