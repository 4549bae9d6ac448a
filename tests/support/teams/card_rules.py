"""Why Teams would not show a card whole: Microsoft's schema, the models of Microsoft's SDK, and our own rules.

The schema knows no extension of Teams and calls a table's header otherwise; the models take any property. So a copy for
the schema is made of what it knows, and every property is looked up in the models. Neither sees a ragged table.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from jsonschema import Draft7Validator
from pydantic import BaseModel, ValidationError

from bot.chat.escape import JOINER
from bot.chat.teams.rendering import BYTES, IN_A_ROW, VERBS
from bot.conversation.outbound import PREVIEW

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from microsoft_teams.cards import core

Json = dict[str, Any]

#: What a reader's client would act on in any text of a card.
LIVE = re.compile(
    r"[A-Za-z]+:\S|www\.|[A-Za-z0-9]\.[A-Za-z]{2}|[@\uff20]\w|<\w|</|<!|\{\{|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
#: The texts of a card that people read, by the property they are in.
READ = ("text", "title", "tooltip", "label", "errorMessage", "legend", "yAxisTitle", "placeholder")
#: Objects without a type of their own, by the property they are in.
_UNTYPED: dict[str, type[BaseModel]] = {
    "choices": core.Choice,
    "msteams": core.TeamsCardProperties,
    "Table.columns": core.ColumnDefinition,
    "Chart.Line.data": core.LineChartData,
    "Chart.VerticalBar.data": core.VerticalBarChartDataValue,
    "Chart.VerticalBar.Grouped.data": core.GroupedVerticalBarChartData,
    "Chart.Line.data.values": core.LineChartValue,
    "Chart.VerticalBar.Grouped.data.values": core.BarChartDataValue,
}


def check(card: Json) -> None:
    assert problems(card) == []


def problems(card: Json, *, by_schema: bool = True) -> list[str]:
    """Return what is wrong with a card, an empty list for a good one."""
    found = [*_by_models(card, ""), *_by_our_rules(card)]
    if by_schema:
        found += [f"schema: {e.message[:200]}" for e in _schema().iter_errors(_for_schema(card))]
    return found


def objects(of: Any) -> Iterator[Json]:
    """Yield every object of a card, in the order of reading; a fallback is not read beside what it stands for."""
    if isinstance(of, dict):
        yield of
    if isinstance(of, list | tuple):
        for each in of:
            yield from objects(each)
    elif isinstance(of, dict):
        for name, each in of.items():
            if name != "fallback" and (name != "data" or _is_chart(of)):
                yield from objects(each)


def texts(of: Any) -> Iterator[str]:
    """Yield the texts of a card that are read as lines, the runs of one as one."""
    for each in objects(of):
        if each.get("type") == "RichTextBlock":
            yield "".join(run["text"] for run in each["inlines"])
        elif each.get("type") == "TextBlock":
            yield each["text"]


def _is_chart(of: Json) -> bool:
    return str(of.get("type", "")).startswith("Chart.")


def buttons(of: Any) -> list[Json]:
    return [each for each in objects(of) if str(each.get("type", "")).startswith("Action.")]


def tables(of: Any) -> list[list[list[str]]]:
    """Return the cells of each table, the names of its columns first."""
    found = [each for each in objects(of) if each.get("type") == "Table"]
    return [[["".join(texts(cell)) for cell in row["cells"]] for row in table["rows"]] for table in found]


def said(of: Any) -> str:
    """Return the lines of a card without what is invisible in them."""
    return "\n".join(texts(of)).replace(JOINER, "")


def weight(card: Json) -> int:
    """Return the bytes of the message that carries a card, as HTTP sends it, with room for what a sender adds."""
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    message = {"type": "message", "summary": PREVIEW, "attachments": [attachment], "channelData": "x" * 1_000}
    return len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())


@cache
def _schema() -> Draft7Validator:
    """Return Microsoft's schema, with each choice among elements made by the element's type and not by trying all."""
    schema = json.loads((files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text(encoding="utf-8"))
    for name, definition in schema["definitions"].items():
        refs = [each["allOf"][0] for each in definition.get("anyOf", ()) if each.get("required") == ["type"]]
        if name.startswith("ImplementationsOf.") and len(refs) == len(definition["anyOf"]):
            kinds = [ref["$ref"].rpartition("/")[2] for ref in refs]
            chosen = [
                {"if": {"required": ["type"], "properties": {"type": {"const": kind}}}, "then": ref}
                for kind, ref in zip(kinds, refs, strict=True)
            ]
            definition.clear()
            definition |= {"required": ["type"], "properties": {"type": {"enum": kinds}}, "allOf": chosen}
    return Draft7Validator({**schema, "anyOf": [{"$ref": "#/definitions/AdaptiveCard"}]})


def _for_schema(of: Any) -> Any:
    """Return the card as a client of version 1.5 reads it: it shows the fallback of what it does not know."""
    if isinstance(of, list):
        return [_for_schema(each) for each in of]
    if not isinstance(of, dict):
        return of
    if _is_chart(of):
        return _for_schema(of["fallback"])
    named = {"firstRowAsHeader" if k == "firstRowAsHeaders" else k: v for k, v in of.items()}
    return {k: v if k == "data" else _for_schema(v) for k, v in named.items() if k != "msteams" or "body" not in of}


@cache
def _models() -> dict[str, type[BaseModel]]:
    found = {}
    for each in vars(core).values():
        if isinstance(each, type) and issubclass(each, BaseModel) and "type" in each.model_fields:
            for name in get_args(each.model_fields["type"].annotation):
                found[name] = each
    return found


def _by_models(of: Any, where: str) -> Iterator[str]:
    if isinstance(of, list):
        for each in of:
            yield from _by_models(each, where)
    if not isinstance(of, dict):
        return
    kind = str(of.get("type", ""))
    model = _models().get(kind) if kind else _UNTYPED.get(where, _UNTYPED.get(where.rpartition(".")[2]))
    if model is None:
        yield f"{where}: no element {kind!r}"
        return
    known = {core.SerializableObject.serialization_alias_generator(name) for name in model.model_fields}
    yield from (f"{kind or where}: no property {name!r}" for name in of if name not in known)
    try:
        model.model_validate(of, strict=False)
    except ValidationError as fault:
        yield f"{kind or where}: {fault.errors()[0]['loc']} {fault.errors()[0]['msg']}"
    for name, each in of.items():
        if isinstance(each, dict | list) and (name != "data" or _is_chart(of)):
            yield from _by_models(each, f"{kind or where}.{name}")


def _by_our_rules(card: Json) -> Iterator[str]:
    """Yield what is too large, empty, ragged, live, or means nothing when it is pressed."""
    if (bytes_ := weight(card)) > BYTES:
        yield f"{bytes_} bytes"
    every = list(objects(card))
    for each in every:
        yield from (problem for name in READ if name in each for problem in _of_text(each[name], name))
        if each.get("type") == "Table":
            yield from _of_table(each)
        if each.get("type") == "ActionSet" and not 1 <= len(each["actions"]) <= IN_A_ROW:
            yield f"{len(each['actions'])} buttons in a row"
    yield from (problem for each in buttons(card) for problem in _of_button(each))
    ids = [each["id"] for each in every if str(each.get("type", "")).startswith("Input.")]
    if len(ids) != len(set(ids)):
        yield f"inputs of the same name: {ids}"


def _of_text(text: str, name: str) -> Iterator[str]:
    if not text.strip(f"{JOINER} "):
        yield f"an empty {name}"
    if LIVE.search(text):
        yield f"live: {text!r}"


def _of_table(of: Json) -> Iterator[str]:
    widths = {len(row["cells"]) for row in of["rows"]} | {len(of["columns"])}
    if len(widths) > 1 or len(of["rows"]) < 2:
        yield f"a ragged table: {widths}"


def _of_button(of: Json) -> Iterator[str]:
    data, fallback = of["data"], of.get("fallback")
    if data.get("action") not in VERBS:
        yield f"a button without a meaning: {data}"
    if of["type"] == "Action.Execute":
        if of["verb"] != data["action"] or fallback is None:
            yield f"an Execute without its verb or fallback: {of}"
        elif fallback["data"] != {**data, "verb": of["verb"]} or fallback["type"] != "Action.Submit":
            yield f"a fallback that does something else: {of}"
