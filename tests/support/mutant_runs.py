"""Tests run against mutants, each in a fork, so that no file is changed and several runs may go on at once.

Two ways put a mutant in. One process imports and collects everything once, and a fork of it gives the functions their
changed code. Where the line is of no function, or runs at import too and survived so, a fork of a process that has
imported every library and nothing of ours imports the changed module by a hook.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import select
import signal
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from itertools import accumulate
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Literal

import coverage
import hypothesis
import pytest

from tests.support.mutation import Mutant, mutated, named_by, own_lines

#: caught    a test failed
#: unloaded  the module cannot be imported
#: endless   the tests took ten times as long
#: survived  every test that reaches it passed
#: untested  no test reaches it
Fate = Literal["caught", "unloaded", "endless", "survived", "untested"]
CAUGHT: tuple[Fate, ...] = ("caught", "unloaded", "endless")

Tell = Callable[[Any], object]
Changed = list[tuple[FunctionType, CodeType]]

OPTIONS = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
MEMORY = 6 * 1024**3
#: Seconds of the processor that a run may take beyond ten times those of the map.
GRACE = 10


@dataclass
class Reach:
    """Tests that execute each line: collected once."""

    #: Seconds of each test that passes.
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    #: Tests by line of a file; "" is the import.
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)

    def at_import(self, mutant: Mutant) -> bool:
        return "" in self._on(mutant.file, mutant.lines)

    def tests_of(self, mutant: Mutant, names: Names, longest: float) -> list[str]:
        """Return the tests of a mutant that take no longer in all: of its own files and room first, then the fastest.

        A line that runs at import is reached by the tests that name what it makes, by those of the lines that read
        that, and by its own test files.
        """
        found, first = self._on(mutant.file, mutant.lines), names.own_files(mutant.file)
        if "" in found:
            made, read = self._readers(mutant.name, names)
            first |= names.files_naming(made)
            found |= read | {test for test in self.seconds if _file(test) in first}
        room = f"{Path('tests', *Path(mutant.file).parts[1:]).parent.as_posix()}/"
        tests = sorted(
            found & self.seconds.keys(), key=lambda t: (_file(t) not in first, not t.startswith(room), self.seconds[t])
        )
        return tests[: max(1, sum(s <= longest for s in accumulate(self.seconds[t] for t in tests)))]

    def _readers(self, name: str, names: Names) -> tuple[list[str], set[str]]:
        """Return the names that are made of this one at import, itself first, and the tests that read any of them."""
        found, made = set[str](), [name] if name else []
        for each in made:  # grows while it is read
            for file, lines, makes in names.statements[each]:
                tests = self._on(file, lines)
                found |= tests
                if "" in tests and makes and makes not in made:
                    made.append(makes)
        return made, found

    def _on(self, file: str, lines: tuple[int, int]) -> set[str]:
        known, (first, last) = self.lines.get(file, {}), lines
        return {test for line in range(first, last + 1) for test in known.get(str(line), [])}


def _file(test: str) -> str:
    return test.partition("::")[0]


class Names:
    """Statements by the names that they read: file, lines, and the name they give a value; and words of test files."""

    def __init__(self, root: Path, files: Sequence[str], tests: Iterable[str]) -> None:
        self.words = {t: set(re.findall(r"\w+", (root / t).read_text(encoding="utf-8"))) for t in tests}
        self.statements: dict[str, list[tuple[str, tuple[int, int], str]]] = defaultdict(list)
        for file in files:
            for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
                if isinstance(node, ast.stmt | ast.match_case) and not isinstance(node, ast.Import | ast.ImportFrom):
                    for word in _read_in(node):
                        self.statements[word].append((file, own_lines(node), named_by(node)))

    def files_naming(self, made: Iterable[str]) -> set[str]:
        return {file for file, words in self.words.items() if not words.isdisjoint(made)}

    def own_files(self, file: str) -> set[str]:
        """Return the test files that mirror a file of rules."""
        mirrored = "/".join(["tests", *Path(file).with_suffix("").parts[1:]])
        folder, _, name = mirrored.rpartition("/")
        return {test for test in self.words if test.startswith((f"{folder}/test_{name}", f"{mirrored}/"))}


def _read_in(statement: ast.AST) -> set[str]:
    """Return the names in a statement, without those of the statements inside it."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(statement):
        if isinstance(node, ast.Name | ast.Attribute):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
        if isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        if not isinstance(node, ast.stmt | ast.match_case):
            found |= _read_in(node)
    return found


@dataclass(frozen=True)
class Trial:
    """A mutant and its tests, with the seconds of the processor that they may take."""

    mutant: Mutant
    tests: tuple[str, ...]
    seconds: float


