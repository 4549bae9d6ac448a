"""What is frozen at the start of an episode, what a correction may change, and what stays."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.exports import child, interview, police
from tests.support.loader import Loader


def load_all(bot: Loader, **cells: str) -> dict[str, Any]:
    """Police record and child only: the team is then the child's."""
    bot.load("police", police())
    bot.load("children", child(**cells))
    return bot.row("episode")


def test_a_child_who_changes_team_does_not_take_old_episodes_along(bot: Loader) -> None:
    assert load_all(bot)["area"] == "north"
    bot.load("children", child(team="Southern"))
    episode = bot.row("episode")
    assert (episode["area"], episode["area_basis"], episode["team"]) == ("north", "child_team", "Northern")
    bot.load("police", police(returned_at="02/03/2017 04:00"))  # nor when the episode is corrected
    assert bot.row("episode")["area"] == "north"
    bot.load(
        "police",
        police(
            occurrence_ref="OCC-2",
            last_seen_at="01/05/2017 22:00",
            reported_at="",
            found_at="",
            returned_at="",
            risk="",
            prevention_interview_at="",
        ),
    )
    assert [e["area"] for e in bot.rows("episode")] == ["north", "south"]


def test_the_team_the_council_gave_the_episode_goes_first(bot: Loader) -> None:
    load_all(bot)
    bot.load("interviews", interview(team="Central"))
    episode = bot.row("episode")
    assert (episode["area"], episode["area_basis"], episode["team"]) == ("central", "team", "Central")


def test_without_a_team_the_police_district_decides(bot: Loader) -> None:
    episode = load_all(bot, team="")
    assert (episode["area"], episode["area_basis"], episode["district"]) == ("north", "district", "Cherwell")
    bot.load("children", child(team="Southern"))  # later: the episode had no team when the child became known
    assert bot.row("episode")["area"] == "north"


def test_a_partnership_may_go_by_district(bot: Loader) -> None:
    bot.partnership = replace(bot.partnership, attribution="district")
    episode = load_all(bot, team="Southern")
    assert (episode["area"], episode["area_basis"]) == ("north", "district")


def test_a_placing_authority_put_right_brings_the_interview_back(bot: Loader) -> None:
    assert load_all(bot, placing_authority="LA-9")["required"] is False
    bot.load("children", child(placing_authority=""))
    assert (bot.row("episode")["hosted"], bot.row("episode")["required"]) == (False, True)


def test_a_period_is_withdrawn_by_an_empty_one(bot: Loader) -> None:
    """What was never true is exported with the day it ends equal to the day it begins."""
    assert load_all(bot, looked_after_from="2017-01-01")["lac"] is True
    bot.load("children", child(looked_after_from="2017-01-01", looked_after_to="2017-01-01"))
    assert bot.row("episode")["lac"] is False


@pytest.mark.parametrize(
    ("cells", "lac"),
    [
        ({"looked_after_from": "2017-03-01"}, True),
        ({"looked_after_from": "2017-03-02"}, False),
        ({"looked_after_to": "2017-03-01"}, False),  # half-open: the first day it no longer holds
        ({"looked_after_to": "2017-03-02"}, True),
        ({"looked_after_from": ""}, False),
    ],
)
def test_looked_after_is_read_on_the_day_of_the_start(bot: Loader, cells: dict[str, str], lac: bool) -> None:
    assert load_all(bot, **cells)["lac"] is lac


def test_corrected_dates_correct_the_past(bot: Loader) -> None:
    assert load_all(bot)["lac"] is True
    bot.load("children", child(looked_after_from="2017-03-05"))
    assert bot.row("episode")["lac"] is False
    assert len(bot.rows("child_period")) == 1


def test_a_later_period_is_history_beside_the_earlier(bot: Loader) -> None:
    load_all(bot, looked_after_to="2017-04-01")
    bot.load("children", child(looked_after_from="2017-05-01"))
    assert [str(p["from_date"]) for p in bot.rows("child_period")] == ["2016-01-01", "2017-05-01"]
    assert bot.row("episode")["lac"] is True


