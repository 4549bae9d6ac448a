"""deploy/data.md names every column of each export, those that cannot be left out, and every word of ours."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import pytest

from bot.ingest.cells import CodedWords
from bot.ingest.row_checker import FORMATS, columns_of, required
from bot.settings import PRACTICE_FILE, ROOT, check_partnership
from tests.support.factories import NOW, partnership

PAGE = (ROOT / "deploy" / "data.md").read_text(encoding="utf-8")


def named_columns(source: str) -> str:
    """The paragraph that names the columns of an export."""
    return PAGE.split("## Columns")[1].split("## Words")[0].split(f"\n**{source}**")[1].split("\n\n")[0]


@pytest.mark.parametrize("source", FORMATS)
def test_every_default_column_is_documented(source: str) -> None:
    named = re.findall("`([a-z_]+)`", named_columns(source))
    assert named == list(FORMATS[source].row._fields)


@pytest.mark.parametrize("source", FORMATS)
def test_what_cannot_be_left_out_is_in_bold(source: str) -> None:
    assert re.findall(r"\*\*`([a-z_]+)`\*\*", named_columns(source)) == required(source)


def test_the_table_of_words_has_every_word_of_every_column() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", PAGE.split("## Words")[1].split("\n## ")[0], re.MULTILINE))
    coded = {
        column.name: set(column.read.meanings)
        for source in FORMATS
        for column in columns_of(source, partnership(), getattr(partnership().sources, source).mapping_at(NOW))
        if isinstance(column.read, CodedWords)
    }
    assert len(coded) > 8
    named = {column: set(re.findall(r"`(\w+)`", words)) for column, words in rows.items() if column in coded}
    assert named == coded


def risk_words(own: dict[str, str]) -> CodedWords:
    """The reader of the police's grades, with words of the partnership's own."""
    mapping = partnership().sources.police.mapping_at(NOW)
    columns = columns_of("police", partnership(), replace(mapping, words={"risk": own}))
    (read,) = (column.read for column in columns if column.name == "risk")
    assert isinstance(read, CodedWords)
    return read


def test_what_is_read_without_doing_anything_is_read() -> None:
    question = PAGE.split("## Our export says Medium Risk")[1].split("**Another name of a column**")[0]
    medium = re.findall("`([^`]+)`", question.split(" are all read as")[0])
    assert len(medium) == 4
    assert {risk_words({})(word) for word in medium} == {("medium", False)}


def test_the_sections_shown_are_sections_of_the_partnership_file_and_map_a_word() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        content = tomllib.loads(PRACTICE_FILE.read_text(encoding="utf-8"))
        content["sources"]["police"] |= tomllib.loads(block)["sources"]["police"]
        ours = check_partnership(content, "practice.toml")
        words = ours.sources.police.mapping_at(NOW).words.get("risk", {})
        if words:
            assert risk_words(dict(words))("Grade B") == ("medium", False)
            assert risk_words(dict(words))("Not yet assessed") is None
