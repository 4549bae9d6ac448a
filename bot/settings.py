"""The environment with its keys, and the partnership file, checked before anything runs.

Each fault of the partnership file is one sentence with its line and what to write instead. pydantic checks the content
against the dataclasses of `bot.rules.partnership`; its words, and those of tomllib, reach nobody: a fault is told by
the kind of value that is wanted. Values are not quoted, because some are people's.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import re
import secrets
import socket
import tomllib
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as wall_time
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.rules.partnership.installation import Installation
from bot.rules.partnership.partnership import WEEKDAYS, Contradictory, Partnership, Place
from bot.rules.text.secret_patterns import looks_like_a_secret


class SettingsError(Exception):
    """The environment or the partnership file is wrong; the text says where, and what would be right."""


def read_partnership(file: Path) -> Partnership:
    """Read and check the partnership file; SettingsError lists every fault with its line."""
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise SettingsError(f"BOT_PARTNERSHIP: cannot read {file}: {fault.strerror}") from fault
    text = _decoded(content, file.name)
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # tomllib's own error is a ValueError, and not its only one
        raise SettingsError(f"{file.name}: {why_not_toml(text, str(fault))}") from None
    partnership = check_partnership(found, file.name, text)
    if faults := _one_folder_twice(partnership, file):
        raise SettingsError(_sentences(faults, file.name, text))
    return partnership


def _one_folder_twice(partnership: Partnership, file: Path) -> list[tuple[Place, str]]:
    """Find one folder that is named in two ways for two exports: a file in it would be loaded as both."""
    known: dict[object, str] = {}
    faults: list[tuple[Place, str]] = []
    for source in ("police", "children", "interviews"):
        given = getattr(partnership.sources, source).folder
        if not given:
            continue
        folder = os.path.abspath(file.resolve().parent / given)
        try:
            there = os.stat(folder)
            first = known.setdefault((there.st_dev, there.st_ino), source)
        except (OSError, ValueError):  # it is not there yet
            first = known.setdefault(folder, source)
        if first != source:
            says = f"is the folder of {first}, under another name: give each export a folder of its own"
            faults.append((("sources", source, "folder"), says))
    return faults


def _decoded(content: bytes, file_name: str) -> str:
    """Decode UTF-8, with the mark before it that Notepad writes, or without."""
    save = "Save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8)."
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in content[:4]:
        raise SettingsError(f"{file_name}: the file is saved as UTF-16. {save}")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        number = content.count(b"\n", 0, fault.start) + 1
        raise SettingsError(f"{file_name}: line {number}: a character is not UTF-8. {save}") from None


def check_partnership(content: Mapping[str, Any], file_name: str, text: str = "") -> Partnership:
    """Build a Partnership from plain data; see `read_partnership`. `text` is the file, for the lines of faults.

    The file is copied, sent and committed, so secrets are refused. The message gives the place and never the value,
    nor a key's name that is itself a secret.
    """
    faults: list[tuple[Place, str]] = list(_secrets(content, ())) or list(_zoned(content, ()))
    if not faults:
        try:
            # As strict JSON a number is no time, a text no number, and a list a tuple: what TOML can say.
            plain = json.dumps(content, default=lambda value: value.isoformat())
            return _adapter().validate_json(plain, strict=True)
        except ValidationError as wrong:
            faults = [fault for error in wrong.errors() for fault in _faults(error)]
    raise SettingsError(_sentences(faults, file_name, text)) from None


def _sentences(faults: Sequence[tuple[Place, str]], file_name: str, text: str) -> str:
    """Write each fault with its line and place."""
    lines, sentences = lines_of(text), []
    for place, says in faults:
        number = _line_of(lines, place, says)
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
        sentences.append(
            ": ".join([file_name, *([f"line {number}"] if number else []), *([where] if where else []), says])
        )
    return "\n".join(sentences)


@cache
def _adapter() -> TypeAdapter[Partnership]:
    return TypeAdapter(Partnership)


_TAKE_OUT = (
    "looks like a token, a key or a password. Take it out, have it replaced where it was made, and hand it over in "
    "the environment or in a file (NAME_FILE)."
)


def _secrets(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str) and looks_like_a_secret(value):
        yield place, _TAKE_OUT
    if isinstance(value, Mapping):
        for n, (key, inner) in enumerate(value.items(), 1):
            if looks_like_a_secret(str(key)):
                yield (*place, f"key {n}"), _TAKE_OUT
            else:
                yield from _secrets(inner, (*place, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _secrets(inner, (*place, n))


_ZONED = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)", re.ASCII)


def _zoned(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Find times of day with a zone: London's is meant everywhere, and two kinds cannot be compared."""
    if isinstance(value, str) and _ZONED.fullmatch(value):
        yield place, f"times of day are London's, without a zone: write {value[:5]}:00"
    if isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _zoned(inner, (*place, key))


