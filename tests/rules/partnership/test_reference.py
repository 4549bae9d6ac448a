"""The reference of the partnership file is that of its dataclasses: no key missing or too many, each example read."""

from __future__ import annotations

import dataclasses
import json
import tomllib
import typing
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot import __main__
from bot.rules.partnership.partnership import Partnership, Strict
from bot.rules.partnership.reference import documented, reference, sections
from bot.settings import ROOT

KEYS = [(section, field.name) for section in sections() for field in dataclasses.fields(section)]


def test_the_document_is_the_one_that_the_program_writes() -> None:
    stored = (ROOT / "deploy" / "partnership.md").read_text(encoding="utf-8")
    assert stored == reference(), "run: ./deploy/dev partnership > deploy/partnership.md"


def test_every_section_has_its_heading() -> None:
    assert set(sections()) == set(Strict.__subclasses__())
    assert next(iter(sections())) is Partnership
    for headers in sections().values():
        assert all(f"`{header}`" in reference() for header in headers if header)


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_key_is_documented_in_its_order_and_no_other(section: Any) -> None:
    assert list(documented(section)) == [field.name for field in dataclasses.fields(section)]


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[f"{section.__name__}.{key}" for section, key in KEYS])
def test_every_example_can_be_written_so(section: Any, key: str) -> None:
    value = tomllib.loads(f"{key} = {documented(section)[key].example}")[key]
    plain = json.dumps(value, default=lambda inner: inner.isoformat())
    TypeAdapter(typing.get_type_hints(section)[key]).validate_json(plain, strict=True)


def test_the_verb_prints_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'bot.sqlite'}")
    assert __main__.main(["partnership"]) == 0
    assert capsys.readouterr().out == reference()
    assert not (tmp_path / "bot.sqlite").exists()


def test_a_line_has_the_kind_of_value_the_default_and_an_example() -> None:
    said = reference().splitlines()
    digest = said.index("## `[channels.digest]`")
    assert (
        "- `rows`: Most lines of a section in a part of the digest, from 1 to 200. Whole number; default `8`. "
        "Example: `rows = 12`" in said[digest:]
    )
