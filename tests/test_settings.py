"""The partnership file: what is wrong gets a sentence with its place; another partnership is another file."""

from __future__ import annotations

import copy
import dataclasses
import re
import tomllib
import typing
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.rules.partnership.partnership import Digest, Partnership, Strict
from bot.settings import PRACTICE_FILE, SettingsError, check_partnership, read_partnership, read_settings

Content = dict[str, Any]
PRACTICE: Content = tomllib.loads(PRACTICE_FILE.read_text(encoding="utf-8"))


def changed(change: Callable[[Content], object]) -> Content:
    content = copy.deepcopy(PRACTICE)
    change(content)
    return content


def fault(content: Content) -> str:
    with pytest.raises(SettingsError) as raised:
        check_partnership(content, "ours.toml")
    return str(raised.value)


def fault_of(change: Callable[[Content], object]) -> str:
    return fault(changed(change))


def test_the_practice_file_is_valid() -> None:
    found = read_partnership(PRACTICE_FILE)
    assert found.name == "Practice Oxfordshire"
    assert [a.id for a in found.areas] == ["north", "south", "central", "disability", "out_of_county", "unknown"]
    assert found.person(found.practice.person if found.practice else "") is not None


# -- unknown and missing keys, in every section of the file --


def _sections(content: Any, hint: Any, place: str) -> Iterator[tuple[str, Content, Any]]:
    """Every section of the file: where it stands, its keys, and its dataclass."""
    if isinstance(content, list):
        for i, each in enumerate(content, 1):
            yield from _sections(each, hint, f"{place}{i}.")
    shape = next((h for h in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(h)), None)
    if isinstance(content, dict) and shape is not None:
        yield place, content, shape
        hints = typing.get_type_hints(shape)
        for key, value in content.items():
            yield from _sections(value, hints[key], f"{place}{key}.")


def places() -> list[str]:
    """One of each kind of section: the first area, the first person, the first further role of anybody ..."""
    found: dict[str, str] = {}
    for place, _, _ in _sections(PRACTICE, Partnership, ""):
        found.setdefault(re.sub(r"\d+", "*", place), place)
    return list(found.values())


def section(content: Content, place: str) -> tuple[Content, Any]:
    return next((keys, shape) for p, keys, shape in _sections(content, Partnership, "") if p == place)


def test_every_kind_of_section_stands_in_the_practice_file() -> None:
    used = {section(PRACTICE, place)[1].__name__ for place in places()}
    kinds = {c.__name__ for c in Strict.__subclasses__()}
    assert "Partnership" in kinds
    # Off unless a partnership says otherwise: interviews of away episodes, and (as comments) calls by SMS and drills.
    assert kinds - used == {"AwayRule", "Wake", "Drill"}
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    shown = tomllib.loads(re.sub("(?m)^# ", "", text[text.index("# [wake]") : text.index("\n# ---- homes")]))
    found = check_partnership(PRACTICE | shown, "practice.toml")
    assert (found.wake is not None, found.drill is not None) == (True, True)


@pytest.mark.parametrize("place", places())
def test_a_misspelt_key_is_put_right_wherever_it_stands(place: str) -> None:
    content = copy.deepcopy(PRACTICE)
    keys, shape = section(content, place)
    for name in (f.name for f in dataclasses.fields(shape)):
        keys[f"{name}z"] = 1
        assert f"{place}{name}z: unknown key '{name}z'. Did you mean '{name}'?" in fault(content)
        del keys[f"{name}z"]


def test_a_key_like_no_other_gets_the_list_of_keys() -> None:
    said = fault_of(lambda c: c["channels"][0]["digest"].update(qqqqqq=1))
    assert (
        said
        == "ours.toml: channels.1.digest.qqqqqq: unknown key 'qqqqqq'. Known here: time, cutoff, days, rows, sections"
    )


