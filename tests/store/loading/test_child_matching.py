"""Who is who: stubs, two records that are one child, aliases, and links that turn out wrong."""

import random
from itertools import chain, permutations
from typing import Any

import pytest

from bot.rules.text.area_names import normalise_reference
from bot.store.loading.child_matching import References
from tests.support.exports import Row, child, interview, police
from tests.support.loader import Loader


def people(bot: Loader) -> list[tuple[Any, Any]]:
    return sorted((str(c["police_ref"]), str(c["council_ref"])) for c in bot.rows("child"))


def episodes(bot: Loader) -> list[tuple[Any, Any]]:
    return sorted((str(e["occurrence_ref"]), str(e["episode_ref"])) for e in bot.rows("episode"))


def test_every_child_gets_a_reference_that_people_can_read_back(bot: Loader) -> None:
    bot.load("police", *(police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(50)))
    references = [c["ref"] for c in bot.rows("child")]
    assert len(set(references)) == 50
    assert all(normalise_reference(ref, "TS") == ref for ref in references)


def test_a_reference_that_is_taken_is_made_anew(bot: Loader) -> None:
    """The dice fall the same way six times: every reference would be TS-2222."""
    throws = chain("2" * 24, iter(lambda: random.choice("3456789A"), ""))
    bot.load(
        "police",
        *(police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(6)),
        choose=lambda _: next(throws),
    )
    references = {c["ref"] for c in bot.rows("child")}
    assert len(references) == 6
    assert "TS-2222" in references


@pytest.mark.parametrize(("children", "length"), [(0, 4), (9000, 4), (10_000, 5), (286_000, 5), (287_000, 6)])
def test_references_are_long_enough_that_guessing_is_hopeless(children: int, length: int) -> None:
    assert References("TS", "2".__add__).length(children) == length


FILES = {"police": [police()], "children": [child()], "interviews": [interview()]}


@pytest.mark.parametrize("order", list(permutations(FILES)))
def test_three_files_in_any_order_know_one_child(bot: Loader, order: tuple[str, ...]) -> None:
    for source in order:
        bot.load(source, *FILES[source])
    assert people(bot) == [("NOM-1", "C-1")]
    assert episodes(bot) == [("OCC-1", "EP-1")]


def test_an_interview_that_names_an_occurrence_joins_two_unknown_children(bot: Loader) -> None:
    bot.load("police", police())
    older = bot.row("child")
    bot.load("interviews", interview())
    found = bot.row("child")
    assert (found["id"], found["ref"]) == (older["id"], older["ref"])
    assert (found["police_ref"], found["council_ref"], found["linked_by"]) == ("NOM-1", "C-1", "interview")
    assert bot.row("child_alias")["child_id"] == found["id"]