# -- a value that is not what its key wants --


def _faults(error: ErrorDetails) -> list[tuple[Place, str]]:
    """Return the faults of one error of pydantic in plain words; contradictions are several."""
    kind, place = error["type"], error["loc"]
    inside = (error.get("ctx") or {}).get("error")
    if isinstance(inside, Contradictory):
        return [(place + where, says) for where, says in inside.faults]
    if kind == "value_error":
        return [(place, error["msg"].removeprefix("Value error, "))]
    if kind == "unexpected_keyword_argument":
        known = [field.name for field in dataclasses.fields(_section(_hint_at(place[:-1])))]
        near = difflib.get_close_matches(str(place[-1]), known, 1, 0.6)
        if str(place[-1]) in typing.get_type_hints(Partnership):
            return [(place, f"{place[-1]} belongs at the top of the file, before the first section in brackets")]
        suggestion = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}"
        return [(place, f"unknown key {place[-1]!r}. {suggestion}")]
    if kind in {"missing", "missing_argument"}:
        return [(place, "is missing")]
    is_key = place[-1:] == ("[key]",)
    place = place[:-1] if is_key else place
    hint = _hint_at(place[:-1] if is_key else place)
    if is_key:
        hint = next((typing.get_args(h)[0] for h in _alternatives(hint) if typing.get_origin(h) is dict), str)
    return [(place, _wanted(hint, error["input"], str(place[-1]) if isinstance(place[-1], str) else ""))]