@pytest.mark.parametrize("place", places())
def test_a_missing_key_is_named_with_its_place(place: str) -> None:
    content = copy.deepcopy(PRACTICE)
    keys, shape = section(content, place)
    for field in dataclasses.fields(shape):
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            value = keys.pop(field.name)
            assert f"ours.toml: {place}{field.name}: is missing" in fault(content).splitlines()
            keys[field.name] = value


# -- contradictions, each with its sentence --

GAPS: list[tuple[list[dict[str, int]], str]] = [
    ([{"low": 1, "high": 1}, {"low": 3}], "frequency_bands: 1 and 3+ leave a gap or overlap"),
    ([{"low": 1, "high": 3}, {"low": 3}], "frequency_bands: 1-3 and 3+ leave a gap or overlap"),
    ([{"low": 1}, {"low": 5}], "frequency_bands: 1+ and 5+ leave a gap or overlap"),
    ([{"low": 1, "high": 9}], "frequency_bands must end with an open band such as 20+"),
    ([{"low": 2}], "frequency_bands must begin at 1"),
    ([], "frequency_bands must begin at 1"),
    ([{"low": 5, "high": 2}], "a band runs from a number to the same or a larger one, not 5-2"),
]


@pytest.mark.parametrize(("bands", "sentence"), GAPS)
def test_bands_hold_every_number_once(bands: list[dict[str, int]], sentence: str) -> None:
    assert sentence in fault_of(lambda c: c.update(frequency_bands=bands))


@pytest.mark.parametrize("slot", [time(1), time(1, 30), time(1, 59)])
def test_no_slot_at_a_time_that_the_clock_change_skips_or_repeats(slot: time) -> None:
    said = fault_of(lambda c: c["channels"][1]["digest"].update(time=slot))
    assert said.startswith(f"ours.toml: channels.2.digest: {slot:%H:%M} does not exist or comes twice")


@pytest.mark.parametrize("slot", [time(0, 59), time(2)])
def test_slots_just_outside_are_fine(slot: time) -> None:
    check_partnership(changed(lambda c: c["channels"][0]["digest"].update(time=slot)), "ours.toml")


@pytest.mark.parametrize("cutoff", [time(7, 59), time(8)])
def test_the_cutoff_comes_after_the_slot(cutoff: time) -> None:
    said = fault_of(lambda c: c["channels"][0]["digest"].update(cutoff=cutoff))
    assert said.endswith(f"the cut-off {cutoff:%H:%M} must be later than the time 08:00")


def _twice(name: str) -> Callable[[Content], object]:
    return lambda c: c[name].append(c[name][0])