def _parts(trial: Trial) -> Iterator[Trial]:
    """Yield the tests of the first files, then all others: importing every test file takes longer than most tests."""
    near = set(list(dict.fromkeys(map(_file, trial.tests)))[:3])
    for part in ([t for t in trial.tests if (_file(t) in near) is first] for first in (True, False)):
        if part:
            yield replace(trial, tests=tuple(part))


class Runs:
    """Runs of the tests of a checkout."""

    def __init__(self, root: Path, tests: Sequence[str], files: Sequence[str]) -> None:
        self.root, self.tests, self.files = root.resolve(), list(tests), list(files)

    @cached_property
    def reach(self) -> Reach:
        """Return the map of lines to tests, from a file where no rule and no test has changed since it was made."""
        text = hashlib.sha256(repr((self.tests, self.files)).encode())
        under = [f for t in self.tests for f in sorted((self.root / t).rglob("*.py")) or [self.root / t]]
        for file in (*under, *(self.root / f for f in self.files)):
            text.update(file.read_bytes())
        kept = Path(tempfile.gettempdir()) / f"mutants-{os.getuid()}-{text.hexdigest()[:16]}.json"
        if not kept.exists():
            found = list(_in_a_fork(self._collect))
            if not found:
                raise RuntimeError("the tests could not be run unchanged")
            kept.write_text(json.dumps(found[0]), encoding="utf-8")
        return Reach(**json.loads(kept.read_text(encoding="utf-8")))

    def fates(self, mutants: Sequence[Mutant], longest: float) -> Iterator[tuple[Mutant, Fate, str]]:
        """Run the tests against each mutant; yield its fate with the test that caught it, or the number of tests."""
        if not mutants:
            return
        reach = self.reach
        names = Names(self.root, self.files, {_file(test) for test in reach.seconds})
        trials = []
        for mutant in mutants:
            tests = reach.tests_of(mutant, names, longest)
            if tests:
                seconds = GRACE + 10 * sum(reach.seconds[t] for t in tests)
                trials.append(Trial(mutant, tuple(tests), seconds))
            else:
                yield mutant, "untested", "no test"
        _import(reach.libraries)
        done = set()
        for place, fate, by in _in_a_fork(partial(self._collected, trials)):
            mutant = trials[place].mutant
            if fate != "survived" or not reach.at_import(mutant):  # what it did at import was done before the change
                done.add(place)
                yield mutant, fate, by
        for trial in (t for n, t in enumerate(trials) if n not in done):
            yield trial.mutant, *self._part_by_part(trial)

    def _part_by_part(self, trial: Trial) -> tuple[Fate, str]:
        near, *far = _parts(trial)
        fate, by = _fate(near, partial(self._imported, near))
        for part in far if fate == "survived" else ():
            fate, by = _fate(part, partial(self._imported, part))
        return fate, by

    def _collect(self, tell: Tell) -> None:
        """Run every test unchanged, and name it to coverage."""
        self._enter()
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(self.root / file) for file in self.files]
            watch = coverage.Coverage(data_file=f"{folder}/lines", config_file=False, include=paths)
            watch.start()
            for file in self.files:
                importlib.import_module(_module(file))
            timed = _Timed(watch)
            pytest.main([*OPTIONS, *self.tests], plugins=[timed])
            watch.stop()
            data = watch.get_data()
            lines = {
                file: {str(line): sorted(tests) for line, tests in data.contexts_by_lineno(path).items()}
                for file, path in zip(self.files, paths, strict=True)
            }
        ours = {p.name.removesuffix(".py") for p in self.root.iterdir()} | {"__main__", "conftest"}
        libraries = [name for name in sys.modules if name.partition(".")[0] not in ours]
        passed = {test: took for test, took in timed.seconds.items() if test not in timed.failed}
        tell(asdict(Reach(passed, sorted(timed.failed), lines, libraries)))

    def _collected(self, trials: Sequence[Trial], tell: Tell) -> None:
        """Collect every test, then try each mutant in a fork; those whose code fits no function are left out."""
        self._enter()
        pytest.main([*OPTIONS, *self.tests], plugins=[_Loop(self.root, trials, tell)])

    def _imported(self, trial: Trial, tell: Tell) -> object:
        """Import the changed module, then collect and run its tests."""
        self._enter()
        file = trial.mutant.file
        code = compile(mutated(self.root, trial.mutant), str(self.root / file), "exec")
        sys.meta_path.insert(0, _Hook(_module(file), str(self.root / file), code))
        try:
            importlib.import_module(_module(file))
        except BaseException:  # whatever the change made of it
            return tell(["unloaded", ""])
        chosen = _Chosen(trial.tests)
        status = pytest.main([*OPTIONS, "-x", *sorted({t.partition("::")[0] for t in trial.tests})], plugins=[chosen])
        if status in {0, 5}:
            return tell(["survived", f"{len(trial.tests)} tests"])
        return tell(["caught", chosen.failed or f"status {int(status)}"])

    def _enter(self) -> None:
        os.chdir(self.root)
        sys.path.insert(0, str(self.root))


