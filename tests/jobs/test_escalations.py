"""A crossed rule calls its roles once, on both databases, in any order of ticks and replicas."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from bot.jobs.escalations import carry_out
from bot.jobs.job import Drop, Hold, Ready
from bot.rules.effects import Overtaken
from bot.rules.escalations.calls import Call
from bot.rules.escalations.calls import calls as group
from bot.rules.model import GradeRecord
from bot.rules.partnership.partnership import Escalation
from bot.store.database import migrate, writing
from bot.store.migrations import run as migrations
from tests.support.escalation_calls import Calls, calls
from tests.support.factories import NOW, Recorded, at, away, episode, hours, reference
from tests.support.memory_platform import ONE_PERSON

CHILD = date(2006, 1, 1)  # 11 years old
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bot(database_url: str) -> Iterator[Calls]:
    with calls(database_url) as found:
        yield found


def missing(child: int = 1, ago: float = 2, **changes: object) -> Recorded:
    """Missing since so many hours before NOW, graded medium by the police, no rule met."""
    return episode(child, NOW - hours(ago), **changes)  # type: ignore[arg-type]


# -- each agency is called --


def test_each_agency_is_called_once_and_told_once(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW, NOW, NOW + MINUTE)
    assert bot.called() == [("police", 1, "police"), ("council", 1, "north-manager")]
    assert [(d.audience, d.slot, d.due_at) for d in bot.messages()] == [
        ("police", "1", NOW),
        ("north-manager", "2", NOW),
    ]
    assert [r.acknowledge_by for r in bot.raised()] == [NOW + hours(0.5)] * 2


def test_a_call_can_be_found_again_so_that_it_is_neither_repeated_nor_thought_lost(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    for d in bot.messages():
        ready = bot.compose(d, NOW)
        assert isinstance(ready, Ready)
        assert ready.message.marker == d.marker


def test_what_was_done_is_in_the_trail(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    assert bot.trail()[0] == ("raised", reference(1), "rule special, tier 1: duty_inspector of police, police")


def test_nothing_to_do_writes_nothing(bot: Calls) -> None:
    bot.put(missing())
    bot.tick(NOW)
    assert (bot.called(), bot.messages(), bot.trail()) == ([], [], [])


@pytest.mark.parametrize(
    ("x", "rules"),
    [
        (missing(birth=CHILD), {"special"}),
        (missing(cp=True), {"special"}),
        (missing(uasc=True), {"special"}),
        (missing(hosted=True, cp=True), {"special"}),
        (missing(grade="high", graded_at=NOW), {"special"}),
        (missing(grade="high", graded_at=NOW - hours(0.5)), {"special", "high"}),
        (missing(grade=None), {"ungraded"}),
        (missing(ago=1, grade=None), set()),  # reported an hour after it began
        (missing(ago=23.9), set()),
        (missing(ago=24), {"open"}),
        (missing(ago=71.9), {"open"}),
        (missing(ago=72), {"long"}),
        (away(1, NOW - hours(80)), set()),
    ],
)
def test_which_rules_are_met(bot: Calls, x: Recorded, rules: set[str]) -> None:
    bot.put(x)
    bot.tick(NOW)
    assert {r.rule for r in bot.raised()} == rules


def test_a_rule_without_a_role_in_an_agency_calls_nobody_there(bot: Calls) -> None:
    bot.put(missing(grade=None))
    bot.tick(NOW)
    assert [r.agency for r in bot.raised("ungraded")] == ["police"]


def test_24_hours_then_72(bot: Calls) -> None:
    bot.put(missing(ago=0))
    start = NOW
    bot.tick(start + hours(23), start + hours(24))
    assert {r.rule for r in bot.raised()} == {"open"}
    assert all(r.decide_by for r in bot.raised("open"))
    bot.tick(start + hours(72))
    assert bot.called("long") == [("police", 1, "police-lead"), ("council", 1, "lead")]


# -- a fresh installation, and data that come late --


def test_of_what_crossed_long_ago_only_who_is_missing_now_is_called_for_and_once(bot: Calls) -> None:
    history = [episode(n, NOW - hours(24 * 40 + n), NOW - hours(24 * 38), birth=CHILD, grade="high") for n in range(50)]
    bot.put(*history, missing(60, ago=24 * 12))
    bot.tick(NOW, NOW + MINUTE)
    assert {r.episode_id for r in bot.raised()} == {bot.raised()[0].episode_id}
    assert bot.called() == [("police", 1, "police-lead"), ("council", 1, "lead")]
    assert {r.rule for r in bot.raised()} == {"long"}


def test_what_came_late_and_is_over_calls_nobody(bot: Calls) -> None:
    late = [episode(1, NOW - hours(24 * n + 60), NOW - hours(24 * n + 50), birth=CHILD) for n in (0, 10, 20)]
    bot.put(*(replace(x, entered_at=NOW) for x in late))
    bot.tick(NOW)
    assert bot.raised() == []


# -- three in 90 days --


def repeats(child: int = 1, **changes: object) -> list[Recorded]:
    """Two earlier nights; the third begins at NOW - 5 h."""
    earlier = [episode(child, NOW - hours(24 * n), NOW - hours(24 * n - 5)) for n in (10, 20)]
    return [*earlier, missing(child, ago=5, **changes)]


def test_three_in_90_days_once_a_crossing(bot: Calls) -> None:
    bot.put(*repeats())
    bot.tick(NOW, NOW + hours(1))
    assert bot.called() == [("police", 1, "police"), ("council", 1, "north-manager")]
    fourth = episode(1, NOW + hours(30))
    bot.put(replace(repeats()[2], id=bot.raised()[0].episode_id, end_at=NOW + hours(3), until_at=NOW + hours(3)))
    bot.put(fourth)
    bot.tick(NOW + hours(31))
    assert {r.episode_id for r in bot.raised("repeat")} != {fourth.id}
    assert fourth.id not in {r.episode_id for r in bot.raised("repeat")}


def test_it_re_arms_when_the_count_falls_to_two(bot: Calls) -> None:
    *earlier, last = repeats()
    bot.put(*earlier, last)
    bot.tick(NOW)
    bot.put(replace(last, end_at=NOW, until_at=NOW))
    later = NOW + timedelta(days=80)  # of the first three only one, and the night before, lie in the 90 days
    bot.put(episode(1, later - hours(24), later - hours(20)), episode(1, later - hours(2)))
    bot.tick(later)
    assert len({r.episode_id for r in bot.raised("repeat")}) == 2


def test_a_child_who_came_back_before_the_export_has_crossed_it_all_the_same(bot: Calls) -> None:
    *earlier, last = repeats()
    bot.put(*earlier, replace(last, end_at=NOW - hours(1), until_at=NOW - hours(1), grade="high", cp=True))
    bot.tick(NOW)
    assert {r.rule for r in bot.raised()} == {"repeat"}
    (ready, _) = [bot.compose(d, NOW) for d in bot.messages()]
    assert isinstance(ready, Ready)
    assert "The child is back after 4 h." in ready.message.reply.text


# -- edge cases 27, 28 and 35 --


def test_27_low_becomes_high_in_the_night_and_again_after_it_was_lowered(bot: Calls) -> None:
    start, night = at("Tue 4 Jul 2017 22:00"), at("Wed 5 Jul 2017 03:00")
    low = GradeRecord(start + hours(1), "low")
    high, lower, again = (GradeRecord(night + hours(n), g) for n, g in ((0, "high"), (4, "low"), (5, "high")))  # type: ignore[arg-type]
    x = episode(1, start, grade="low", graded_at=low.graded_at)
    bot.put(x, grades=[low])
    bot.tick(night - MINUTE)
    assert bot.raised() == []
    bot.put(replace(x, grade="high", graded_at=night), grades=[low, high])
    bot.tick(night, night + 29 * MINUTE)
    assert bot.called("high") == [], "not confirmed yet"
    bot.tick(night + 30 * MINUTE, night + 31 * MINUTE)
    assert bot.called("high") == [("police", 1, "police-lead"), ("council", 1, "lead")]
    bot.put(replace(x, grade="low", graded_at=lower.graded_at), grades=[low, high, lower])
    bot.tick(lower.graded_at)
    assert {r.closed_because for r in bot.raised("high")} == {"lowered"}
    bot.put(replace(x, grade="high", graded_at=again.graded_at), grades=[low, high, lower, again])
    bot.tick(again.graded_at + 30 * MINUTE, again.graded_at + 31 * MINUTE)
    assert Counter(r.crossing for r in bot.raised("high") if r.tier == 1) == {1: 2, 2: 2}
    assert len([r for r in bot.raised("special") if r.tier == 1]) == 2, "once an episode"


def test_27_a_grade_that_was_given_again_is_no_crossing(bot: Calls) -> None:
    grades = [GradeRecord(NOW - hours(n), "high") for n in (3, 2, 1)]
    for n in range(1, 4):
        bot.put(x := missing(ago=4, id=77, grade="high", graded_at=grades[n - 1].graded_at), grades=grades[:n])
        bot.tick(NOW)
    assert {r.crossing for r in bot.raised("high")} == {1}
    assert x.grade == "high"


def test_28_without_a_grade_until_there_is_one(bot: Calls) -> None:
    x = missing(grade=None)
    bot.put(x)
    bot.tick(NOW)
    bot.put(replace(x, grade="low", graded_at=NOW))
    bot.tick(NOW + MINUTE)
    assert [r.closed_because for r in bot.raised("ungraded")] == ["graded"]
    assert bot.compose(bot.messages()[0], NOW + MINUTE) == Drop("graded")


def test_35_of_a_child_who_died_nothing_is_said_any_more(bot: Calls) -> None:
    x = missing(birth=CHILD, grade="high")
    bot.put(x)
    bot.tick(NOW)
    before = len(bot.raised())
    died = replace(x, end_at=NOW, until_at=NOW, end_reason="died")
    bot.put(died, missing(2, ago=30))
    assert {bot.compose(d, NOW) for d in bot.messages()} == {Drop("over")}
    bot.tick(NOW + MINUTE, NOW + hours(2))
    assert {r.closed_because for r in bot.raised() if r.episode_id == x.id} == {"died"}
    assert len([r for r in bot.raised() if r.episode_id == x.id]) == before


def test_35_nobody_is_called_for_a_child_who_died_whatever_else_is_open(bot: Calls) -> None:
    """A police log that is open still, beside a death on another record."""
    dead = episode(1, NOW - hours(200), NOW - hours(190), end_reason="died")
    bot.put(dead, missing(1, ago=90, cp=True, grade="high"), missing(2, ago=5, end_reason="died"))
    bot.tick(NOW)
    assert (bot.raised(), bot.messages()) == ([], [])


def test_35_three_nights_of_a_child_who_died_call_nobody(bot: Calls) -> None:
    *earlier, last = repeats()
    bot.put(*earlier, replace(last, end_at=NOW - hours(1), until_at=NOW - hours(1), end_reason="died"))
    bot.tick(NOW)
    assert bot.raised() == []


# -- until somebody acknowledges --


def test_unacknowledged_the_next_tier_then_the_last_then_administrators(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW, NOW + 29 * MINUTE)
    assert len(bot.raised()) == 2
    bot.tick(NOW + 30 * MINUTE, NOW + 31 * MINUTE)
    assert bot.called() == [
        ("police", 1, "police"),
        ("council", 1, "north-manager"),
        ("police", 2, "police-lead"),
        ("council", 2, "lead"),
    ]
    assert [r.role for r in bot.raised()[2:]] == ["superintendent_on_call", "assistant_director"]
    bot.tick(NOW + 30 * MINUTE + hours(1))
    assert [r.role for r in bot.raised()[4:]] == ["detective_lead", "director"]
    assert bot.alarms() == []
    bot.tick(NOW + 30 * MINUTE + hours(2), NOW + 31 * MINUTE + hours(2))
    assert [r.role for r in bot.raised()[6:]] == ["detective_lead", "director"], "the last tier is called again"
    assert {r.acknowledge_by for r in bot.raised()[6:]} == {NOW + 30 * MINUTE + hours(3)}
    assert bot.alarms("police") == bot.alarms("north-manager") == bot.alarms(), "and both duty desks are told"
    assert bot.alarms() == [
        "2 calls ran out of tiers (police 1, council 1). Ring both duty desks. "
        "Called again: detective lead of police, director of council. Duty desks see them with: escalations."
    ], "one alarm for both"
    assert not any(reference(1) in text for text in bot.alarms())


def test_an_acknowledgement_stops_the_ladder_of_its_own_agency_alone(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    bot.acknowledge(1, "police", NOW + MINUTE)
    bot.tick(NOW + hours(3))
    assert [(r.agency, r.tier) for r in bot.raised()] == [("police", 1), ("council", 1), ("council", 2)]
    assert isinstance(bot.compose(bot.message_of(3), NOW + hours(3)), Ready)
    assert bot.compose(bot.message_of(1), NOW + hours(3)) == Drop("acknowledged")


def test_whoever_was_called_first_may_be_late_and_the_second_learns_of_it(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW, NOW + hours(0.5))
    bot.acknowledge(1, "police", NOW + hours(0.6))
    second = next(r for r in bot.raised() if (r.agency, r.tier) == ("police", 2))
    assert second.closed_because == "acknowledged"
    assert bot.compose(bot.message_of(second.id), NOW + hours(0.6)) == Drop("acknowledged")
    with pytest.raises(Overtaken, match="police acknowledged this on Wed 5 Jul 08:36"):
        bot.acknowledge(second.id, "police-lead", NOW + hours(0.7))


def test_a_child_who_is_back_is_called_for_no_more(bot: Calls) -> None:
    x = missing(ago=24)
    bot.put(x)
    bot.tick(NOW)
    bot.put(replace(x, end_at=NOW + MINUTE, until_at=NOW + MINUTE, end_reason="returned_self"))
    assert bot.compose(bot.messages()[0], NOW + 2 * MINUTE) == Drop("over")
    bot.tick(NOW + 2 * MINUTE, NOW + hours(9))
    assert len(bot.raised()) == 2
    assert {r.closed_because for r in bot.raised()} == {"over"}
    with pytest.raises(Overtaken, match="closed"):
        bot.acknowledge(1, "police", NOW + hours(9))


def test_a_return_that_is_put_right_calls_again(bot: Calls) -> None:
    x = missing(ago=24)
    bot.put(x)
    bot.tick(NOW)
    bot.put(replace(x, end_at=NOW, until_at=NOW, end_reason="returned_self"))
    bot.tick(NOW + MINUTE)
    bot.put(x)
    bot.tick(NOW + hours(5), NOW + hours(5), NOW + hours(5) + MINUTE)
    assert {(r.closed_at, r.acknowledge_by) for r in bot.raised()} == {(None, NOW + hours(7))}
    assert len(bot.raised()) == 2
    again = [d for d in bot.messages() if "|" in d.slot]
    assert [d.audience for d in again] == ["police", "lead"]
    assert all(isinstance(bot.compose(d, NOW + hours(5)), Ready) for d in again)
    bot.tick(NOW + hours(7))
    assert {r.tier for r in bot.raised()} == {1, 2}


def test_a_call_on_repeats_is_given_up_a_week_after_the_return_and_not_before(bot: Calls) -> None:
    *earlier, last = repeats()
    bot.put(*earlier, last)
    bot.tick(NOW)
    bot.put(replace(last, end_at=NOW, until_at=NOW))
    days = [NOW + timedelta(days=n) for n in (1, 2, 5, 6)]
    bot.tick(*days)
    assert {r.role for r in bot.raised("repeat")} == {"missing_person_coordinator", "team_manager", "strategic_lead"}
    assert {r.closed_at for r in bot.raised("repeat")} == {None}
    bot.tick(NOW + timedelta(days=7))
    assert {r.closed_because for r in bot.raised("repeat")} == {"lapsed"}


# -- whom --


def test_who_is_away_is_called_through_their_cover(bot: Calls) -> None:
    bot.away("north-manager", date(2017, 7, 5), "lead", NOW)
    bot.away("police", date(2017, 7, 5), "", NOW)
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    assert bot.called() == [("police", 1, ""), ("police", 2, "police-lead"), ("council", 1, "lead")]
    assert bot.alarms()[0].startswith("The holder of duty inspector of police (north) could not be called")


def test_a_cover_of_the_other_agency_is_no_cover(bot: Calls) -> None:
    bot.away("police", date(2017, 7, 5), "lead", NOW)
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    assert bot.called()[:2] == [("police", 1, ""), ("police", 2, "police-lead")]


def vacant(bot: Calls, *roles: str) -> None:
    held = {role: {} if role in roles else who for role, who in bot.partnership.roles.items()}
    bot.partnership = replace(bot.partnership, roles=held)


def test_a_vacant_role_is_seen_and_the_next_tier_called_at_once(bot: Calls) -> None:
    vacant(bot, "detective_lead")
    bot.put(missing(ago=72))
    bot.tick(NOW, NOW + MINUTE)
    assert bot.called() == [("police", 1, ""), ("council", 1, "lead")]
    assert bot.alarms() == [
        "Nobody holds detective lead of police (north), so nobody there could be called by an escalation. "
        "Name people under [roles] in the partnership file, or with the verb people."
    ]
    assert ("raised", reference(1), "rule long, tier 1: detective_lead of police, nobody") in bot.trail()


def test_where_every_tier_is_vacant_whoever_is_on_duty_is_called(bot: Calls) -> None:
    vacant(bot, "duty_team_manager", "assistant_director", "director")
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    council = [r for r in bot.raised() if r.agency == "council"]
    assert [(r.tier, r.role, r.person) for r in council] == [
        (1, "duty_team_manager", ""),
        (2, "assistant_director", ""),
        (3, "director", ""),
        (4, "duty", "coordinator"),
    ]
    bot.tick(NOW + hours(3))
    assert any(text.startswith("1 call ran out of tiers (council 1)") for text in bot.alarms())


def test_who_is_named_later_is_called_then(bot: Calls) -> None:
    whole = bot.partnership
    vacant(bot, "detective_lead")
    bot.put(missing(ago=72))
    bot.tick(NOW)
    bot.partnership = whole
    bot.tick(NOW + hours(1), NOW + hours(1) + MINUTE)
    assert bot.called("long") == [("police", 1, "police-lead"), ("council", 1, "lead")]
    assert [d.audience for d in bot.messages()] == ["lead", "police-lead"]
    bot.tick(at("Wed 5 Jul 2017 22:00"))
    assert any(text.startswith("2 calls ran out of tiers (police 1, council 1)") for text in bot.alarms())


def test_who_cannot_be_reached_is_not_called(bot: Calls) -> None:
    bot.chat.name = "slack"  # where nobody of the practice partnership has an account
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    assert {r.person for r in bot.raised()} == {""}
    assert bot.messages() == []
    (alarm,) = bot.alarms()
    assert "duty inspector of police (north)" in alarm
    assert "director of council (north)" in alarm


def test_who_may_not_see_lists_is_not_called(bot: Calls) -> None:
    named = {**bot.partnership.roles, "duty_team_manager": {"council": "analyst"}}
    bot.partnership = replace(bot.partnership, roles=named)  # type: ignore[arg-type]
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    assert [r.person for r in bot.raised() if r.agency == "council"] == ["", "lead"]


# -- one child, two records --


def test_two_open_records_of_one_child_are_one_absence(bot: Calls) -> None:
    police = missing(1, ago=30, council=False, cp=True)
    council = missing(1, ago=29, police=False, grade=None)
    bot.put(police, council)
    bot.tick(NOW)
    assert Counter((r.rule, r.agency) for r in bot.raised()).most_common(1)[0][1] == 1
    assert {r.rule for r in bot.raised()} == {"special", "open"}, "graded on one record is graded"
    bot.put(replace(police, end_at=NOW, until_at=NOW))
    bot.tick(NOW + MINUTE)
    assert {r.closed_at for r in bot.raised()} == {None}, "the child is missing still, by the other record"
    assert {r.rule for r in bot.raised()} == {"special", "open", "ungraded"}, "the grade is of a log that is closed"
    assert [(r.rule, r.tier) for r in bot.raised()[4:]] == [("special", 2), ("ungraded", 1), ("open", 2)]
    assert {r.message for r in bot.raised()[4:]} == {5}, "one call with all their names"
    bot.put(replace(council, end_at=NOW + MINUTE, until_at=NOW + MINUTE))
    bot.tick(NOW + hours(1))
    assert {r.closed_because for r in bot.raised()} == {"over"}


# -- the message --


def test_the_message_says_what_is_asked_by_when_and_of_whom_else(bot: Calls) -> None:
    bot.put(missing(ago=26, hosted=True))
    bot.tick(NOW)
    bot.acknowledge(1, "police", NOW + MINUTE)
    found = bot.compose(bot.message_of(2), NOW + 2 * MINUTE)
    assert isinstance(found, Ready)
    reply = found.message.reply
    assert (reply.title, reply.level, found.subject) == (
        f"{reference(1)}: please acknowledge by 10:00",
        2,
        reference(1),
    )
    assert reply.text == (
        "🟠 medium · 13-15 · missing 26 h, since Tue 4 Jul 06:00 · north",
        "Hosted: the placing authority leads for the child and has to be told; police and risk here are ours, "
        "so you are called all the same.",
        "You are called (head of service of council).",
        "Rules met: Missing for 24 hours",
        f"A strategy decision is asked for by the end of Wed 12 Jul: strategy {reference(1)} considered.",
    )
    assert reply.footer[0] == "Police: missing person coordinator, acknowledged 08:01 · next: director, 10:00"
    assert [b.command for b in reply.buttons] == ["escalations 2 acknowledge", f"child {reference(1)}"]
    assert found.message.preview == "You have items to look at."


def test_each_rule_has_its_evidence(bot: Calls) -> None:
    bot.put(*repeats(birth=CHILD, cp=True, uasc=True, grade="high", graded_at=NOW - hours(3)))
    bot.tick(NOW)
    assert {r.message for r in bot.raised() if r.agency == "police"} == {1}
    found = bot.compose(bot.message_of(1), NOW)
    assert isinstance(found, Ready)
    reply = found.message.reply
    assert reply.title == f"{reference(1)}: please acknowledge by 08:30"
    assert reply.text == (
        "🔴 HIGH · under 13, child protection plan, UASC · missing 5 h, since 03:00 · north",
        "You are called (superintendent on call of police).",
        "Rules met: under 13, child protection plan, UASC · Graded high, confirmed · "
        "3 in 90 days (Thu 15 Jun, Sun 25 Jun, Wed 5 Jul)",
        f"A strategy decision is asked for by the end of Wed 12 Jul: strategy {reference(1)} considered.",
    ), "each fact once"


def test_no_button_that_would_be_refused(bot: Calls) -> None:
    """The duty manager of the night is a manager of the north; a look at a child of the south would be a miss."""
    bot.put(missing(birth=CHILD, area="south"))
    bot.tick(NOW)
    found = bot.compose(bot.message_of(2), NOW)
    assert isinstance(found, Ready)
    assert [b.label for b in found.message.reply.buttons] == ["Acknowledge"]


def test_a_cover_who_sees_their_own_cases_alone_gets_no_button_either(bot: Calls) -> None:
    bot.away("north-manager", date(2017, 7, 5), "south-worker", NOW)
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    found = bot.compose(bot.message_of(2), NOW)
    assert isinstance(found, Ready)
    assert [b.label for b in found.message.reply.buttons] == ["Acknowledge"]


def test_in_no_place_where_others_read(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    (first, *_) = bot.messages()
    bot.chat.describes[first.destination] = replace(ONE_PERSON, members=(True, True))
    assert bot.compose(first, NOW) == Hold("privacy")


def test_who_is_no_longer_listed_is_told_nothing(bot: Calls) -> None:
    bot.put(missing(birth=CHILD))
    bot.tick(NOW)
    gone = tuple(replace(p, active=False) if p.id == "police" else p for p in bot.partnership.people)
    bot.partnership = bot.partnership.with_people(gone)
    assert bot.compose(bot.messages()[0], NOW) == Drop("not listed")


# -- whatever the order --


ORDERS = (
    *(("sqlite", n) for n in range(2)),
    *(("postgresql", n) for n in range(2)),
    *(pytest.param("sqlite", n, marks=pytest.mark.thorough) for n in range(2, 6)),
)


@pytest.mark.parametrize(("database_url", "seed"), ORDERS, indirect=["database_url"])
def test_never_twice_whatever_the_order_of_ticks_and_replicas(bot: Calls, seed: int) -> None:
    """Children come and go, are graded, die and are acknowledged, while replicas tick with old and new clocks."""
    dice = random.Random(seed)
    now, known = NOW, list[Recorded]()
    dead: dict[int, int] = {}
    for step in range(30):
        now += timedelta(minutes=dice.randrange(1, 200))
        known = _change(dice, known, now, step)
        bot.put(*known)
        for x in known:
            if x.died and x.id not in dead:
                dead[x.id] = len([r for r in bot.raised() if r.episode_id == x.id])
        for name in dice.sample(["one", "two", "three"], 3):
            bot.tick(now - timedelta(seconds=dice.randrange(0, 40)), name=name)
        waiting = [r for r in bot.raised() if r.acknowledged_at is None and r.closed_at is None]
        if waiting and dice.randrange(2):
            bot.acknowledge(dice.choice(waiting).id, "somebody", now)
        _check(bot, dead)
    assert len(bot.raised()) > 5


def test_what_another_replica_did_since_it_was_read_is_left_as_it_is(bot: Calls) -> None:
    """Each replica reads, then one after the other writes: calls, next tiers, acknowledgements and closings."""
    x = missing(birth=CHILD)
    bot.put(x)
    for now in (NOW, NOW + hours(0.5)):
        stale = [bot.look(now) for _ in range(2)]
        for found in stale:
            carry_out(bot.run(), found, {})
    assert [(r.agency, r.tier) for r in bot.raised()] == [("police", 1), ("council", 1), ("police", 2), ("council", 2)]
    stale_now = bot.look(NOW + hours(1.5))
    second = next(r.id for r in bot.raised() if (r.agency, r.tier) == ("police", 2))
    bot.acknowledge(second, "police-lead", NOW + hours(1.4))
    carry_out(bot.run(), stale_now, {})
    assert [(r.agency, r.tier) for r in bot.raised()][4:] == [("council", 3)]
    bot.put(replace(x, end_at=NOW, until_at=NOW))
    stale = [bot.look(NOW + hours(n)) for n in (2, 3)]
    for found in stale:
        carry_out(bot.run(), found, {})
    assert {r.closed_at for r in bot.raised() if r.agency == "council"} == {NOW + hours(2)}
    assert len(bot.messages()) == 5


@pytest.mark.parametrize("seed", range(3))
def test_three_replicas_at_one_moment_while_people_acknowledge(bot: Calls, seed: int) -> None:
    """Each on a connection of its own; none fails, nothing is done twice, and no tier follows an acknowledgement."""
    dice = random.Random(seed)
    bot.put(*(missing(n, ago=dice.choice([2, 30, 80]), birth=CHILD) for n in range(1, 4)))
    with ThreadPoolExecutor(4) as replicas:
        for minutes in (0, 30, 91, 200):
            now = NOW + minutes * MINUTE
            waiting = [r.id for r in bot.raised() if r.acknowledged_at is None and r.closed_at is None]
            work = [replicas.submit(bot.tick, now, name=name) for name in ("one", "two", "three")]
            if waiting:
                work.append(replicas.submit(bot.acknowledge, dice.choice(waiting), "somebody", now))
            faults = [w.exception() for w in work]
            assert [f for f in faults if f is not None and not isinstance(f, Overtaken)] == []
            _check(bot, {})
    assert len(bot.messages()) == len({r.message for r in bot.raised() if r.person})


def _change(dice: random.Random, known: list[Recorded], now: object, step: int) -> list[Recorded]:
    assert isinstance(now, type(NOW))
    new = episode(100 + step, now - hours(dice.choice([0, 1, 30, 90])), birth=dice.choice([CHILD, date(2002, 9, 1)]))
    found = [*known, replace(new, grade=dice.choice([None, "low", "high"]), graded_at=new.start_at)]
    at_random = dice.randrange(len(found))
    x = found[at_random]
    ended = {"end_at": now, "until_at": now}
    change = dice.choice([{"grade": "high", "graded_at": now}, {"grade": "low", "graded_at": now}, ended])
    if dice.randrange(6) == 0:
        change = {**ended, "end_reason": "died"}
    if x.end_at is None and x.start_at < now:
        found[at_random] = replace(x, **change)  # type: ignore[arg-type]
    return found


def _check(bot: Calls, dead: dict[int, int]) -> None:
    raised = bot.raised()
    assert max(Counter((r.rule, r.episode_id, r.crossing, r.agency, r.tier) for r in raised).values(), default=1) == 1
    assert max(Counter((d.audience, d.slot) for d in bot.messages()).values(), default=1) == 1
    for number, before in dead.items():
        assert len([r for r in raised if r.episode_id == number]) == before, "called for a child who died"
    agencies = Counter((r.rule, r.episode_id, r.crossing) for r in raised if r.tier == 1 and r.rule != "ungraded")
    assert set(agencies.values()) <= {2}, "each agency is called"
    for r in raised:
        tiers = [t for t in raised if t.key == r.key]
        done = next((t for t in tiers if t.acknowledged_at), None)
        assert sum(t.acknowledged_at is not None for t in tiers) <= 1
        if done and done.acknowledged_at:
            assert all(t.at <= done.acknowledged_at for t in tiers), "acknowledged, and the next tier called"


# -- what could not be read --


def test_a_grade_that_cannot_be_read_any_more_answers_no_call_and_calls_as_no_grade_does(bot: Calls) -> None:
    """The child may be high as before, or may be graded anew: who was called is asked on, and the police grade it."""
    graded = GradeRecord(NOW - hours(1), "high")
    x = missing(grade="high", graded_at=graded.graded_at)
    bot.put(x, grades=[graded])
    bot.tick(NOW)
    before = bot.called("high") + bot.called("special")
    assert before
    unread = replace(
        x,
        grade=None,
        graded_at=None,
        grade_before="high",
        graded_before_at=graded.graded_at,
        doubts=frozenset({"grade"}),
    )
    bot.put(unread, grades=[graded])
    bot.tick(NOW + MINUTE, NOW + MINUTE)
    assert {person for _, _, person in bot.called("high") + bot.called("special")} == {p for _, _, p in before}
    assert {r.person for r in bot.raised() if r.agency == "council"} == {"lead"}, "nobody new for it"
    assert all(r.closed_at is None for r in bot.raised("high"))
    assert bot.called("ungraded") == [("police", 1, "police-lead")], "the person who is called already"


def test_who_is_missing_since_when_nobody_can_read_is_called_for_at_once(bot: Calls) -> None:
    x = missing(ago=0, doubts=frozenset({"start"}), counted=False)
    bot.put(x)
    bot.tick(NOW)
    assert bot.called("special") == [("police", 1, "police"), ("council", 1, "north-manager")]
    ready = bot.compose(bot.messages()[0], NOW)
    assert isinstance(ready, Ready)
    assert "since when not known" in str(ready.message.reply)


def test_an_age_in_doubt_closes_no_call(bot: Calls) -> None:
    """A council's typing error in a birth date: the younger age holds, and the child stays in every call."""
    x = missing(birth=CHILD)
    bot.put(x)
    bot.tick(NOW)
    bot.put(replace(x, doubts=frozenset({"age"}), counted=False))
    bot.tick(NOW + MINUTE)
    assert len(bot.raised("special")) == 2
    assert all(r.closed_at is None for r in bot.raised())