CONTRADICTIONS: dict[str, Callable[[Content], object]] = {
    "area 'north' stands twice": _twice("areas"),
    "channel 'county-digest' stands twice": _twice("channels"),
    "person 'lead' stands twice": _twice("people"),
    "repeat rule '3-in-90' stands twice": _twice("repeat_rules"),
    "area alias 'n' stands twice": lambda c: c["areas"][1]["aliases"].append("N"),
    "area alias 'south' stands twice": lambda c: c["areas"][0]["aliases"].append("South"),
    "area alias 'north' stands twice": lambda c: c["areas"][1].update(name="North (Vale of White Horse)"),
    "district 'cherwell' stands twice": lambda c: c["areas"][1]["districts"].append("CHERWELL"),
    "team 'northern' stands twice": lambda c: c["areas"][1]["teams"].append("northern"),
    "person north-manager names the area 'east'": lambda c: c["people"][2].update(areas=["east"]),
    "channel north-digest names the area 'east'": lambda c: c["channels"][1].update(areas=["east"]),
    "providers names the area 'east'": lambda c: c["providers"][0].update(area="east"),
    "exactly one area must have kind = 'unknown', there are 0": lambda c: c["areas"].pop(),
    "exactly one area must have kind = 'out_of_county', there are 2": (
        lambda c: c["areas"][0].update(kind="out_of_county")
    ),
    "other_authorities gives 'Borough of Nowhere' no code": (
        lambda c: c.update(other_authorities={"Borough of Nowhere": "Nowhere"})
    ),
    "'Borough of Nowhere' is in own_authorities and in other_authorities": lambda c: c.update(
        own_authorities=["borough of nowhere"], other_authorities={"Borough of Nowhere": "LA-9"}
    ),
    "practice: now needs its zone": lambda c: c["practice"].update(now="2017-07-05T08:00:00"),
    "repeat rule 3-in-90: needs at least 2 episodes in at least 1 day": (
        lambda c: c["repeat_rules"][0].update(episodes=1)
    ),
    "sources.police: refuse_after_hours must not be less than stale_after_hours": (
        lambda c: c["sources"]["police"].update(stale_after_hours=25)
    ),
    "sources.police.expected_by: 01:00-01:59 does not exist": lambda c: c["sources"]["police"].update(
        expected_by=time(1, 30)
    ),
    "folder of exports '/srv/in' stands twice": lambda c: [
        c["sources"][name].update(folder="/srv/in") for name in ("police", "children")
    ],
    "keep_exports_days is from 0 to 36500": lambda c: c.update(retention={"keep_exports_days": -1}),
    "disclosure: the threshold is at least 2": lambda c: c["disclosure"].update(threshold=1),
    "people.1.role: is one of": lambda c: c["people"][0].update(role="king"),
    "channels.1.level: is one of 0 or 1": lambda c: c["channels"][0].update(level=2),
    "rights.team_manger: is one of": lambda c: c.update(rights={"team_manger": {"counts": "all"}}),
    "or 'system_admin'. Did you mean 'team_manager'?": lambda c: c.update(rights={"team_manger": {"counts": "all"}}),
    "rights.analyst.count: is one of": lambda c: c.update(rights={"analyst": {"count": "all"}}),
    "or 'admin'. Did you mean 'counts'?": lambda c: c.update(rights={"analyst": {"count": "all"}}),
    "rights.analyst.counts: is one of 'own_cases', 'own_areas', 'open_episodes' or 'all'. Did you mean 'all'?": (
        lambda c: c.update(rights={"analyst": {"counts": "alll"}})
    ),
    "rights.analyst: counts cannot reach 'own_cases', only 'own_areas' or 'all'": (
        lambda c: c.update(rights={"analyst": {"counts": "own_cases"}})
    ),
    "rights.system_admin: an administrator can never have 'child'": (
        lambda c: c.update(rights={"system_admin": {"admin": "all", "child": "all"}})
    ),
    "parts.analyst.1: is one of": lambda c: c.update(parts={"analyst": ["grade"]}),
    "or 'case'. Did you mean 'grades'?": lambda c: c.update(parts={"analyst": ["grade"]}),
    "agencies.1: is one of": lambda c: c.update(agencies=["counsil"]),
    "or 'placing_authority'. Did you mean 'council'?": lambda c: c.update(agencies=["counsil"]),
    "person lead is system_admin and strategic_lead: an administrator sees no child data": (
        lambda c: c["people"][0].update(also=[{"role": "system_admin"}])
    ),
    "people: 'Jane Smith': an id has up to 64 letters": lambda c: c["people"][3].update(id="Jane Smith"),
    "people: 'north-worker': a worker code has up to 32 letters": lambda c: c["people"][3].update(
        worker_code="J Smith"
    ),
    "age_bands must begin at 0": lambda c: c["age_bands"].pop(0),
}


@pytest.mark.parametrize("sentence", CONTRADICTIONS)
def test_each_contradiction_gets_its_sentence(sentence: str) -> None:
    assert sentence in fault_of(CONTRADICTIONS[sentence])


def test_rights_and_parts_of_the_file_reach_the_rules() -> None:
    chosen = {
        "rights": {"team_manager": {"counts": "own_areas"}},
        "parts": {"analyst": ["status"]},
        "agencies": ["council", "police"],
    }
    found = check_partnership(changed(lambda c: c.update(chosen)), "ours.toml")
    assert found.rights == {"team_manager": {"counts": "own_areas"}}
    assert found.parts == {"analyst": ("status",)}
    assert found.agencies == ("council", "police")


