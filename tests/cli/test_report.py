"""`python -m bot report`: the files of the practice county, who may have them, and what the trail keeps of it."""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from docx import api
from sqlalchemy import select

from bot.store.database import open_database, reading
from bot.store.schema import access
from tests.support.accessibility import check
from tests.support.browser import PHONE, chromium
from tests.support.installation import Installation

#: The only months of the practice county above their usual range.
SPIKE = "Above the usual range: Oct 2016 (163; usual 106, limit 139), Nov 2016 (147; usual 106, limit 139)."

WORDS = "More children were reported than in the half-year before."


@pytest.fixture
def loaded(sqlite_installation: Installation) -> Installation:
    sqlite_installation.load_practice()
    return sqlite_installation


def trail(installation: Installation) -> list[tuple[str, str, str]]:
    row = access.audit
    database = open_database(installation.url)
    with reading(database) as connection:
        found = connection.execute(select(row.c.who, row.c.outcome, row.c.reason).where(row.c.action.like("report%")))
        rows = [(r.who, r.outcome, r.reason) for r in found]
    database.dispose()
    return rows


def test_the_report_of_the_practice_county(loaded: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    words = ("report", "2017-H1", "--as", "lead", "--to", str(folder), "--formats", "html,xlsx")
    said = loaded.done(*words)
    page, workbook = folder / "prevalence-2017-H1.html", folder / "prevalence-2017-H1.xlsx"
    assert str(page) in said
    assert sorted(folder.iterdir()) == [page, workbook], "nothing half written is left"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (page, workbook)} == {0o600}
    text = page.read_text(encoding="utf-8")
    for figure in (
        "256 children had 603 episodes",
        "83 of 256 children (32.4%)",
        "320 of 555 completed",
        "21 of 29",
        SPIKE,
    ):
        assert figure in text
    assert trail(loaded) == [("lead", "answered", "2017-H1")]
    before = page.read_bytes(), workbook.read_bytes()
    again = loaded.done(*words).splitlines()
    assert [line for line in again if line.endswith("the same.")] == [
        f"{file} is there already, the same." for file in (page, workbook)
    ]
    assert (page.read_bytes(), workbook.read_bytes()) == before
    page.write_text("of somebody else")
    said_no = loaded.run(*words)
    assert (said_no.code, said_no.err.startswith(f"{page}: it is there already")) == (1, True)
    assert (page.read_text(), workbook.read_bytes()) == ("of somebody else", before[1])
    page.write_bytes(before[0])

    with chromium() as browser:
        window = browser.new_page(viewport={"width": PHONE, "height": 800})
        window.goto(page.as_uri())
        found = check(window)
        assert (found.serious, found.beside) == ([], 0)