def test_an_empty_period_in_a_later_file_takes_nothing_back(bot: Loader) -> None:
    load_all(bot)
    bot.load("children", child(looked_after_from=""))
    assert bot.row("episode")["lac"] is True


def test_a_period_that_ends_where_the_next_begins_is_another_one(bot: Loader) -> None:
    load_all(bot, looked_after_to="2017-04-01")
    bot.load("children", child(looked_after_from="2017-04-01"))
    assert [str(p["to_date"]) for p in bot.rows("child_period")] == ["2017-04-01", "None"]


def test_a_period_of_no_days_takes_back_one_that_began_that_day(bot: Loader) -> None:
    load_all(bot)
    bot.load("children", child(looked_after_to="2016-01-01"))
    assert bot.row("episode")["lac"] is False


def test_the_72_hours_run_from_the_return(bot: Loader) -> None:
    episode = load_all(bot)
    assert f"{episode['end_at']:%d %H:%M}" == "02 02:00"  # found: whereabouts known (R2)
    assert f"{episode['clock_start_at']:%d %H:%M}" == "02 03:00"
    assert f"{episode['due_at']:%d %H:%M}" == "05 03:00"
    assert (episode["required"], episode["interview_until_at"].year) == (True, 9999)


def test_an_open_episode_has_no_interview_due(bot: Loader) -> None:
    bot.load("police", police(found_at="", returned_at="", prevention_interview_at="", end_reason=""))
    episode = bot.row("episode")
    assert (episode["end_at"], episode["due_at"], episode["required"]) == (None, None, False)
    assert f"{episode['until_at']:%Y-%m-%d %H:%M}" == "2021-02-01 00:00"  # the 18th birthday


def test_the_police_log_alone_ends_an_episode(bot: Loader) -> None:
    bot.load("police", police(found_at="", returned_at="", prevention_interview_at="", end_reason=""))
    bot.load("interviews", interview())
    episode = bot.row("episode")
    assert episode["end_at"] is None
    assert f"{episode['due_at']:%d %H:%M}" == "05 03:00"  # the 72 hours do not wait for the police log
    assert f"{episode['returned_at']:%d %H:%M}" == "02 03:00"


def test_when_an_episode_became_known(bot: Loader) -> None:
    """What the first file brings was known outside long before; later, loading is becoming known (R23)."""
    bot.load("police", police())
    assert f"{bot.row('episode')['entered_at']:%Y-%m-%d %H:%M}" == "2017-03-01 23:00"
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
    assert f"{bot.rows('episode')[1]['entered_at']:%Y-%m-%d %H:%M}" == "2017-07-05 07:00"


@pytest.mark.parametrize(
    ("authority", "hosted"),
    [
        ("", False),
        ("n/a", False),
        ("LA-9", True),
        ("la-1", False),
        ("Own County Council", False),
        ("Borough of Nowhere", True),
        ("BOROUGH OF NOWHERE", True),
    ],
)
def test_a_code_or_a_listed_name_says_whether_another_authority_hosts(
    bot: Loader, authority: str, hosted: bool
) -> None:
    bot.partnership = replace(
        bot.partnership,
        own_authorities=("LA-1", "Own County Council"),
        other_authorities={"Borough of Nowhere": "LA-9"},
    )
    episode = load_all(bot, placing_authority=authority)
    assert (episode["hosted"], episode["required"], episode["doubts"]) == (hosted, not hosted, "")
    assert bot.row("child")["placing_authority"] == ("LA-9" if hosted else None)


@pytest.mark.parametrize("authority", ["Other LA - see notes", "Own County Council", "LA-9?", "0", "another"])
def test_an_authority_that_could_not_be_read_hides_no_interview(bot: Loader, authority: str) -> None:
    load_all(bot, placing_authority="LA-9")
    bot.load("children", child(placing_authority=authority))
    episode = bot.row("episode")
    assert (episode["hosted"], episode["required"], episode["doubts"]) == (False, True, "authority")
    bot.load("children", child(placing_authority="LA-9"))
    assert (bot.row("episode")["hosted"], bot.row("episode")["doubts"]) == (True, "")
