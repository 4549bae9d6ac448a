"""deploy/privacy.md says what each role sees, and how long what is kept, as the program begins with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.rules.partnership.partnership import Disclosure, Retention
from bot.rules.partnership.roles import (
    EVERY_PART,
    GIVES_REASON,
    PARTS,
    RIGHTS,
    SUPPRESSED,
    SUPPRESSED_ON_EXPORT,
    Role,
)
from bot.settings import PRACTICE_FILE, ROOT, read_partnership

PAGE = (ROOT / "deploy" / "privacy.md").read_text(encoding="utf-8")
REACHES = {
    "all": "all",
    "own areas": "own_areas",
    "own cases": "own_cases",
    "while missing": "open_episodes",
    "none": None,
}


def roles() -> dict[str, list[str]]:
    """Each row of the table of roles: figures, lists, one child, parts."""
    table = PAGE.split("## Who sees what")[1].split("\n## ")[0]
    rows = [line.strip("| ").split("|") for line in table.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in rows}


def test_every_role_is_there() -> None:
    assert list(roles()) == list(RIGHTS)


@pytest.mark.parametrize("role", RIGHTS)
def test_what_a_role_sees_is_what_it_is_given(role: Role) -> None:
    figures, lists, child, *_ = roles()[role]
    given = [REACHES[cell.split(",")[0]] for cell in (figures, lists, child)]
    assert given == [RIGHTS[role].get(action) for action in ("counts", "open_list", "child")]
    suppressed = "always" if role in SUPPRESSED else "in files" if role in SUPPRESSED_ON_EXPORT else ""
    assert ("suppressed" in figures) == bool(suppressed)
    assert suppressed in figures
    assert ("with a reason" in child) == (role in GIVES_REASON)


@pytest.mark.parametrize("role", [role for role in RIGHTS if "child" in RIGHTS[role]])
def test_the_parts_of_a_record_are_those_of_the_role(role: Role) -> None:
    cell = roles()[role][3]
    named = set(re.findall(r"\w+", cell.removeprefix("all but ").removeprefix("every part")))
    seen = EVERY_PART - named if cell.startswith("all but") or cell == "every part" else named
    assert seen == PARTS.get(role, EVERY_PART)


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_may_also_what_it_is_given(role: Role) -> None:
    assert set(re.findall(r"\w+", roles()[role][4])) == RIGHTS[role].keys() - {"counts", "open_list", "child"}


def test_the_examples_of_rights_and_parts_are_understood(tmp_path: Path) -> None:
    examples = re.findall(r"`((?:rights|parts)\.\w+ = [^`]+)`", PAGE)
    file = tmp_path / "partnership.toml"
    file.write_text("\n".join((*examples, PRACTICE_FILE.read_text(encoding="utf-8"))), encoding="utf-8")
    partnership = read_partnership(file)
    assert len(examples) == len(partnership.rights) + len(partnership.parts) == 2


def test_the_periods_are_the_defaults() -> None:
    table = PAGE.split("## How long it is kept")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| [^|]+ \| ([^|]+) \| `(\w+)` \|$", table, re.MULTILINE))
    kept = {key: words for words, key in rows.items()}
    ours = Retention()
    assert kept.keys() == set(Retention.__dataclass_fields__)
    assert kept.pop("keep_exports_days") == "deleted once loaded"
    assert ours.keep_exports_days == 0
    assert {key: int(words.split()[0]) for key, words in kept.items()} == {key: getattr(ours, key) for key in kept}


def test_small_numbers_are_the_defaults() -> None:
    line = PAGE.split("- **Small numbers.**")[1].split("\n\n")[0]
    assert f"from 1 to {Disclosure().threshold}" in line
    assert f"fewer than {Disclosure().base}" in line