def test_the_children_file_joins_what_each_agency_knew(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("interviews", interview(occurrence_ref=""))
    older, newer = bot.rows("child")
    bot.load("children", child())
    found = bot.row("child")
    assert (found["id"], found["ref"], found["linked_by"]) == (older["id"], older["ref"], "children")
    assert bot.row("child_alias") == {"ref": newer["ref"], "child_id": older["id"]}
    assert episodes(bot) == [("OCC-1", "EP-1")]  # the same child, the same minute


def test_aliases_follow_when_the_kept_child_is_joined_again(bot: Loader) -> None:
    bot.load("children", child(police_ref=""))
    bot.load("interviews", interview(child_id="C-2", occurrence_ref=""))
    bot.load("police", police())
    bot.load("interviews", interview(child_id="C-2"))  # C-2 and NOM-1 are one
    first_alias = bot.row("child_alias")
    assert first_alias["child_id"] == next(c["id"] for c in bot.rows("child") if c["council_ref"] == "C-2")
    bot.load("interviews", interview())  # no: it was C-1's
    bot.load("children", child())  # and the children file says so too
    assert people(bot) == [("NOM-1", "C-1"), ("None", "C-2")]
    assert {a["ref"] for a in bot.rows("child_alias")} >= {first_alias["ref"]}
    assert episodes(bot) == [("OCC-1", "EP-1")]


def test_two_children_that_both_agencies_know_are_never_joined(bot: Loader) -> None:
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
    bot.load("children", child(), child(child_id="C-2", police_ref="NOM-2"))
    bot.load("interviews", interview(occurrence_ref="OCC-2"))
    assert people(bot) == [("NOM-1", "C-1"), ("NOM-2", "C-2")]
    assert episodes(bot) == [("None", "EP-1"), ("OCC-1", "None"), ("OCC-2", "None")]


@pytest.mark.parametrize("order", list(permutations(FILES)))
def test_the_children_file_outweighs_an_interview_whatever_comes_first(bot: Loader, order: tuple[str, ...]) -> None:
    """EP-1 gives C-1 an occurrence of NOM-1, but the children file says that NOM-1 is C-2."""
    files = {"police": police(), "children": child(child_id="C-2"), "interviews": interview()}
    for source in order:
        bot.load(source, files[source])
    assert people(bot) == [("NOM-1", "C-2"), ("None", "C-1")]
    assert episodes(bot) == [("None", "EP-1"), ("OCC-1", "None")]
    owners = {c["id"]: c for c in bot.rows("child")}
    by_police = next(e for e in bot.rows("episode") if e["occurrence_ref"])
    assert owners[by_police["child_id"]]["council_ref"] == "C-2"
    assert by_police["lac"] is True


def test_a_police_reference_of_another_stored_child_is_let_go(bot: Loader) -> None:
    bot.load("children", child())
    summary = bot.load("children", child(child_id="C-2"))
    assert (summary.accepted, summary.rejected, summary.unread) == (1, 0, 1)
    assert people(bot) == [("NOM-1", "C-1"), ("None", "C-2")]


def test_a_corrected_police_reference_takes_its_occurrences_along(bot: Loader) -> None:
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
    bot.load("children", child())
    bot.load("children", child(police_ref="NOM-2"))
    assert people(bot) == [("NOM-1", "None"), ("NOM-2", "C-1")]
    owners = {c["id"]: c["police_ref"] for c in bot.rows("child")}
    assert {e["occurrence_ref"]: owners[e["child_id"]] for e in bot.rows("episode")} == {
        "OCC-1": "NOM-1",
        "OCC-2": "NOM-2",
    }
    assert {e["occurrence_ref"]: e["lac"] for e in bot.rows("episode")} == {"OCC-1": False, "OCC-2": True}


def test_two_children_may_swap_their_police_references(bot: Loader) -> None:
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
    bot.load("children", child(), child(child_id="C-2", police_ref="NOM-2", looked_after_from=""))
    summary = bot.load(
        "children", child(police_ref="NOM-2"), child(child_id="C-2", police_ref="NOM-1", looked_after_from="")
    )
    assert (summary.changed, summary.rejected) == (2, 0)
    assert people(bot) == [("NOM-1", "C-2"), ("NOM-2", "C-1")]
    assert {e["occurrence_ref"]: e["lac"] for e in bot.rows("episode")} == {"OCC-1": False, "OCC-2": True}


def test_a_reference_that_is_let_go_releases_nothing(bot: Loader) -> None:
    """C-1 would take NOM-2, which C-2 keeps: so C-1 keeps NOM-1."""
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
    bot.load("children", child(), child(child_id="C-2", police_ref="NOM-2"))
    before = bot.rows("episode")
    assert bot.load("children", child(police_ref="NOM-2")).unread == 1
    assert people(bot) == [("NOM-1", "C-1"), ("NOM-2", "C-2")]
    assert bot.rows("episode") == before


def test_an_empty_police_reference_says_nothing(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("children", child())
    bot.load("children", child(police_ref=""))
    assert people(bot) == [("NOM-1", "C-1")]


def test_an_occurrence_that_was_another_childs_moves(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("children", child())
    number = bot.row("episode")["id"]
    bot.load("police", police(police_ref="NOM-2"))
    moved = bot.row("episode")
    assert (moved["id"], moved["lac"]) == (number, False)
    assert people(bot) == [("NOM-1", "C-1"), ("NOM-2", "None")]


def test_an_interview_that_was_another_childs_moves(bot: Loader) -> None:
    later = interview(episode_id="EP-2", child_id="C-2", occurrence_ref="", started_at="2017-05-01 22:00")
    bot.load("interviews", interview(occurrence_ref=""), later)
    number = bot.rows("episode")[0]["id"]
    bot.load("interviews", interview(occurrence_ref="", child_id="C-2"))
    owners = {c["id"]: c["council_ref"] for c in bot.rows("child")}
    assert {e["episode_ref"]: owners[e["child_id"]] for e in bot.rows("episode")} == {"EP-1": "C-2", "EP-2": "C-2"}
    assert number in [e["id"] for e in bot.rows("episode")]


def test_when_the_interview_of_a_matched_episode_moves_the_police_record_stays(bot: Loader) -> None:
    for source, rows in FILES.items():
        bot.load(source, *rows)
    number = bot.row("episode")["id"]
    bot.load("interviews", interview(child_id="C-2"))
    assert episodes(bot) == [("None", "EP-1"), ("OCC-1", "None")]
    assert next(e["id"] for e in bot.rows("episode") if e["occurrence_ref"]) == number


@pytest.mark.parametrize("first", ["police", "interviews"])
def test_an_episode_keeps_its_number_when_the_other_record_arrives(bot: Loader, first: str) -> None:
    bot.load("children", child())
    second = {"police": "interviews", "interviews": "police"}[first]
    bot.load(first, *FILES[first])
    number = bot.row("episode")["id"]
    bot.load(second, *FILES[second])
    assert bot.row("episode")["id"] == number


def test_two_episodes_that_turn_out_to_be_one_keep_the_number_of_the_police_record(bot: Loader) -> None:
    bot.load("children", child())
    bot.load("interviews", interview(occurrence_ref="", started_at="2017-03-01 21:00"))
    bot.load("police", police())
    number = next(e["id"] for e in bot.rows("episode") if e["occurrence_ref"])
    bot.load("interviews", interview(started_at="2017-03-01 21:00"))
    assert bot.row("episode")["id"] == number


def test_a_reference_that_is_corrected_away_parts_them_again(bot: Loader) -> None:
    for source, rows in FILES.items():
        bot.load(source, *rows)
    bot.load("interviews", interview(occurrence_ref="OCC-7", started_at="2017-05-01 22:00"))
    assert episodes(bot) == [("None", "EP-1"), ("OCC-1", "None")]


MINUTES = [
    ("2017-03-01 22:00", "", [("OCC-1", "EP-1")]),
    ("2017-03-01 22:01", "", [("OCC-1", "EP-1")]),  # inside the police's absence: a report of it
    ("2017-03-01 22:00", "OCC-7", [("OCC-1", "EP-1")]),
    ("2017-03-03 22:00", "", [("None", "EP-1"), ("OCC-1", "None")]),
]


@pytest.mark.parametrize(("started_at", "occurrence_ref", "expected"), MINUTES)
def test_without_a_reference_the_same_child_and_minute_match(
    bot: Loader, started_at: str, occurrence_ref: str, expected: list[tuple[str, str]]
) -> None:
    bot.load("police", police())
    bot.load("children", child())
    bot.load("interviews", interview(started_at=started_at, occurrence_ref=occurrence_ref))
    assert episodes(bot) == expected


def test_police_facts_of_a_child_are_those_of_the_latest_occurrence(bot: Loader) -> None:
    dated = {"last_seen_at": "01/02/2017 22:00", "reported_at": "01/02/2017 23:00", "returned_at": "02/02/2017 03:00"}
    older = police(**dated, found_at="", occurrence_ref="OCC-0", birth_date="01/01/2004", sex="M")
    bot.load("police", police(), older)
    found = bot.row("child")
    assert (str(found["police_birth_date"]), found["police_sex"]) == ("2003-02-01", "F")
    assert [e["age"] for e in bot.rows("episode")] == [14, 14]  # one child has one birth date


def test_where_birth_dates_differ_the_age_is_not_known_and_calls_go_by_the_younger(bot: Loader) -> None:
    bot.load("police", police(birth_date="01/02/2005"))
    assert (bot.row("episode")["age"], bot.row("episode")["youngest"]) == (12, 12)
    bot.load("children", child())
    assert (bot.row("episode")["age"], bot.row("episode")["youngest"]) == (None, 12)
    assert bot.row("episode")["counted"]
    bot.load("children", child(birth_date=""))
    assert bot.row("episode")["age"] == 12


def test_a_child_whom_no_record_names_is_kept_and_named_later(bot: Loader) -> None:
    """Its reference goes on answering, and the council's record of its occurrence may name it too."""
    bot.load("police", police(police_ref="not given"))
    (nobody,) = bot.rows("child")
    assert (nobody["police_ref"], nobody["council_ref"], nobody["nameless"]) == (None, None, "police:OCC-1")
    assert bot.row("episode")["doubts"] == "identity"
    bot.load("police", police(police_ref="?"))  # again: no second child
    assert len(bot.rows("child")) == 1
    bot.load("police", police())
    (named,) = bot.rows("child")
    assert (named["police_ref"], named["nameless"]) == ("NOM-1", None)
    assert bot.row("episode")["doubts"] == ""
    assert nobody["ref"] in {named["ref"], *(a["ref"] for a in bot.rows("child_alias"))}


def test_a_child_whom_the_police_do_not_name_is_named_by_the_council(bot: Loader) -> None:
    bot.load("police", police(police_ref=""))
    bot.load("interviews", interview())
    assert [(c["police_ref"], c["council_ref"]) for c in bot.rows("child")] == [(None, "C-1")]
    assert bot.row("episode")["doubts"] == "reference"
    bot.load("children", child())
    bot.load("police", police())
    assert people(bot) == [("NOM-1", "C-1")]
    assert len(bot.rows("episode")) == 1


def test_a_known_child_is_not_lost_when_the_row_no_longer_names_it(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("police", police(police_ref="unreadable reference"))
    assert [c["police_ref"] for c in bot.rows("child")] == ["NOM-1"]
    assert bot.row("episode")["doubts"] == "reference"


def test_a_record_without_a_reference_is_the_one_of_that_child_and_start(bot: Loader) -> None:
    bot.load("police", police(occurrence_ref="pending"))
    assert bot.row("occurrence")["occurrence_ref"].startswith("~")
    number = bot.row("episode")["id"]
    bot.load("police", police())
    assert bot.row("occurrence")["occurrence_ref"] == "OCC-1"
    assert bot.row("episode")["id"] == number
    bot.load("police", police(occurrence_ref="lost again"))
    assert bot.row("occurrence")["occurrence_ref"] == "OCC-1"
    bot.load("interviews", interview(episode_id="pending"))
    bot.load("interviews", interview())
    assert bot.row("interview")["episode_ref"] == "EP-1"


@pytest.mark.parametrize("beside", [interview(episode_id="", occurrence_ref=""), interview(occurrence_ref="")])
def test_a_row_that_names_its_occurrence_alone_is_stored_once_beside_the_episode_of_its_start(
    bot: Loader, beside: Row
) -> None:
    """Each load took its record for the episode's, removed it and added it again, without what was confirmed of it."""
    bot.load("police", police())
    bot.load("children", child())
    bot.load("interviews", interview())
    rows = (interview(episode_id="", child_id=""), beside)
    bot.load("interviews", *rows)
    before = bot.everything()
    assert [i["episode_ref"][:1] for i in bot.rows("interview")] == ["E", "~"]
    assert len(bot.rows("child")) == len(bot.rows("episode")) == 1
    again = bot.load("interviews", *rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert bot.everything() == before
    bot.load("interviews", interview())
    assert bot.row("interview")["episode_ref"] == "EP-1"


def test_an_episode_without_a_readable_child_is_the_child_whose_occurrence_it_is(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("interviews", interview(child_id="Jane Canary"))
    assert len(bot.rows("child")) == len(bot.rows("episode")) == 1
    bot.load("interviews", interview(episode_id="EP-2", occurrence_ref="", child_id=""))
    assert {c["nameless"] for c in bot.rows("child")} == {None, "council:EP-2"}
