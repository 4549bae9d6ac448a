"""The DOCX that the leads hand back: their paragraphs by section, and files that are none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from sqlalchemy import Engine, select

from bot.reports import words
from bot.reports.words import NotKept, NotRead, hand_in, read_words
from bot.rules.effects import Overtaken
from bot.rules.time.period import parse_period
from bot.store import people_list, reports
from bot.store.database import migrate, open_database, reading, writing
from bot.store.encryption import Seal
from bot.store.schema.access import audit
from tests.support.factories import NOW, partnership, person

HALF = parse_period("2017-H1", NOW)
KEY = b"k" * 32
FIT = "Fewer children went missing than before, by the heron pond."


def docx(sections: Mapping[str, Sequence[str]], *, marked: bool = True) -> bytes:
    """Return a document with a heading, a bookmark and the leads' paragraphs for each section."""
    document = Document()
    document.styles.add_style("Leads words", WD_STYLE_TYPE.PARAGRAPH)
    for n, (section, paragraphs) in enumerate(sections.items()):
        heading = document.add_paragraph(section, style="Heading 1")
        document.add_paragraph("Counted by the bot: 45 children.")
        if marked:
            mark = OxmlElement("w:bookmarkStart")
            mark.set(qn("w:id"), str(n))
            mark.set(qn("w:name"), f"words_{section}")
            heading._p.append(mark)
        for paragraph in paragraphs:
            document.add_paragraph(paragraph, style="Leads words")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url, Seal(lambda: b"d" * 32))
    migrate(engine)
    with writing(engine) as connection:
        people_list.take_over(connection, partnership().people)
    yield engine
    engine.dispose()


def test_paragraphs_in_the_leads_style_are_read_by_section_and_no_others() -> None:
    given = {"summary": (FIT, "And one more."), "areas": ("", "In the north  too.\u200b"), "months": ()}
    assert read_words(docx(given)) == {"summary": (FIT, "And one more."), "areas": ("In the north too.",)}


def test_other_files_are_refused_without_a_word_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as empty:
        empty.writestr("heron.txt", "heron")
    for content in (b"", b"heron", out.getvalue(), docx({"summary": (FIT,)}, marked=False)):
        with pytest.raises(NotRead) as fault:
            read_words(content)
        assert "heron" not in str(fault.value)
    monkeypatch.setattr(words, "LARGEST_INSIDE", 1000)
    with pytest.raises(NotRead, match="unpacks to more"):
        read_words(docx({"summary": (FIT,)}))
    monkeypatch.setattr(words, "LARGEST", 1000)
    with pytest.raises(NotRead, match="too large"):
        read_words(docx({"summary": (FIT,)}))


def handed_in(engine: Engine, content: bytes, who: str = "lead") -> int:
    return hand_in(engine, KEY, partnership(), HALF, content, person(who), NOW, "terminal")


def test_words_are_kept_with_the_draft_and_the_trail_counts_them_alone(engine: Engine) -> None:
    number = handed_in(engine, docx({"summary": (FIT,), "areas": ("In the north too.",)}))
    with reading(engine) as connection:
        assert reports.words_of(connection, number) == {"summary": (FIT,), "areas": ("In the north too.",)}
        (row,) = connection.execute(select(audit)).all()
    assert (row.action, row.who, row.outcome, row.reason) == ("report words", "lead", "done", "2017-H1: 2 paragraphs")


def test_a_paragraph_that_may_name_a_person_keeps_all_of_them_out(engine: Engine) -> None:
    given = {"summary": (FIT, "The worker met Wilhelmina."), "areas": ("Ring 01865 000000.",)}
    with pytest.raises(NotKept) as refused:
        handed_in(engine, docx(given))
    assert str(refused.value).splitlines() == [
        "summary, paragraph 2: a word with a capital may be a person's name. Write the role instead, or begin the "
        "sentence otherwise.",
        "areas, paragraph 1: it has a date of birth, a postcode, an address or a long number. Take it out.",
    ]
    with reading(engine) as connection:
        assert reports.read(connection) == ()
        assert connection.execute(select(audit)).first() is None


def test_a_person_who_may_not_draft_hands_nothing_in(engine: Engine) -> None:
    with pytest.raises(Overtaken, match="Only a strategic lead or an analyst"):
        handed_in(engine, docx({"summary": (FIT,)}), "north-manager")
    with reading(engine) as connection:
        assert reports.read(connection) == ()
        assert connection.execute(select(audit)).first() is None