def test_exact_figures_are_for_roles_that_may_have_them_in_a_file(loaded: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    refused = loaded.run("report", "2017-H1", "--as", "analyst", "--to", str(folder))
    assert (refused.code, "add --published" in refused.err) == (1, True)
    for who in ("admin", "a-stranger"):
        assert loaded.run("report", "2017-H1", "--as", who, "--to", str(folder)).code == 1
    assert not folder.exists()
    assert {outcome for _, outcome, _ in trail(loaded)} == {"role", "not_listed"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("2015-H1",), "The records begin on 1 Jul 2016"),
        (("nonsense",), "I do not know that period"),
        (("2017-Q1", "--published"), "half-year"),
        (("2017-H2", "--published"), "2017-H2 is not over"),
    ],
)
def test_what_cannot_be_reported_is_said(
    sqlite_installation: Installation, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    sqlite_installation.load("police")
    said = sqlite_installation.run("report", *words, "--as", "lead", "--to", str(tmp_path / "out"))
    assert said.code in (1, 2)
    assert reason in said.err


def test_a_form_that_is_none_is_refused(sqlite_installation: Installation, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as wrong:
        sqlite_installation.run("report", "2017-H1", "--to", str(tmp_path), "--formats", "html,odt")
    assert wrong.value.code == 2


def test_a_drafted_report_is_handed_over_by_its_number_to_those_who_draft(loaded: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    loaded.done("ask", "report 2017-H1 draft", "--as", "analyst")
    for who in ("north-manager", "admin", "a-stranger"):
        refused = loaded.run("report", "1", "--as", who, "--to", str(folder))
        assert (refused.code, refused.err.strip()) == (1, "There is no report 1 that this person may have.")
    assert loaded.run("report", "2", "--as", "lead", "--to", str(folder)).code == 1
    assert not folder.exists()
    loaded.done("report", "1", "--as", "lead", "--to", str(folder))
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    signatures = kept.pop("prevalence-2017-H1-report-1-draft-signatures.html").decode()
    assert sorted(kept) == [f"prevalence-2017-H1-report-1.{form}" for form in ("docx", "html", "pdf", "xlsx")]
    for name, content in kept.items():
        assert f'<th scope="row">{name.rpartition(".")[2]}</th>' in signatures
        assert hashlib.sha256(content).hexdigest() in signatures
    assert "Drafted</th><td>analyst</td><td>analyst, council</td>" in signatures
    assert signatures.count("not yet") == 3, "a second person's check and both signatures"
    assert trail(loaded)[0] == ("analyst", "answered", "2017-H1")
    assert trail(loaded)[-1] == ("lead", "answered", "2017-H1 published, report 1")
    assert b"Rounded to 5, released on 5 Jul 2017 (issue 1)" in kept["prevalence-2017-H1-report-1.html"]
    # The same snapshot gives the same bytes, whichever way it is made.
    forms = ("--formats", "docx,html,pdf,xlsx")
    loaded.done("report", "2017-H1", "--published", "--as", "lead", "--to", str(folder), *forms)
    for form in ("docx", "html", "pdf", "xlsx"):
        again = (folder / f"prevalence-2017-H1-published.{form}").read_bytes()
        assert again == kept[f"prevalence-2017-H1-report-1.{form}"], form

    # The writing copy has room for words, and those that are kept already.
    copy, written = folder / "prevalence-2017-H1-published-for-words.docx", tmp_path / "written.docx"
    ask = ("report", "2017-H1", "--published", "--formats", "words", "--as", "lead", "--to", str(folder))
    loaded.done(*ask)
    document: Any = api.Document(str(copy))
    next(p for p in document.paragraphs if p.style.name == "Leads words").add_run(WORDS)
    document.save(str(written))
    loaded.done("report", "2017-H1", "--with", str(written), "--as", "lead")
    copy.unlink()
    loaded.done(*ask)
    assert WORDS in [p.text for p in api.Document(str(copy)).paragraphs]
    loaded.done("report", "2017-H1", "--published", "--as", "lead", "--to", str(folder))
    assert (folder / "prevalence-2017-H1-published.docx").read_bytes() == kept["prevalence-2017-H1-report-1.docx"]

    # Signed: the page has each signer's own role, and every file that was signed.
    loaded.done("report", "1", "--as", "lead", "--to", str(tmp_path / "checked"))
    drafted = (tmp_path / "checked" / "prevalence-2017-H1-report-1-draft-signatures.html").read_text()
    (snapshot,) = re.findall(r"document of snapshot (\w+),", drafted)
    for step, who in (("check", "lead"), ("sign", "lead"), ("sign", "police-lead")):
        loaded.done("ask", f"report 1 {step} {snapshot[:8]}", "--as", who)
    loaded.done("report", "1", "--as", "lead", "--to", str(tmp_path / "signed"))
    page = (tmp_path / "signed" / "prevalence-2017-H1-report-1-signed-signatures.html").read_text()
    for row in (
        "Drafted</th><td>analyst</td><td>analyst, council</td>",
        "Words of the leads handed in</th><td>lead</td><td>strategic lead, council</td>",
        "Checked by a second person</th><td>lead</td><td>strategic lead, council</td>",
        "Signed for the police</th><td>police-lead</td><td>strategic lead, police</td>",
        "Signed for the council</th><td>lead</td><td>strategic lead, council</td>",
    ):
        assert row in page
    for form in ("docx", "html", "pdf", "xlsx"):
        signed = (tmp_path / "signed" / f"prevalence-2017-H1-report-1.{form}").read_bytes()
        assert hashlib.sha256(signed).hexdigest() in page, form