def _hint_at(place: Place) -> Any:
    """Return the type at a place of the file, read from the dataclasses."""
    found: Any = Partnership
    for part in place:
        section = _section(found)
        if section is not None:
            found = typing.get_type_hints(section).get(str(part), str)
            continue
        for hint in _alternatives(found):
            inner = typing.get_args(hint)
            if inner and typing.get_origin(hint) in (tuple, dict):
                found = inner[typing.get_origin(hint) is dict]
    return found


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """Return `X` and `Y` of `X | Y`, else the type itself; None is never given in a file."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(each for each in typing.get_args(hint) if each is not type(None))
    return (hint,)


def _section(hint: Any) -> Any:
    """Return the dataclass of a section; None for any other kind of value."""
    return next((each for each in _alternatives(hint) if dataclasses.is_dataclass(each)), None)


def _wanted(hint: Any, given: Any, key: str) -> str:
    """Say what a key wants, and where the value that was given can be guessed at, what to write."""
    hint = _alternatives(hint)[0]
    kind = typing.get_origin(hint) or hint
    write = f"write {key} = " if key else "write "
    if kind is Literal:
        return _one_of(typing.get_args(hint), given)
    if kind is tuple:
        return _list_wanted(hint, given, key)
    if kind in _SIMPLE:
        what, example, guess = _SIMPLE[kind]
        found = guess(given)
        return f"is {what}: {write}{found}" if found else f"is {what}, such as {write[6:]}{example}"
    if kind is bool:
        return f"is true or false: {write}true (or false), in small letters and without quotation marks"
    if kind is str:
        return f'is text: put it in quotation marks, such as {write[6:]}"..."'
    section = _section(hint)
    if section is not None and isinstance(given, list):
        return f"is there once: write [{key}], with one pair of brackets"
    words = typing.get_args(typing.get_args(hint)[0]) if section is None else ()
    first = dataclasses.fields(section)[0].name if section is not None else (*words, "name")[0]
    return f"has further keys in it: {write}{{ {first} = ... }}"


def _one_of(words: tuple[Any, ...], given: Any) -> str:
    listed = [repr(word) for word in words]
    says = f"is one of {', '.join(listed[:-1])} or {listed[-1]}"
    if not isinstance(given, str):
        return says
    known = {str(word): word for word in words}
    near = difflib.get_close_matches(re.sub("[ -]", "_", given.strip().casefold()), known, 1, 0.6)
    return f"{says}. Did you mean {known[near[0]]!r}?" if near else says


def _list_wanted(hint: Any, given: Any, key: str) -> str:
    inner = typing.get_args(hint)[0]
    if _section(inner) is not None and isinstance(given, Mapping):
        return f"may be there several times: write [[{key}]], with two pairs of brackets"
    if len(typing.get_args(hint)) == 2 and typing.get_args(hint)[1] is not Ellipsis:
        return f"is a list of two: write {key} = [07:00:00, 22:00:00]"
    if set(typing.get_args(inner)) == set(WEEKDAYS):
        found = re.findall("|".join(WEEKDAYS), str(given).casefold()) or ["mon", "fri"]
        days = WEEKDAYS[WEEKDAYS.index(found[0]) : WEEKDAYS.index(found[-1]) + 1] or WEEKDAYS[:5]
        return f"is a list of days: write {key} = {json.dumps(list(days))}"
    example = {date: "[2026-12-24, 2026-12-31]", float: "[5, 15, 60]"}.get(inner, '["...", "..."]')
    return f"is a list, in square brackets: write {key} = {example}"


def _time_in(given: Any) -> str:
    """Return the time of day that a number or a text seems to mean, as TOML has it; empty where that is not clear."""
    found = re.fullmatch(r"\s*(\d{1,2})(?:[:.h](\d{1,2}))?(?:[:.]\d\d)?\s*([ap]\.?m\.?)?\s*", str(given), re.I | re.A)
    if not found:
        return ""
    hour, minute = int(found[1]), int((found[2] or "0").ljust(2, "0") if isinstance(given, float) else found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3][0] in "pP" else 0)
    return f"{hour:02}:{minute:02}:00" if hour < 24 and minute < 60 else ""


def _day_in(given: Any) -> str:
    """Return the day that a text seems to mean, day before month, as TOML has it."""
    found = re.fullmatch(r"\s*(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\s*", str(given), re.A)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""


def _number_in(given: Any) -> str:
    """Return the whole number that a value seems to mean; of a month its number."""
    if isinstance(given, str) and given.strip().casefold() in _MONTHS:
        return str(_MONTHS.index(given.strip().casefold()) + 1)
    if isinstance(given, float) and given.is_integer() and abs(given) < 1e9:
        return str(int(given))
    return given.strip() if isinstance(given, str) and re.fullmatch(r"\s*[1-9]\d{0,8}\s*", given, re.A) else ""


_MONTHS = [f"{date(2000, number, 1):%B}".casefold() for number in range(1, 13)]
#: Kind of value -> its name, an example, and what a value that is not one seems to mean.
_SIMPLE: dict[Any, tuple[str, str, Callable[[Any], str]]] = {
    wall_time: ("a time of day", "08:00:00", _time_in),
    date: ("a day", "2016-07-01", _day_in),
    datetime: ("a moment with its zone", "2017-07-05T08:00:00+01:00", lambda given: ""),
    int: ("a whole number", "8", _number_in),
    float: ("a number", "8", _number_in),
}


# -- lines --

_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]|[^\[\]{}\n"'#]+|.""",
    re.DOTALL,
)
_STRING = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|#.*""")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'))*)\s*="""
)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each header and each key with its value, with the line on which it begins."""
    number, depth, begins, said = 1, 0, 1, ""
    for piece in (found[0] for found in _TOKEN.finditer(text)):
        if piece == "\n" and (depth <= 0 or said.lstrip().startswith("[")):
            yield begins, said
            depth, said, begins = 0, "", number + 1
        elif not piece.startswith("#"):
            depth += (piece in "[{") - (piece in "]}")
            said += piece
        number += piece.count("\n")
    yield begins, said


def lines_of(text: str) -> dict[Place, int]:
    """Return the line of each section and of each key of a section. Inside a value they are not told apart."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    section: Place = ()
    for number, statement in _statements(text):
        said = statement.strip()
        is_header, is_item = said.startswith("["), said.startswith("[[")
        found = _KEY.match(f"{said.strip('[] ')}=" if is_header else said)
        if found is None:
            continue
        path = _path(found[1])
        place: Place = () if is_header else section
        for n, key in enumerate(path):
            place = (*place, key)
            if is_header and is_item and n == len(path) - 1:
                counts[place] = counts.get(place, 0) + 1
            lines.setdefault(place, number)
            if is_header and place in counts:
                place = (*place, counts[place] - 1)
                lines.setdefault(place, number)
        section = place if is_header else section
    return lines