@pytest.mark.parametrize("prefix", ["ox", "O", "OXFOR", "O1", "ÖX", ""])
def test_a_prefix_is_two_to_four_capital_letters(prefix: str) -> None:
    said = fault_of(lambda c: c.update(reference_prefix=prefix))
    assert f"reference_prefix {prefix!r} must be two to four capital letters" in said


def test_every_fault_is_told_at_once() -> None:
    def spoil(content: Content) -> None:
        content["people"].append(content["people"][0])
        content["reference_prefix"] = "ox"

    said = fault_of(spoil)
    assert "person 'lead' stands twice" in said
    assert "reference_prefix 'ox'" in said


# -- reading --


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"BOT_PARTNERSHIP: cannot read .*No such file"):
        read_partnership(tmp_path / "nowhere.toml")
    with pytest.raises(SettingsError, match=r"BOT_PARTNERSHIP: cannot read .*directory"):
        read_partnership(tmp_path)


def test_without_an_environment_it_is_the_practice_partnership() -> None:
    found = read_settings({})
    assert found.partnership_file == PRACTICE_FILE
    assert found.partnership.practice is not None
    assert found.database_url.startswith("sqlite:////")


def test_the_partnership_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    text = PRACTICE_FILE.read_text(encoding="utf-8").replace("Practice Oxfordshire", "Elsewhere")
    file.write_text(text, encoding="utf-8")
    found = read_settings({"BOT_PARTNERSHIP": str(file)})
    assert (found.partnership_file, found.partnership.name) == (file, "Elsewhere")
    assert read_settings({"BOT_PARTNERSHIP": ""}).partnership_file == PRACTICE_FILE


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("sqlite:///data/bot.sqlite", "sqlite:///data/bot.sqlite"),
        ("postgresql://bot@db/bot", "postgresql+psycopg://bot@db/bot"),
        ("postgres://bot@db/bot", "postgresql+psycopg://bot@db/bot"),
        ("postgresql+psycopg://bot@db/bot", "postgresql+psycopg://bot@db/bot"),
    ],
)
def test_database_addresses(given: str, understood: str) -> None:
    assert read_settings({"BOT_DATABASE_URL": given}).database_url == understood


@pytest.mark.parametrize("address", ["mysql://bot@db/bot", "bot.sqlite", "sqlite:bot", "postgresql+asyncpg://db/bot"])
def test_other_databases_are_refused_without_repeating_the_address(address: str) -> None:
    with pytest.raises(SettingsError, match="must begin with sqlite:/// or postgresql://") as raised:
        read_settings({"BOT_DATABASE_URL": address})
    assert address not in str(raised.value), "there may be a password in it"


@pytest.mark.parametrize("rows", [0, -1])
def test_a_digest_has_room_for_a_row(rows: int) -> None:
    with pytest.raises(ValueError, match=f"so not {rows}"):
        Digest(time(8), time(12), rows=rows)


# -- secrets: from the environment or from a file, and never in the partnership file --


