"""Whoever takes the metadata has every table in it, whichever file of tables was imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import Table

from bot.store.schema import access, delivery, records, reports

FILES = (records, access, delivery, reports)
EVERY = {each.name for file in FILES for each in vars(file).values() if isinstance(each, Table)}


@pytest.mark.parametrize("first", ["metadata", "records", "access", "delivery", "reports"])
def test_the_metadata_holds_every_table(first: str) -> None:
    program = f"import bot.store.schema.{first}\nfrom bot.store.schema.records import metadata\nprint(*metadata.tables)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"child", "audit", "delivery"} <= EVERY
    assert set(found.stdout.split()) == EVERY
