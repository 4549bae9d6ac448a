"""A filled form becomes a command that is read back as what was chosen; anything else is said, field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import form_answers
from bot.conversation.form_answers import as_command
from bot.conversation.inbound import NotFilled
from bot.conversation.reply import Kind
from bot.rules.episodes.confirmations import AGES, ENDS
from bot.rules.escalations.strategy import WHY
from bot.rules.interviews.steps import ParsedStep, listen
from bot.rules.interviews.transitions import OUTCOMES, WAITS
from bot.rules.text import reasons
from bot.rules.text.area_names import normalise_reference
from bot.rules.text.spoken_time import hear_days
from bot.rules.time.clock import from_london, local_day, to_london
from tests.support.factories import NOW, partnership, reference

REF = reference(1)
ONE = f"interview {REF} #12 v3"
CHILD = f"child {REF}"
COMMANDS: dict[Kind, str] = {"outcome": ONE, "snooze": ONE, "hand_over": ONE, "reason": CHILD, "away": "away"}
COMMANDS |= {"age": f"age {REF} v3", "ended": f"ended {REF} #12 v3", "said": f"said {REF} #12 v3"}
COMMANDS |= {"said_new": "said new", "strategy": f"strategy {REF} threshold met", "look_up": "child"}
FIELDS = (
    *("outcome", "date", "time", "reason", "person", "first", "last", "cover", "age", "how", "what"),
    *("area", "number", "young", "reference"),
)
SECRET = "Wilhelmina"
CALENDAR = partnership().calendar()

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *(
                "2017-07-06",
                "2017-13-06",
                "0000-01-01",
                "9999-12-31",
                "0001-01-01",
                "14:30",
                "24:00",
                "1:5",
                "14:30:00",
            ),
            *OUTCOMES,
            *WAITS,
            *AGES,
            *ENDS,
            *WHY["threshold_met"],
            *(
                "coordinator",
                "v9",
                "#4",
                "x #4",
                "coordinator v1",
                "seen at the station",
                'a "b" c d',
                "\u0661\u0662:\u0663\u0664",
            ),
            *("2017-07-06 held", "held\nchild OX-7QK4", 'x y z"\nchild OX-2222 because "a b c d'),
        ]
    ),
)
DAYS = st.dates(date(2016, 1, 1), date(2019, 12, 31))
WALLS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
PERSONS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9_-])?", fullmatch=True)
WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), min_size=3, max_size=12)


def heard(text: str, now: datetime = NOW) -> ParsedStep:
    """As the command hears it: the words after the reference, by white space."""
    name, ref, *rest = text.split()
    assert (name, ref) == ("interview", REF)
    return listen(" ".join(rest), now, CALENDAR)


def faults(kind: Kind, now: datetime | None = None, /, **values: str) -> dict[str, str]:
    with pytest.raises(NotFilled) as found:
        as_command(kind, COMMANDS[kind], values, now)
    return found.value.faults


def tried(kind: Kind, values: dict[str, str], now: datetime | None = None) -> tuple[str, dict[str, str]]:
    """The command, or what is wrong."""
    try:
        return as_command(kind, COMMANDS[kind], values, now), {}
    except NotFilled as fault:
        return "", fault.faults


@given(
    st.sampled_from(list(COMMANDS)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, HOSTILE)),
    st.sampled_from([None, NOW]),
)
def test_whatever_is_filled_in_it_is_one_line_of_the_same_command_or_not_filled(
    kind: Kind, values: dict[str, str], now: datetime | None
) -> None:
    text, wrong = tried(kind, values, now)
    if wrong:
        assert set(wrong) <= set(FIELDS)
        assert all(wrong.values())
        return
    assert text.startswith(f"{COMMANDS[kind]} ")
    assert text.splitlines() == [text]
    if kind in ("outcome", "snooze", "hand_over"):
        spoken = heard(text)
        assert (spoken.number, spoken.version) == (12, 3)
        assert spoken.verb
    if kind == "reason":
        ref, reason = reasons.split(text)
        assert ref == CHILD
        assert reason
        assert '"' not in reason


@pytest.mark.parametrize("typed", ["OX-7QK4", " ox-7qk4 ", "ox 7qk4", "OX7QK4"])
def test_a_reference_is_looked_up_and_nothing_else(typed: str) -> None:
    text = as_command("look_up", "child", {"reference": typed})
    assert normalise_reference(text.removeprefix("child "), "OX") == "OX-7QK4"
    for other in ("", "Wilhelmina", "OX-7QK4 because", "child OX-7QK4", "OX-7QK", "O-X-7QK4"):
        assert faults("look_up", reference=other) == {"reference": form_answers.NO_REFERENCE}


@given(st.sampled_from(list(OUTCOMES)), DAYS, WALLS)
def test_an_outcome_is_heard_as_it_was_chosen(outcome: str, day: date, wall: time) -> None:
    chosen = OUTCOMES[outcome]
    values = {"outcome": outcome, "date": str(day), "time": f"{wall:%H:%M}"}
    text, wrong = tried("outcome", values)
    if wrong:
        assert wrong["time"] in (form_answers.SKIPPED, form_answers.TWICE)
        return
    spoken = heard(text)
    assert (spoken.verb, spoken.detail) == (chosen.kind, chosen.detail)
    assert to_london((spoken.until_at if chosen.kind == "booked" else spoken.at) or NOW).replace(
        tzinfo=None
    ) == datetime.combine(day, wall)


@pytest.mark.parametrize("outcome", [o for o in OUTCOMES if o != "booked"])
def test_without_a_time_it_happened_now(outcome: str) -> None:
    spoken = heard(as_command("outcome", ONE, {"outcome": outcome, "date": "", "time": " "}))
    assert (spoken.verb, spoken.detail, spoken.at) == (OUTCOMES[outcome].kind, OUTCOMES[outcome].detail, None)


@given(st.sampled_from(list(WAITS)), DAYS, st.sampled_from([time(9), time(12, 30), time(17, 59)]))
def test_a_snooze_is_heard_as_it_was_chosen(reason: str, day: date, wall: time) -> None:
    spoken = heard(as_command("snooze", ONE, {"reason": reason, "date": str(day), "time": f"{wall:%H:%M}"}))
    assert (spoken.verb, spoken.detail) == ("snoozed", reason.replace(" ", "_"))
    assert spoken.until_at == from_london(datetime.combine(day, wall))


@given(PERSONS)
def test_a_person_is_heard_as_one(person: str) -> None:
    spoken = heard(as_command("hand_over", ONE, {"person": person}))
    assert (spoken.verb, spoken.to, spoken.number, spoken.version) == ("handed_over", person, 12, 3)


@given(WORDS)
def test_a_reason_never_gets_out_of_its_quotes(words: list[str]) -> None:
    text, wrong = tried("reason", {"reason": " ".join(words)})
    if wrong:
        assert wrong["reason"] in (form_answers.NO_REASON, form_answers.LONG_REASON, form_answers.PERSONAL)
        return
    assert text.startswith(f'{CHILD} because "')
    assert text.endswith('"')
    assert text.count('"') == 2
    assert reasons.split(" ".join(text.split())) == (CHILD, text[len(f'{CHILD} because "') : -1])


def test_quotes_and_lines_of_a_reason() -> None:
    typed = 'seen at the "station"\nchild OX-2222 because \u201cshe asked'
    text = as_command("reason", CHILD, {"reason": typed})
    assert text == f"{CHILD} because \"seen at the 'station' child OX-2222 because 'she asked\""


@given(DAYS, st.integers(0, 300), st.one_of(st.just(""), PERSONS))
def test_an_absence_is_heard_as_it_was_filled_in(first: date, days: int, cover: str) -> None:
    last = first + timedelta(days=days)
    text = as_command("away", "away", {"first": str(first), "last": str(last), "cover": cover})
    assert text.endswith(f" cover {cover}" if cover else str(last))
    found, rest = hear_days(text.removesuffix(f" cover {cover}").split(), NOW, CALENDAR)
    assert (found, rest) == ([first, last], ("away", "to"))


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_was_typed_is_never_repeated(kind: Kind) -> None:
    values = dict.fromkeys(FIELDS, f"{SECRET} 01865 000000")
    assert SECRET not in str(faults(kind, **values))


def test_each_field_that_is_wrong_is_named() -> None:
    assert faults("outcome") == {"outcome": form_answers.NOT_LISTED}
    assert faults("outcome", outcome="merge into #4") == {"outcome": form_answers.NOT_LISTED}
    assert faults("outcome", outcome="booked") == {"date": form_answers.NO_DATE}
    assert faults("outcome", outcome="booked", date="2017-07-06") == {"time": form_answers.NO_TIME}
    assert faults("outcome", outcome="held", time="10:00") == {"date": form_answers.NO_DATE}
    assert faults("outcome", outcome="held", date="2017-02-29", time="10:00") == {"date": form_answers.NO_SUCH_DATE}
    assert faults("outcome", outcome="held", date="2017-02-28", time="25:00") == {"time": form_answers.NO_SUCH_TIME}
    assert faults("outcome", outcome="held", date="2017-10-29", time="01:30") == {"time": form_answers.TWICE}
    assert faults("outcome", outcome="held", date="2017-03-26", time="01:30") == {"time": form_answers.SKIPPED}
    assert faults("snooze", date="2017-07-06", time="09:00", reason="booked held") == {
        "reason": form_answers.NOT_LISTED
    }
    assert faults("hand_over") == {"person": form_answers.NO_PERSON}
    assert faults("hand_over", person="coordinator #4") == {"person": form_answers.NO_PERSON}
    assert faults("reason", reason="because") == {"reason": form_answers.NO_REASON}
    assert faults("reason", reason="a b " * 80) == {"reason": form_answers.LONG_REASON}
    assert faults("reason", reason="her mother rang from 01865 000000") == {"reason": form_answers.PERSONAL}
    assert faults("reason", reason="OX-7QK4 OX-7QK4 OX-7QK4") == {"reason": form_answers.NO_REASON}
    assert faults("away", last="2017-07-06") == {"first": form_answers.NO_DATE}
    assert faults("away", first="2017-07-07", last="2017-07-06") == {"last": form_answers.BACKWARDS}
    assert faults("away", first="2017-07-07", last="2017-07-07", cover="a b") == {"cover": form_answers.NO_PERSON}


@pytest.mark.parametrize("minutes", [-1500, -5, 0, 5, 1500])
def test_a_booking_lies_ahead_and_what_happened_does_not(minutes: int) -> None:
    wanted = to_london(NOW + timedelta(minutes=minutes))
    when = {"date": f"{wanted:%Y-%m-%d}", "time": f"{wanted:%H:%M}"}
    wrong = "time" if wanted.date() == local_day(NOW) else "date"
    if minutes > 0:
        assert heard(as_command("outcome", ONE, {"outcome": "booked", **when}, NOW)).until_at == wanted
        assert as_command("snooze", ONE, {"reason": "other", **when}, NOW)
        assert faults("outcome", NOW, outcome="held", **when) == {wrong: form_answers.BEHIND}
    else:
        assert heard(as_command("outcome", ONE, {"outcome": "held", **when}, NOW)).at == wanted
        assert faults("outcome", NOW, outcome="booked", **when) == {wrong: form_answers.AHEAD}
        assert faults("snooze", NOW, reason="other", **when) == {wrong: form_answers.UNTIL}


def test_times_are_london_times() -> None:
    text = as_command("outcome", ONE, {"outcome": "held", "date": "2017-07-05", "time": "07:30"})
    assert text == f"{ONE} held at 2017-07-05 07:30"
    assert heard(text).at == datetime(2017, 7, 5, 6, 30, tzinfo=UTC)


def test_an_age_and_an_end_are_said_with_their_reason() -> None:
    why = {"reason": "the carer rang the duty desk"}
    assert as_command("age", COMMANDS["age"], {"age": "adult"}) == f"age {REF} v3 adult"
    told = as_command("age", COMMANDS["age"], {"age": "child", **why})
    assert told == f'age {REF} v3 child because "the carer rang the duty desk"'
    ended = {"how": "hospital", "date": "2017-07-04", "time": "11:00", **why}
    assert as_command("ended", COMMANDS["ended"], ended) == (
        f'ended {REF} #12 v3 hospital at 2017-07-04 11:00 because "the carer rang the duty desk"'
    )
    when = {"date": "2017-07-04", "time": "11:00"}
    assert as_command("said", COMMANDS["said"], {"what": "very low", **when, **why}) == (
        f'said {REF} #12 v3 very low at 2017-07-04 11:00 because "the carer rang the duty desk"'
    )
    assert faults("said", what="dead", **when, **why) == {"what": form_answers.NOT_LISTED}
    assert faults("said", NOW, **{"what": "back", **when, **why, "date": "2017-07-06"}) == {"date": form_answers.BEHIND}
    assert faults("age", age="dead") == {"age": form_answers.NOT_LISTED}
    assert faults("ended", how="died", **why) == {"how": form_answers.NOT_LISTED}
    assert faults("ended", date="2017-07-04", time="11:00") == {"reason": form_answers.NO_REASON}
    assert faults("ended", NOW, **{**ended, "date": "2017-07-06"}) == {"date": form_answers.BEHIND}


def test_a_child_whom_no_export_has_is_said_by_area_number_and_time() -> None:
    filled = {"area": "north", "number": " 4317 0123456", "young": "no", "date": "2017-07-04", "time": "11:00"}
    filled |= {"reason": "the carer rang the duty desk"}
    told = as_command("said_new", "said new", filled)
    why = 'because "the carer rang the duty desk"'
    assert told == f"said new north number 43170123456 missing since 2017-07-04 11:00 {why}"
    assert f"11:00 under 13 {why}" in as_command("said_new", "said new", {**filled, "young": "yes"})
    assert faults("said_new", **{**filled, "area": ""}) == {"area": form_answers.NOT_LISTED}
    assert faults("said_new", **{**filled, "young": "12"}) == {"young": form_answers.NOT_LISTED}
    for number in ("", SECRET, "x" * 33, "1;2"):
        assert faults("said_new", **{**filled, "number": number}) == {"number": form_answers.NO_NUMBER}
    assert faults("said_new", NOW, **{**filled, "date": "2017-07-06"}) == {"date": form_answers.BEHIND}
