"""The reference of the partnership file, written from its dataclasses: every key, one line each.

A dataclass documents its fields in its docstring, as "key: what it is for. Such as `value`." The rest of a line (kind
of value, default) comes from the field itself.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from datetime import time as wall_time
from typing import Any, Literal, NamedTuple

from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Action, Agency, Part, Reach, Role

_BEGINS = """\
# Keys of the partnership file

Written by: `./deploy/dev partnership > deploy/partnership.md`, from the program itself.

A time of day is London's and has its seconds (`08:00:00`) or quotation marks (`"08:00"`). A day is `2016-07-01`. Text
is in straight quotation marks. Keys before the first section in brackets belong to the whole partnership. `[name]` is
there once, `[[name]]` as often as needed; either may also be written as the example shows, on one line. Save the file
as UTF-8. `deploy/practice.toml` is a whole file to begin with.
"""
_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    wall_time: "time of day",
    date: "day",
    datetime: "moment with its zone",
}
#: Lists of words that several keys have: listed once, at the end.
_LISTS: dict[Any, str] = {Role: "role", Agency: "agency", Action: "action", Reach: "reach", Part: "part"}


class KeyDocs(NamedTuple):
    """The documentation of one key, from its dataclass; empty where it says nothing of it."""

    says: str
    example: str


def documented(section: type) -> dict[str, KeyDocs]:
    """Return the keys that the docstring of a section documents."""
    text = re.sub(r"\n\s{8,}", " ", section.__doc__ or "")
    found = re.findall(r"^    (\w+): (.+) Such as `([^`]+)`\.$", text, re.MULTILINE)
    return {key: KeyDocs(says, example) for key, says, example in found}


def sections() -> dict[type, list[str]]:
    """Return each dataclass of the file, in its order, with the headers under which it is there."""
    found: dict[type, list[str]] = {}

    def visit(section: Any, header: str) -> None:
        found.setdefault(section, []).append(header)
        for key, hint in typing.get_type_hints(section).items():
            inner, is_list = _section_in(hint)
            if inner is not None and key in {field.name for field in dataclasses.fields(section)}:
                path = f"{header.strip('[]')}.{key}".lstrip(".")
                visit(inner, f"[[{path}]]" if is_list else f"[{path}]")

    visit(Partnership, "")
    return found


def reference() -> str:
    """Write the reference: one heading a section, one line a key."""
    parts = [_BEGINS]
    for section, headers in sections().items():
        title = " and ".join(f"`{header}`" for header in headers if header) or "Before the first section"
        lines = [f"\n## {title}\n"]
        docs, hints = documented(section), typing.get_type_hints(section)
        for field in dataclasses.fields(section):
            says, example = docs.get(field.name, KeyDocs("", ""))
            kind = _kind(hints[field.name])
            lines.append(
                f"- `{field.name}`: {says} {kind[0].upper()}{kind[1:]}; {_default(field)}. "
                f"Example: `{field.name} = {example}`"
            )
        parts.append("\n".join(lines) + "\n")
    words = [f"- {name}: {_words(hint)}" for hint, name in _LISTS.items()]
    return "".join([*parts, "\n## Words\n\n", "\n".join(words), "\n"])


def _section_in(hint: Any) -> tuple[Any, bool]:
    """Return the dataclass that a key holds (None for other values), and whether it holds several."""
    for each in _without_none(hint):
        if dataclasses.is_dataclass(each):
            return each, False
        if typing.get_origin(each) is tuple and dataclasses.is_dataclass(typing.get_args(each)[0]):
            return typing.get_args(each)[0], True
    return None, False


def _without_none(hint: Any) -> Iterator[Any]:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    yield from (each for each in (typing.get_args(hint) if is_union else (hint,)) if each is not type(None))


def _kind(hint: Any) -> str:
    """Name the kind of value of a key, with the words that it may be."""
    hint = next(_without_none(hint))
    if hint in _LISTS:
        return f"{_LISTS[hint]} (see Words)"
    inner = typing.get_args(hint)
    section, is_list = _section_in(hint)
    if section is not None:
        return "sections of their own" if is_list else "a section of its own"
    if typing.get_origin(hint) is Literal:
        return f"one of {_words(hint)}"
    if typing.get_origin(hint) is tuple:
        return f"list of {'' if inner[1] is Ellipsis else 'two: '}{_kind(inner[0])}"
    if typing.get_origin(hint) is dict:
        return f"table: {_kind(inner[0])} = {_kind(inner[1])}"
    return _KINDS[hint]


def _words(hint: Any) -> str:
    return ", ".join(f"`{in_toml(word)}`" for word in typing.get_args(hint))


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        made = field.default_factory()
        return "left out, its defaults" if dataclasses.is_dataclass(made) else "empty by default"
    if field.default is dataclasses.MISSING:
        return "needed"
    if field.default is None:
        return "may be left out"
    if dataclasses.is_dataclass(field.default):
        return "left out, its defaults"
    return f"default `{in_toml(field.default)}`"


def in_toml(value: Any) -> str:
    """Write a plain value as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list):
        return f"[{', '.join(in_toml(each) for each in value)}]"
    return str(value)
