"""Tests run against mutants: each in a process forked from one that has imported every library, and nothing of ours.

The changed module is put in by an import hook, so that no file is written and several runs may go on at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

import coverage
import hypothesis
import pytest

from tests.support.mutation import Mutant, mutated

#: caught    a test failed
#: unloaded  the module cannot be imported
#: endless   the tests took ten times as long
#: survived  every test that reaches it passed
#: untested  no test reaches it
Fate = Literal["caught", "unloaded", "endless", "survived", "untested"]
CAUGHT: tuple[Fate, ...] = ("caught", "unloaded", "endless")

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore::pytest.PytestAssertRewriteWarning")
MEMORY = 6 * 1024**3
#: Seconds of the processor that a run may take beyond ten times those of the map.
GRACE = 10


@dataclass
class Reach:
    """Tests that execute each line: collected once."""

    #: Seconds of each test that passes, in the order of the run.
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    #: Tests by line of a file; "" is the import.
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests of a mutant: those of its own test files first, then the fastest.

        A line that runs at import, such as a constant, is reached by every test of its module and may be by any other.
        """
        known = self.lines.get(mutant.file, {})
        first, last = mutant.lines
        found = {test for line in range(first, last + 1) for test in known.get(str(line), [])}
        if "" in found or not found:
            module = {test for tests in known.values() for test in tests} - {""}
            found = set(self.seconds) if found else set()
            return sorted(found & self.seconds.keys(), key=lambda t: (t not in module, *self._order(mutant, t)))
        return sorted(found & self.seconds.keys(), key=lambda t: self._order(mutant, t))

    def _order(self, mutant: Mutant, test: str) -> tuple[bool, bool, float]:
        mirrored = "/".join(["tests", *Path(mutant.file).with_suffix("").parts[1:]])
        room = "/".join(mirrored.split("/")[:2])
        folder, _, name = mirrored.rpartition("/")
        own = test.startswith((f"{folder}/test_{name}", f"{mirrored}/"))
        return not own, not test.startswith(f"{room}/"), self.seconds[test]


class Runs:
    """Runs of the tests of a checkout."""

    def __init__(self, root: Path, tests: Sequence[str], files: Sequence[str]) -> None:
        self.root, self.tests, self.files = root.resolve(), list(tests), list(files)

    def reach(self) -> Reach:
        """Return the map of lines to tests, from a file where nothing has changed since it was made."""
        text = hashlib.sha256(repr((str(self.root), self.tests, self.files)).encode())
        for file in sorted(self.root.rglob("*.py")):
            if ".venv" not in file.parts:
                text.update(file.read_bytes())
        kept = Path(tempfile.gettempdir()) / f"mutants-{os.getuid()}-{text.hexdigest()[:16]}.json"
        if not kept.exists():
            found, _ = _in_a_fork(self._collect, seconds=3600)
            if not isinstance(found, dict):
                raise RuntimeError("the tests could not be run unchanged")
            kept.write_text(json.dumps(found), encoding="utf-8")
        reach = Reach(**json.loads(kept.read_text(encoding="utf-8")))
        _import(reach.libraries)
        return reach

    def fate(self, mutant: Mutant, tests: Sequence[str], seconds: float) -> tuple[Fate, str]:
        """Run the tests against a mutant; return its fate and the test that caught it."""
        if not tests:
            return "untested", ""
        module = ".".join(Path(mutant.file).with_suffix("").parts).removesuffix(".__init__")
        code = compile(mutated(self.root, mutant), str(self.root / mutant.file), "exec")

        def run() -> object:
            sys.meta_path.insert(0, _Hook(module, str(self.root / mutant.file), code))
            os.chdir(self.root)
            sys.path.insert(0, str(self.root))
            try:
                importlib.import_module(module)
            except BaseException:  # whatever the change made of it
                return ["unloaded", ""]
            chosen = _Chosen(tests)
            status = pytest.main([*OPTIONS, *sorted({t.partition("::")[0] for t in tests})], plugins=[chosen])
            return ["survived" if status in {0, 5} else "caught", chosen.failed or f"status {int(status)}"]

        found, in_time = _in_a_fork(run, seconds=GRACE + 10 * seconds)
        if not isinstance(found, list):
            return ("caught", "the process ended") if in_time else ("endless", "")
        return found[0], found[1] if found[0] == "caught" else ""

    def _collect(self) -> dict[str, Any]:
        os.chdir(self.root)
        sys.path.insert(0, str(self.root))
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(self.root / file) for file in self.files]
            watch = coverage.Coverage(data_file=f"{folder}/lines", config_file=False, include=paths)
            watch.start()
            for file in self.files:
                importlib.import_module(".".join(Path(file).with_suffix("").parts).removesuffix(".__init__"))
            timed = _Timed(watch)
            pytest.main([*OPTIONS[1:], *self.tests], plugins=[timed])
            watch.stop()
            data = watch.get_data()
            lines = {
                file: {str(line): sorted(tests) for line, tests in data.contexts_by_lineno(path).items()}
                for file, path in zip(self.files, paths, strict=True)
            }
        ours = {p.name for p in self.root.iterdir()} | {"__main__", "conftest"}
        libraries = [name for name in sys.modules if name.partition(".")[0].removesuffix(".py") not in ours]
        passed = {test: took for test, took in timed.seconds.items() if test not in timed.failed}
        return asdict(Reach(passed, sorted(timed.failed), lines, libraries))


class _Hook(importlib.abc.MetaPathFinder):
    """Finds one module: with the code that it is given."""

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
    """Settings of both runs: examples of a fixed seed, none stored and none made smaller."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutants", deadline=None, derandomize=True, database=None, phases=phases, print_blob=False
        )
        hypothesis.settings.load_profile("mutants")


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
        if report.outcome == "failed":
            self.failed.add(report.nodeid)


class _Chosen(_Mode):
    """Runs the chosen tests in their order, and keeps the one that fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: n for n, test in enumerate(tests)}
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def _import(libraries: Sequence[str]) -> None:
    """Import what the tests import but for our own: each fork then has it at once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in libraries:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _in_a_fork(run: Callable[[], object], seconds: float) -> tuple[object, bool]:
    """Run in a fork that may use so many seconds of the processor; return its answer and whether it kept to them."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            _quietly(run, writing, seconds)
        os._exit(0)
    os.close(writing)
    answer, wall = b"", time.monotonic() + 60 + 20 * seconds
    while (left := wall - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        if not (piece := os.read(reading, 1 << 20)):
            break
        answer += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    in_time = not os.WIFSIGNALED(status) or os.WTERMSIG(status) not in {signal.SIGKILL, signal.SIGXCPU}
    return (json.loads(answer) if answer else None), in_time


def _quietly(run: Callable[[], object], answer: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    found = json.dumps(run()).encode()
    with os.fdopen(answer, "wb") as pipe:
        pipe.write(found)