class _Hook(importlib.abc.MetaPathFinder):
    """Finds one module, with the code that it is given."""

    def __init__(self, module: str, path: str, code: CodeType) -> None:
        self.module, self.path, self.code = module, path, code

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> Any:
        if name != self.module:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=_Loader(name, self.path, self.code))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code


class _Mode:
    """Settings of every run: examples of a fixed seed, none stored and none made smaller."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutants", deadline=None, derandomize=True, database=None, phases=phases, print_blob=False
        )
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what starts a server or a process, which is much for one mutant and does not see it."""
        items[:] = [
            i for i in items if not {"postgresql_server", "postgresql_url"} & set(getattr(i, "fixturenames", ()))
        ]


class _Timed(_Mode):
    """Names the running test to coverage, and times it."""

    def __init__(self, watch: coverage.Coverage) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.watch.switch_context(item.nodeid)
        began = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - began
            self.watch.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


class _Chosen(_Mode):
    """Runs the chosen tests in their order, and keeps the one that fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: n for n, test in enumerate(tests)}
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests, in their order."""
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = report.nodeid


class _Loop(_Mode):
    """Stands in for the loop of tests: each mutant is put into a fork, where its tests run until one fails."""

    def __init__(self, root: Path, trials: Sequence[Trial], tell: Tell) -> None:
        self.root, self.trials, self.tell = root, trials, tell
        self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = _functions(self.root)
        for place, trial in enumerate(self.trials):
            changed = _changed(self.root, trial.mutant, functions)
            if changed:
                chosen = [items[test] for test in trial.tests]
                self.tell([place, *_fate(trial, partial(self._tried, session, chosen, changed))])
        return True

    def _tried(self, session: pytest.Session, items: list[pytest.Item], changed: Changed, tell: Tell) -> object:
        for function, code in changed:
            function.__code__ = code
        session.items = items
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed:
                return tell(["caught", self.failed])
        return tell(["survived", f"{len(items)} tests"])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def _functions(root: Path) -> dict[str, list[FunctionType]]:
    """Return every function by the file that it is of."""
    gc.unfreeze()
    found = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(f"{root}{os.sep}"):
            found[os.path.relpath(each.__code__.co_filename, root)].append(each)
    gc.freeze()
    return found


def _changed(root: Path, mutant: Mutant, functions: dict[str, list[FunctionType]]) -> Changed:
    """Return the functions that a mutant changes, with their new code; none where it does not fit its function."""
    new: dict[tuple[str, int], list[CodeType]] = defaultdict(list)
    for code in _codes(compile(mutated(root, mutant), str(root / mutant.file), "exec")):
        new[code.co_qualname, code.co_firstlineno].append(code)
    found = []
    for function in functions[mutant.file]:
        codes = new[function.__code__.co_qualname, function.__code__.co_firstlineno]
        if len(codes) != 1 or codes[0].co_freevars != function.__code__.co_freevars:
            return []
        if codes[0] != function.__code__:
            found.append((function, codes[0]))
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _module(file: str) -> str:
    return ".".join(Path(file).with_suffix("").parts).removesuffix(".__init__")


def _import(libraries: Sequence[str]) -> None:
    """Import what the tests import but for our own: each fork then has it at once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in libraries:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _fate(trial: Trial, run: Callable[[Tell], object]) -> tuple[Fate, str]:
    """Run in a fork with a limit of the processor's time, which a busy machine does not shorten."""
    over: list[bool] = []
    for fate, by in _in_a_fork(run, trial.seconds, over):
        return fate, by
    return ("endless", "") if over else ("caught", "the process ended")


def _in_a_fork(run: Callable[[Tell], object], seconds: float = 0, over: list[bool] | None = None) -> Iterator[Any]:
    """Yield what a function tells from a fork; 0 seconds are no limit."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            _limit(seconds)
            run(lambda found: os.write(writing, json.dumps(found).encode() + b"\n"))
        os._exit(0)
    os.close(writing)
    wall = time.monotonic() + 60 + 20 * seconds
    try:
        with os.fdopen(reading, "rb") as pipe:
            while not seconds or select.select([pipe], [], [], max(0, wall - time.monotonic()))[0]:
                if not (line := pipe.readline()):
                    break
                yield json.loads(line)
            else:
                os.kill(child, signal.SIGKILL)
    finally:
        _, status = os.waitpid(child, 0)
        if over is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGKILL, signal.SIGXCPU}:
            over.append(True)


def _limit(seconds: float) -> None:
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
