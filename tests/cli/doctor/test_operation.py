"""How far the data can be relied on, as the doctor says it: never ok while anything could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.doctor.operation import data
from bot.ingest.rejects import SourceError
from bot.rules.delivery.findings import Finding
from bot.store.database import reading
from tests.support.exports import police
from tests.support.loader import LOADED_AT, Loader, loader


@pytest.fixture
def bot(sqlite_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(sqlite_url, tmp_path) as found:
        yield found


def of_police(bot: Loader) -> Finding:
    with reading(bot.engine) as connection:
        return next(f for f in data(connection, bot.partnership, LOADED_AT) if f.name == "data police")


def test_what_could_not_be_read_is_counted_and_has_its_advice(bot: Loader) -> None:
    gone = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
    bot.load("police", police(sex="X"), police(occurrence_ref="OCC-2", police_ref="NOM-2", sex="X", **gone))
    found = of_police(bot)
    assert found.state == "look"
    assert "2 rows could not be read whole, 1 of which may be a child missing now" in found.says
    assert "Look at the newest list in the rejects folder" in found.do


def test_a_refused_file_goes_before_what_the_one_before_lacked(bot: Loader) -> None:
    bot.load("police", police(sex="X"))
    with pytest.raises(SourceError):
        bot.load("police", police(occurrence_ref="", police_ref=""))
    assert "a newer file could not be used" in of_police(bot).says
    assert "what the load said of the newer file" in of_police(bot).do


def test_the_files_own_time_is_to_be_looked_at(bot: Loader) -> None:
    bot.load("police", police(), taken_how="modified")
    assert (of_police(bot).state, "taken_at_in_name" in of_police(bot).do) == ("look", True)
    bot.load("police", police(sex="M"))
    assert of_police(bot).state == "ok"