def _path(key: str) -> list[str]:
    """Return the parts of a key: 'a."b c"' is a and b c."""
    try:
        inside: Any = tomllib.loads(f"{key} = 0")
    except ValueError:
        return [key]
    path = []
    while isinstance(inside, dict):
        name, inside = next(iter(inside.items()))
        path.append(name)
    return path


def _line_of(lines: Mapping[Place, int], place: Place, says: str) -> int | None:
    """Return the line of a place, or of the nearest around it; of a section the key that the sentence names."""
    keys = {str(key) for *inside, key in lines if tuple(inside) == place}
    named = next((word for word in re.findall(r"\w+", says) if word in keys), None) if place else None
    place = (*place, named) if named else place
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


# -- a text that is not TOML --

_SECTION_TWICE = "this section is there already. Where there may be several, each is [[name]]; else join the two"
#: What tomllib says, by its beginning -> what to do.
_MESSAGES = {
    "Cannot overwrite a value": "this key is there twice in its section: take one of them out",
    "Duplicate inline table key": "this key is there twice in its section: take one of them out",
    "Cannot declare": _SECTION_TWICE,
    "Cannot mutate immutable namespace": _SECTION_TWICE,
    "Unescaped": "there is a backslash in the text: put it in single quotation marks, such as 'C:\\exports'",
}
_CURLY = 'there are curly quotation marks here: write straight ones (")'
_HIDDEN = "there is a hidden character or a special space here: delete the spaces of this line and type them anew"
_BEFORE = r"(?:^|[=,\[{])\s*"
#: Slips on the line where tomllib stops, its texts and its comment taken away -> what to write.
_SLIPS: tuple[tuple[str, str], ...] = (
    ("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]", _CURLY),
    ("[\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]|[\x00-\x08\x0b-\x1f\x7f]", _HIDDEN),
    (r"[\"']", "a quotation mark is opened here and not closed"),
    (r"[=,\[]\s*0\d+\s*(?:$|[,\]}])", "a number does not begin with 0: write 8, not 08"),
    (
        r"=\s*(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)\s*(?:$|[,\]}])",
        "write true or false, in small letters",
    ),
    (r"[=,\[]\s*\d{4}-\d+-\d+", "there is no such day: a day is written year first, such as 2016-07-01"),
    (r"[=,\[]\s*\d+:\d+:\d+", "there is no such time of day: it is written as 08:00:00, up to 23:59:59"),
    (r"^\s*[\w.-]+\s*:\s*", "a key, then =, then its value, such as rows = 8: write = and not a colon"),
    (r"=\s*(?:$|[,\]}])", "the value is missing after ="),
    (r"^\s*\[", "a section is its name in brackets, alone on its line, such as [quiet_hours] or [[areas]]"),
    (r"[=,\[]\s*[+-]?\d[\d._]*\s*[^\s\d,\]}._]", "a number is alone, without its unit: such as hours = 24"),
    (r"[=,\[]\s*[^\W\d]", 'text needs quotation marks, such as role = "analyst"'),
    (r"^[^=]*$", "a key, then =, then its value, such as rows = 8: the = is missing"),
)