# -- one person of an agency at a time --


def test_a_call_that_nobody_could_be_called_for_goes_along_with_the_next_one(bot: Calls) -> None:
    whole = bot.partnership
    vacant(bot, "detective_lead")
    bot.put(x := missing(ago=72))
    bot.tick(NOW)
    assert [(r.role, r.person) for r in bot.raised() if r.agency == "police"] == [("detective_lead", "")]
    bot.put(replace(x, cp=True))
    bot.tick(NOW + MINUTE)
    (message,) = {r.message for r in bot.raised() if r.agency == "police" and r.person}
    assert {r.rule for r in bot.raised() if r.message == message} == {"long", "special"}
    before = len(bot.raised())
    bot.partnership = whole
    bot.tick(NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    assert len(bot.raised()) == before, "no second person beside the first"
    bot.acknowledge(message, "police-lead", NOW + 4 * MINUTE)
    assert not [c for c in calls_of(bot) if c.open and c.first.agency == "police"]


def test_at_night_a_role_of_the_daytime_is_called_where_no_other_has_a_person(bot: Calls) -> None:
    """A rule of working days waits for the inspector on a Saturday; a rule met then has a role that nobody holds."""
    vacant(bot, "superintendent_on_call")
    rules = (
        Escalation(id="open", name="x", police="duty_inspector", days="working", after_hours=1),
        Escalation(id="special", name="y", police="superintendent_on_call"),
    )
    bot.partnership = replace(bot.partnership, escalations=rules)
    saturday = at("Sat 8 Jul 2017 20:00")
    x = episode(1, saturday - hours(2), birth=None)
    bot.put(x)
    bot.tick(saturday)
    assert bot.called() == [("police", 1, "police")]
    bot.put(replace(x, cp=True))
    bot.tick(saturday + MINUTE)
    waiting = [c.waits for c in calls_of(bot)]
    assert {(r.rule, r.person) for r in waiting if r} == {("open", "police"), ("special", "police")}


def test_calls_that_are_open_again_go_to_whoever_was_called_meanwhile(bot: Calls) -> None:
    """The call on repeats outlived the return and climbed; the others join it when the return is put right."""
    *earlier, last = repeats()
    high = replace(last, grade="high", graded_at=last.start_at)
    bot.put(*earlier, high)
    bot.tick(NOW)
    bot.put(replace(high, end_at=NOW, until_at=NOW))
    bot.tick(NOW + MINUTE, NOW + hours(0.5))
    waiting = {c.waits.role for c in calls_of(bot) if c.waits and c.first.agency == "police"}
    assert waiting == {"strategic_lead"}
    bot.put(high)
    bot.tick(NOW + hours(0.6), NOW + hours(0.6) + MINUTE)
    open_now = [c.waits for c in calls_of(bot) if c.open and c.first.agency == "police"]
    assert {r.rule for r in open_now if r} == {"special", "high", "repeat"}
    assert len({(r.message, r.person) for r in open_now if r}) == 1


def calls_of(bot: Calls) -> list[Call]:
    return group(bot.raised())


def test_two_records_of_one_absence_that_is_over_call_once_for_repeats(bot: Calls) -> None:
    """The police's record called; the council's own, begun earlier, crosses the rule in its place."""
    *earlier, police = repeats()
    council = replace(police, id=95, start_at=police.start_at - 20 * MINUTE, police=False)
    bot.put(*earlier, police)
    bot.tick(NOW)
    before = bot.called("repeat")
    assert before
    over = [replace(x, end_at=NOW, until_at=NOW) for x in (police, replace(council, council=True))]
    bot.put(*over)
    bot.tick(NOW + MINUTE)
    assert bot.called("repeat") == before


# -- what confirms a high grade --


def confirmed_by(bot: Calls, what: str, within: int = 90) -> None:
    rules = (
        replace(e, confirmed_by=what, confirm_within=within)  # type: ignore[arg-type]
        if e.id == "high"
        else e
        for e in bot.partnership.escalations
    )
    bot.partnership = replace(bot.partnership, escalations=tuple(rules))


def graded(bot: Calls, x: Recorded, *grades: tuple[float, str]) -> None:
    """Store the police's series: minutes after NOW, and the grade."""
    series = [GradeRecord(NOW + n * MINUTE, grade) for n, grade in grades]  # type: ignore[arg-type]
    bot.put(replace(x, grade=series[-1].grade, graded_at=series[-1].graded_at), grades=series)


def called_for_high(bot: Calls) -> list[tuple[str, float]]:
    return [(r.agency, (r.at - NOW) / MINUTE) for r in bot.raised("high") if r.tier == 1]


def test_an_acknowledgement_of_the_police_confirms_and_one_of_the_council_does_not(bot: Calls) -> None:
    confirmed_by(bot, "acknowledgement")
    graded(bot, missing(id=90), (0, "high"))
    bot.tick(NOW)
    bot.acknowledge(2, "north-manager", NOW + 5 * MINUTE)
    bot.tick(NOW + 6 * MINUTE)
    assert called_for_high(bot) == []
    bot.acknowledge(1, "police", NOW + 10 * MINUTE)
    bot.tick(NOW + 11 * MINUTE, NOW + 12 * MINUTE)
    assert called_for_high(bot) == [("police", 11), ("council", 11)]


def test_an_acknowledgement_from_before_a_new_high_grade_does_not_confirm_it(bot: Calls) -> None:
    confirmed_by(bot, "acknowledgement")
    x = missing(id=91)
    graded(bot, x, (0, "high"))
    bot.tick(NOW)
    bot.acknowledge(1, "police", NOW + MINUTE)
    graded(bot, x, (0, "high"), (2, "medium"))
    bot.tick(NOW + 3 * MINUTE)
    graded(bot, x, (0, "high"), (2, "medium"), (20, "high"))
    bot.tick(NOW + 21 * MINUTE, NOW + 109 * MINUTE)
    assert called_for_high(bot) == [], "lowered before it was confirmed; then high anew"
    bot.tick(NOW + 110 * MINUTE)
    assert called_for_high(bot) == [("police", 110), ("council", 110)], "ninety minutes after it became high again"


@pytest.mark.parametrize("between", ["", "medium"])
def test_the_police_recording_it_again_confirms_unless_it_fell_in_between(bot: Calls, between: str) -> None:
    confirmed_by(bot, "grade")
    x, fell = missing(id=92), [(10, between)] if between else []
    graded(bot, x, (0, "high"), *fell)
    bot.tick(NOW + 10 * MINUTE)
    graded(bot, x, (0, "high"), *fell, (20, "high"))
    bot.tick(NOW + 20 * MINUTE)
    assert called_for_high(bot) == ([] if between else [("police", 20), ("council", 20)])


def test_without_a_confirmation_asked_for_a_high_grade_calls_at_once(bot: Calls) -> None:
    confirmed_by(bot, "nothing")
    graded(bot, missing(id=93), (0, "high"))
    bot.tick(NOW)
    assert called_for_high(bot) == [("police", 0), ("council", 0)]
    assert {r.role for r in bot.raised()} == {"superintendent_on_call", "assistant_director"}, "one call, both rules"


# -- the schema of before --


def test_calls_survive_the_schema_of_before_and_nobody_is_called_twice(bot: Calls) -> None:
    """Down to the release before and up again: a message named several rules, and each row is one of its own then."""
    bot.put(missing(birth=CHILD, grade="high", graded_at=NOW - hours(1)))
    bot.tick(NOW)
    before = bot.raised()
    assert [r.named_in for r in before if r.agency == "police"] == [None, 1]
    with writing(bot.engine) as connection:
        migrations.downgrade(connection, "0021")
        kept = connection.execute(text("SELECT id, rule, person_id FROM escalation ORDER BY id")).all()
    assert [tuple(row) for row in kept] == [(r.id, r.rule, r.person) for r in before]
    migrate(bot.engine)
    assert bot.raised() == [replace(r, named_in=None) for r in before]
    bot.tick(NOW + MINUTE)
    assert len(bot.raised()) == len(before)
    bot.tick(NOW + hours(2))
    waiting = [c.waits for c in calls_of(bot) if c.waits and c.first.agency == "police"]
    assert len(waiting) == 2
    assert len({r.message for r in waiting}) == 1, "from the next tier on they are one call"