def secret_fault(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as raised:
        read_settings(environ)
    return str(raised.value)


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://bot:hunter2@db/bot\n")
    file.chmod(0o600)
    found = read_settings({"BOT_DATABASE_URL_FILE": str(file)})
    assert found.database_url == "postgresql+psycopg://bot:hunter2@db/bot"
    assert "hunter2" not in repr(found)


def test_a_secret_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "url"
    both = {"BOT_DATABASE_URL": "sqlite:///x", "BOT_DATABASE_URL_FILE": str(file)}
    assert secret_fault(both) == "BOT_DATABASE_URL and BOT_DATABASE_URL_FILE are both set: leave one."
    only = {"BOT_DATABASE_URL_FILE": str(file)}
    assert secret_fault(only) == f"BOT_DATABASE_URL_FILE: cannot read {file}: No such file or directory."
    for empty in ("", "\n", " \n"):
        file.write_text(empty)
        file.chmod(0o600)
        assert secret_fault(only) == f"BOT_DATABASE_URL_FILE: {file} is empty."
    file.write_bytes(b"\xff\xfe")
    assert secret_fault(only) == f"BOT_DATABASE_URL_FILE: cannot read {file}: it is no text."
    file.write_text("sqlite:///x\n")
    file.chmod(0o644)
    assert f"others may read {file}" in secret_fault(only)


def test_a_secret_may_be_a_credential_of_systemd(tmp_path: Path) -> None:
    """Its access list looks like a right of the group."""
    credential = tmp_path / "BOT_DATABASE_URL"
    handed_over = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_settings(handed_over).database_url == read_settings({}).database_url  # there is none of this name
    credential.write_text("sqlite:///x\n")
    credential.chmod(0o440)
    assert read_settings(handed_over).database_url == "sqlite:///x"
    assert read_settings(handed_over | {"BOT_DATABASE_URL": "sqlite:///y"}).database_url == "sqlite:///y"
    assert f"others may read {credential}" in secret_fault({"BOT_DATABASE_URL_FILE": str(credential)})
    credential.chmod(0o444)
    assert f"BOT_DATABASE_URL: others may read {credential}" in secret_fault(handed_over)


def random_looking(letters: str = "gB3") -> str:
    return (letters * 20)[:44]


@pytest.mark.parametrize(
    "value",
    [
        "xoxb-" + "1" * 12,
        "xapp-1-" + "A" * 9,
        "xoxe." + "xoxp-" + "1" * 9,
        "postgresql://bot:hunter2@db/bot",
        "https://:hunter2@proxy.example",
        "a" * 40,
        "F0" * 20,
        random_looking(),
        random_looking("gB3/9+"),
        random_looking("gB3_4-~"),
        "eyJ" + "hbGciOi.eyJzdWIi",
        "-----BEGIN " + "PRIVATE KEY-----",
    ],
)
@pytest.mark.parametrize("place", ["name", "areas.1.name", "areas.1.districts.1", "people.1.slack_id"])
def test_no_secret_in_the_partnership_file(value: str, place: str) -> None:
    content = copy.deepcopy(PRACTICE)
    *path, last = [int(part) - 1 if part.isdigit() else part for part in place.split(".")]
    inside: Any = content
    for part in path:
        inside = inside[part]
    inside[last] = value
    said = fault(content)
    assert said.startswith(f"ours.toml: {place}: looks like a token")
    assert value not in said


def test_a_secret_as_a_key_is_refused_unseen() -> None:
    said = fault_of(lambda c: c.update({"f0" * 20: True}))
    assert "f0f0" not in said
    assert f"ours.toml: key {len(PRACTICE) + 1}: looks like" in said


@pytest.mark.parametrize(
    "value",
    [
        "Children and Families Service of the County",
        "date_return_interview_recorded_on_case_system_2",
        "19:" + random_looking() + "@thread.tacv2",
        "29:" + random_looking(),
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "U012AB3CD",
        "https://intranet.example/missing-children/return-interviews",
    ],
)
def test_what_is_no_secret_is_let_through(value: str) -> None:
    assert check_partnership(changed(lambda c: c.update(name=value)), "ours.toml").name == value


@pytest.mark.parametrize(("key", "value"), [("misses", 0), ("minutes", 0), ("locked_minutes", 0), ("minutes", 1441)])
def test_look_ups_that_could_never_lock_or_never_forgive_are_refused(key: str, value: int) -> None:
    content = copy.deepcopy(PRACTICE)
    content["look_ups"][key] = value
    with pytest.raises(SettingsError, match=r"at (least 1|most a day)"):
        check_partnership(content, "ours.toml")