def why_not_toml(text: str, message: str) -> str:
    """Return the line and the slip because of which a text is not TOML; `message` is tomllib's, which is not shown."""
    lines = text.split("\n")
    found = re.search(r"at line (\d+)", message)
    number = min(int(found[1]), len(lines)) if found else len(lines)
    line = lines[number - 1]
    bare = _STRING.sub(lambda text: "" if text[0].startswith("#") else "_", line)
    opened = _never_closed(text)
    if re.search(_SLIPS[0][0], bare):
        return f"line {number}: {_CURLY}"
    if slip := re.search(_BEFORE + r"(\d{1,2}):(\d\d)\s*(?:[ap]\.?m\.?\s*)?(?![\d:])", bare, re.I | re.A):
        return f"line {number}: a time of day has its seconds: write {_time_in(slip[0].strip('=,[{ ')) or '08:00:00'}"
    if slip := re.search(_BEFORE + r"(\d{1,2}(?:\.\d\d)?\s*[ap]\.?m\b\.?)", bare, re.I | re.A):
        return f"line {number}: a time of day is written with its seconds: write {_time_in(slip[1]) or '08:00:00'}"
    if slip := re.search(_BEFORE + r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})", bare, re.A):
        return f"line {number}: a day is written year first: write {_day_in(slip[1]) or '2016-07-01'}"
    if opened and opened[1] <= number:
        return f"line {opened[1]}: the bracket {opened[0]} is opened here and never closed"
    says = next((says for begins, says in _MESSAGES.items() if message.startswith(begins)), "")
    if says and line.lstrip().startswith("["):
        says = _SECTION_TWICE
    if not says:
        says = next((says for pattern, says in _SLIPS if re.search(pattern, bare, re.A)), "")
    return f"line {number}: {says or 'this is no key with its value. See that quotation marks and brackets are closed'}"


def _never_closed(text: str) -> tuple[str, int] | None:
    """Return the first bracket that is never closed, and its line."""
    number, opened = 1, []
    for piece in (found[0] for found in _TOKEN.finditer(text)):
        if piece in "[{":
            opened.append((piece, number))
        elif piece in "]}" and opened:
            opened.pop()
        number += piece.count("\n")
    return opened[0] if opened else None


ROOT = Path(__file__).resolve().parent.parent
PRACTICE_FILE = ROOT / "deploy" / "practice.toml"
#: The part of the data folder for a practice partnership, apart from a real one's.
PRACTICE_FOLDER = "practice"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of every verb: database URL, partnership, and the folder for files beside the database.

    A practice partnership's folder is not a real one's: see `App.home` for the files of one database.
    """

    database_url: str = field(repr=False)  # it may hold a password
    partnership_file: Path
    partnership: Partnership
    data_folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)  # read again for the keys


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `BOT_DATABASE_URL` (or its file) and `BOT_PARTNERSHIP`; SettingsError in plain words.

    `postgresql://` means psycopg 3, so that an administrator need not know the driver's name.
    """
    env = os.environ if environ is None else environ
    file = Path(env.get("BOT_PARTNERSHIP") or PRACTICE_FILE)
    given, partnership = secret(env, "BOT_DATABASE_URL"), read_partnership(file)
    data = ROOT / "data" / PRACTICE_FOLDER if partnership.practice else ROOT / "data"
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg://", given or default_database(data))
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("BOT_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return Settings(url, file, partnership, data, env)


def default_database(data_folder: Path) -> str:
    """Return the database's address where `BOT_DATABASE_URL` is not set."""
    return f"sqlite:///{data_folder / 'bot.sqlite'}"


def replica_name(environ: Mapping[str, str]) -> str:
    """Return this replica's name: `BOT_REPLICA`, else host and process id."""
    name = environ.get("BOT_REPLICA") or f"{socket.gethostname()[:50]}-{os.getpid()}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name, re.ASCII):
        raise SettingsError("BOT_REPLICA: at most 64 letters, digits, dots, dashes and underscores.")
    return name


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """Read a secret from the variable NAME, from the file that NAME_FILE names, or from systemd's credential NAME; None
    where there is none of them.
    """
    given, file = environ.get(name), environ.get(f"{name}_FILE")
    if given and file:
        raise SettingsError(f"{name} and {name}_FILE are both set: leave one.")
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or "/nowhere", name)
    if not (given or file) and credential.exists():
        return secret_in(credential, name, OTHERS_OF_A_CREDENTIAL)
    return secret_in(Path(file), f"{name}_FILE") if file else given or None


