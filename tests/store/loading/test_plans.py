"""A load reads what it touches: no statement of it walks through all that was ever stored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.exports import child, interview, police
from tests.support.loader import Loader, loader

STORED = "child|child_alias|child_period|child_placement|occurrence|interview|episode|grade|found_with"
ALIASES = "theirs|ours|holder|alone"
#: Indexes of few rows: of what has no reference, and of what the newest file lacks.
FEW = r" USING (COVERING )?INDEX ix_\w+_(unnamed|absent_at)"
WALK = re.compile(rf"SCAN ({STORED}|{ALIASES})\b(?!{FEW})")
#: While there are copies, plain names are theirs: the tables themselves are read under these.
WALK_BESIDE_COPIES = re.compile(rf"SCAN (itself|owner)\b(?!{FEW})")


@pytest.fixture
def bot(sqlite_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(sqlite_url, tmp_path) as found:
        yield found


def walks(bot: Loader, load: Any) -> list[str]:
    """The statements of a load whose plan walks through a stored table."""
    found = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if many or not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            return
        plan = [line for *_, line in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        if re.match(r"(UPDATE|DELETE FROM) main\.", statement):
            walked = plan[0].startswith("SCAN")
        else:
            copies = cursor.connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'child'").fetchone()
            walked = any((WALK_BESIDE_COPIES if copies else WALK).search(line) for line in plan)
        if walked and not re.search(r"count\(\*\)|LIMIT", statement):
            found.append(statement)

    event.listen(bot.engine, "before_cursor_execute", explain)
    load()
    event.remove(bot.engine, "before_cursor_execute", explain)
    return found


def test_no_load_walks_through_history(bot: Loader) -> None:
    numbers = range(1, 40)
    bot.load("police", *(police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in numbers))
    bot.load("children", *(child(child_id=f"C-{n}", police_ref=f"NOM-{n}") for n in numbers))
    bot.load("interviews", *(interview(episode_id=f"EP-{n}", occurrence_ref="", child_id=f"C-{n}") for n in numbers))
    changes = {
        "police": [police(reporter="school", risk_at=""), police(occurrence_ref="OCC-2", police_ref="NOM-99")],
        "children": [child(police_ref="NOM-2", team="Southern"), child(child_id="C-99", police_ref="NOM-99")],
        "interviews": [interview(), interview(episode_id="EP-99", child_id="C-98", occurrence_ref="OCC-3")],
    }
    for source, rows in changes.items():
        found = walks(bot, lambda source=source, rows=rows: bot.load(source, *rows))
        assert found == [], "\n\n".join(found)
