"""Logs: canaries of every kind go in, by our own lines, by libraries and by exceptions; none comes out."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import setup
from bot.logs.redaction import READ, Redaction
from bot.rules.text.secret_patterns import PASSWORD, TOKEN

CANARIES = {
    "reference": "OX-7QK4",
    "reference in small letters": "ox-7qk4",
    "reference with a typed dash": "OX\u20137QK4",
    "e-mail": "jane.o'neil+x@example.org",
    "postcode": "OX4 2AB",
    "postcode without a space": "ox42ab",
    "telephone": "01865 249 811",
    "mobile": "07700 900123",
    "telephone abroad": "+44 (0) 7700 900123",
    "telephone with 00": "0044 7700 900123",
    "NHS number": "943 476 5919",
    "NHS number in one": "9434765919",
    "UPN": "A123456789012",
    "temporary UPN": "H80120000000B",
    "Slack token": "xoxb-" + "123-abcDEF",
    "Slack app token": "xapp-" + "1-A0-abc",
    "bearer": "Bearer abc.def-123",
    "JWT": "eyJ" + "hbGciOiJI.eyJzdWIiOiIx.c2ln",
    "hex key": "0f" * 32,
    "password in an address": "postgresql://bot:hunter2@db/bot",
    "password named": "password=hunter2",
    "reason": 'child OX-7QK4 because "her aunt Jane rang"',
    "reason in curly quotes": "because \u201cher aunt Jane rang\u201d",
}
#: The part of each that must not be seen; the whole, where nothing is said.
HEARTS = {
    "bearer": "abc.def-123",
    "password in an address": "hunter2",
    "password named": "hunter2",
    "reason": "Jane",
    "reason in curly quotes": "Jane",
}
BORN = ["2003-02-01", "01/02/2003", "1 2 2003", "20030201", "01.02.03"]
WORDS = st.text(st.characters(exclude_categories=["Cs", "L", "N"]), max_size=30)


def heart(kind: str) -> str:
    return HEARTS.get(kind, CANARIES[kind])


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, level = logging.getLogger(), logging.getLogger(setup.LOGGER).level
    before, hook, raising = list(root.handlers), threading.excepthook, logging.raiseExceptions
    found = io.StringIO()
    setup.configure(found, json=True, prefix="OX")
    yield found
    root.handlers[:] = before
    threading.excepthook, logging.raiseExceptions = hook, raising
    logging.getLogger(setup.LOGGER).setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("kind", CANARIES)
@pytest.mark.parametrize(
    "write",
    [
        lambda text: setup.log(f"before {text} after"),
        lambda text: setup.log("event", value=text),
        lambda text: setup.log("event", value={"deep": [{text: (text,)}]}),
        lambda text: setup.log("event", **{text: 1}),
        lambda text: logging.getLogger("library").warning("before %s after", text),
        lambda text: logging.getLogger("library").warning(text),
        lambda text: logging.getLogger("library").error("args", exc_info=ValueError(text)),
        lambda text: setup.unexpected(KeyError(text)),
    ],
)
def test_no_canary_comes_out(stream: io.StringIO, kind: str, write: Callable[[str], None]) -> None:
    write(CANARIES[kind])
    assert len(lines(stream)) == 1
    assert heart(kind) not in stream.getvalue()
    assert heart(kind).encode("unicode_escape").decode() not in stream.getvalue()


@given(st.sampled_from(sorted(CANARIES)), WORDS, WORDS)
def test_whatever_stands_around_it(kind: str, before: str, after: str) -> None:
    found = Redaction("OX").of_text(f"{before} {CANARIES[kind]} {after}")
    assert heart(kind) not in found
    assert not any(ord(c) < 32 or c in "\x7f\u2028\u2029" for c in found)


@given(st.sampled_from(sorted(CANARIES)), st.integers(0, READ + 200))
def test_no_cut_lets_half_of_one_out(kind: str, place: int) -> None:
    found = Redaction("OX").of_text("- " * (place // 2) + CANARIES[kind] + " -" * 3000)
    assert len(found) < 1200
    for length in range(6, len(heart(kind))):
        assert heart(kind)[:length] not in found


@pytest.mark.parametrize("day", BORN)
@pytest.mark.parametrize("name", ["birth_date", "police_birth_date", "born", "dob", "child_dob"])
def test_no_date_of_birth(day: str, name: str) -> None:
    redaction = Redaction("OX")
    assert day not in str(redaction.of_event({"event": "x", name: day}))
    assert day not in redaction.of_text(f"{name}: {day}")
    assert redaction.of_text(f"taken {day}") == f"taken {day}"  # no other date is one


@pytest.mark.parametrize(
    "text",
    [
        "police.csv: 100,000 rows read: 7 new",
        "stats north 2017-H1",
        "ready in 3.21 s",
        "bot/store/loading/load.py:57 in merge_staged",
        "sqlite:///data/bot.sqlite",
        "because it rained",
        "2026-11-22T08:00:00Z",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert Redaction("OX").of_text(text) == text


def test_numbers_stay_numbers_unless_they_are_somebodys(stream: io.StringIO) -> None:
    setup.log("event", rows=100_000, seconds=1.5, ok=True, nothing=None, nhs=9434765919, raw=b"OX-7QK4")
    (line,) = lines(stream)
    assert (line["rows"], line["seconds"], line["ok"], line["nothing"]) == (100_000, 1.5, True, None)
    assert (line["nhs"], line["raw"]) == ("[NHS number]", "[bytes]")


def test_any_prefix_where_none_is_known() -> None:
    assert Redaction().of_text("child OX-7QK4, child WILT-22K4Q") == "child [child], child [child]"
    assert Redaction("TS").of_text("TS-7QK4") == "[child]"


def test_one_event_is_one_line(stream: io.StringIO) -> None:
    setup.log("first\r\nlevel=error forged\x1b[31m\u2028")
    logging.getLogger("library").warning("a\nb\r%s", "c\nd")
    assert [line["event"] for line in lines(stream)] == [
        "first\\r\\nlevel=error forged\\x1b[31m\\u2028",
        "a\\nb\\rc\\nd",
    ]


def test_the_same_in_plain_lines() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(setup.RedactingFormatter(False, Redaction("OX")))
    record = logging.LogRecord("library", logging.WARNING, "f.py", 1, "child %s\nx", ("OX-7QK4",), None)
    handler.emit(record)
    said = stream.getvalue()
    assert said.count("\n") == 1
    assert "OX-7QK4" not in said
    assert "level='warning' event='child [child]" in said


def fail(name: str) -> None:
    raise LookupError(f"no {name}") from OSError(2, name, f"/home/{name}/x.csv")


def test_an_exception_is_kinds_and_places(stream: io.StringIO) -> None:
    try:
        fail("Jane Smith")
    except LookupError as fault:
        said = setup.unexpected(fault)
    (line,) = lines(stream)
    assert f"(code {line['code']})" in said
    assert len(line["code"]) == 8
    assert line["exception"].startswith("LookupError at logs/test_setup.py:")
    assert "in fail" in line["exception"]
    assert "; caused by FileNotFoundError" in line["exception"]
    assert "Jane" not in stream.getvalue() + said


def test_a_thread_that_fails_says_no_more(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=fail, args=("Jane Smith",))
    thread.start()
    thread.join()
    assert [line["event"] for line in lines(stream)] == ["unexpected"]
    assert "Jane" not in stream.getvalue() + capsys.readouterr().err


def test_a_line_that_cannot_be_written_is_not_printed(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("library").warning("%d", "Jane Smith")
    assert "Jane" not in stream.getvalue() + capsys.readouterr().err


def test_configured_again_there_is_one_line(stream: io.StringIO) -> None:
    setup.configure(stream, json=True, prefix="OX")
    setup.log("once")
    assert len(lines(stream)) == 1


#: What feeds a pattern's worst case: a long run of what it accepts, without the end it waits for.
FOOD = [
    *("a", "a.", "a@", "A1", "0", "0 ", "(0", "+44 ", "-", " "),
    *("xoxb-", "eyJ", "eyJaaaaaaaa.", "://a:", "because ", 'because "', "password=", "OX-"),
]
ALL = [*(pattern for _, pattern in Redaction().patterns), TOKEN, PASSWORD]


def seconds(pattern: Any, text: str) -> float:
    """Of this thread alone: whatever else the machine does is left out."""
    began = time.thread_time()
    pattern.sub("", text)
    return time.thread_time() - began


@pytest.mark.parametrize("pattern", ALL, ids=lambda p: p.pattern[:30])
def test_long_texts_take_no_squares_of_time(pattern: Any) -> None:
    """The length is twenty times what is ever read (READ): a square of it would take many seconds."""
    for food in FOOD:
        short, long = (food * (length // len(food)) for length in (20_000, 80_000))
        took = seconds(pattern, long)
        assert took < 1, food
        if took > 0.1:  # else too quick to be compared
            assert took / seconds(pattern, short) < 10, food  # 4 if linear, 16 if square
