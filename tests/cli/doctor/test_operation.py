"""How far the data can be relied on, as the doctor says it: never ok while anything could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.cli.doctor.checks import Subject, data
from bot.ingest.rejects import SourceError
from bot.rules.delivery.findings import Finding
from tests.support.doctor import settings
from tests.support.exports import Row, police
from tests.support.loader import LOADED_AT, Loader, loader


@dataclass
class Loaded:
    """One database: the loader of its files, and the app on it."""

    app: App
    loader: Loader

    def load(self, *rows: Row, **options: Any) -> None:
        self.loader.load("police", *rows, **options)

    def of_police(self) -> Finding:
        subject = Subject(self.app, self.loader.partnership, LOADED_AT)
        return next(f for f in data(subject) if f.name == "data police")


@pytest.fixture
def bot(sqlite_url: str, tmp_path: Path) -> Iterator[Loaded]:
    with closing(App(settings(sqlite_url, tmp_path))) as app:
        assert app.database
        with loader(sqlite_url, tmp_path) as found:
            yield Loaded(app, found)


def test_what_could_not_be_read_is_counted_and_has_its_advice(bot: Loaded) -> None:
    gone = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
    bot.load(police(sex="X"), police(occurrence_ref="OCC-2", police_ref="NOM-2", sex="X", **gone))
    found = bot.of_police()
    assert found.state == "look"
    assert "2 rows could not be read whole, 1 of which may be a child missing now" in found.says
    assert "Look at the newest list in the rejects folder" in found.do


def test_many_rows_left_out_are_a_fault_and_one_among_many_is_to_be_looked_at(bot: Loaded) -> None:
    nothing = police(occurrence_ref="", police_ref="")
    bot.load(police(), nothing, nothing)
    found = bot.of_police()
    assert (found.state, "2 of 3 rows were left out" in found.says) == ("fault", True)
    many = [police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(100, 130)]
    bot.load(*many, nothing)
    assert bot.of_police().state == "look"


def test_a_refused_file_goes_before_what_the_one_before_lacked(bot: Loaded) -> None:
    bot.load(police(sex="X"))
    with pytest.raises(SourceError):
        bot.load(police(occurrence_ref="", police_ref=""))
    assert "a newer file could not be used" in bot.of_police().says
    assert "what the load said of the newer file" in bot.of_police().do


def test_the_files_own_time_is_to_be_looked_at(bot: Loaded) -> None:
    bot.load(police(), taken_how="modified")
    assert (bot.of_police().state, "taken_at_in_name" in bot.of_police().do) == ("look", True)
    bot.load(police(sex="M"))
    assert bot.of_police().state == "ok"