#: Rights that others must not have to a secret.
OTHERS = 0o077
#: systemd gives its service the right to read a credential by an access list, which the mode shows as the group's.
OTHERS_OF_A_CREDENTIAL = 0o037


def secret_in(file: Path, called: str, others: int = OTHERS) -> str:
    """Read the one line of a file that is its owner's alone; SettingsError, which never quotes the file."""
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{called}: cannot read {file}: {getattr(fault, 'strerror', 'it is no text')}.") from None
    if mode & others and os.name != "nt":  # Windows has no such modes
        raise SettingsError(
            f"{called}: others may read {file}. Make it its owner's alone: chmod 600 {file} "
            "(a secret of a container: mode 0400, and its uid)."
        )
    if not text.strip():
        raise SettingsError(f"{called}: {file} is empty.")
    return text


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the audit trail and of encrypted fields; `repr` has neither, so that no traceback shows them."""

    audit: bytes = field(repr=False)
    data: bytes = field(repr=False)


def home(data_folder: Path, made: Installation) -> Path:
    """Return the folder of one database's keys, heads, outbox and rejects, so that none reads another's.

    A practice database older than the stamp has them in the folder of a real partnership.
    """
    if made.folder:
        return data_folder / "databases" / made.folder
    is_older = made.adopted and made.practice and data_folder.name == PRACTICE_FOLDER
    return data_folder.parent if is_older else data_folder


def read_keys(environ: Mapping[str, str], data_folder: Path, database_url: str, *, practice: bool = False) -> Keys:
    """Read BOT_AUDIT_KEY and BOT_DATA_KEY (or the files they name), else the database's own files, made on first use.

    Replicas on PostgreSQL must share their keys, so there they have to be given, except for practice data.
    """
    folder = data_folder / "keys" if practice or database_url.startswith("sqlite:") else None
    return Keys(_key(environ, "BOT_AUDIT_KEY", folder, "audit.key"), _key(environ, "BOT_DATA_KEY", folder, "data.key"))


def _key(environ: Mapping[str, str], name: str, folder: Path | None, file_name: str) -> bytes:
    """Read one key. In the folder, a new key is made where there is no file; without a folder it has to be given."""
    given = secret(environ, name)
    if given is not None:
        return _from_hex(name, given)
    if folder is None:
        raise SettingsError(
            f"{name} is not set, and every replica on PostgreSQL needs the same one. Make it once "
            f"(openssl rand -hex 32), keep it apart from the database's backups, and hand it over as {name} "
            f"or in a file named by {name}_FILE."
        )
    file = folder / file_name
    if not file.exists():
        # Written under another name, then linked: two processes that start together use the first key.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{file_name}.{secrets.token_hex(8)}"
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # the other process was first
        finally:
            draft.unlink()
    return _from_hex(str(file), secret_in(file, str(file)))


def _from_hex(name: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise SettingsError(
            f"{name}: a key is {2 * KEY_BYTES} hexadecimal digits, such as `openssl rand -hex 32` makes."
        )
    return found
