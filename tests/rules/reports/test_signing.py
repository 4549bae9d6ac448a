"""The way of a report: nothing reaches signed without a second person and both agencies, and nothing changes after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.reports.signing import (
    STEPS,
    Report,
    ReportStep,
    StepKind,
    may_draft,
    may_sign,
    newest_issue,
    open_report,
    why_not,
)
from bot.rules.time.clock import local_day
from bot.rules.time.period import parse_period
from tests.support.factories import NOW, person, somebody

TODAY = local_day(NOW)
HALF = parse_period("2017-H1", NOW)
#: Leads of both agencies and of another, analysts, and people without a part in it.
PEOPLE = {
    p.id: p
    for p in (
        *(person(name) for name in ("lead", "police-lead", "analyst", "north-manager", "admin")),
        Person(id="second-lead", role="strategic_lead", agency="council"),
        Person(id="health-lead", role="strategic_lead", agency="health"),
        Person(id="second-analyst", role="analyst", agency="police"),
        somebody("panel_member", "north"),
    )
}
DRAFT = Report(1, HALF, "analyst", "council", NOW, snapshot="ab" * 32)


def take(report: Report, kind: StepKind, who: str) -> Report:
    """Take a step as the store does, or leave the report as it is."""
    if why_not(report, kind, PEOPLE[who], NOW, TODAY):
        return report
    step = ReportStep(kind, who, PEOPLE[who].agency, NOW + timedelta(minutes=report.version))
    return replace(report, steps=(*report.steps, step))


def after(*steps: tuple[StepKind, str], report: Report = DRAFT) -> Report:
    for kind, who in steps:
        before = report
        report = take(report, kind, who)
        assert report != before, (kind, who)
    return report


_steps = st.lists(st.tuples(st.sampled_from(("words", *STEPS)), st.sampled_from(sorted(PEOPLE))), max_size=14)


@given(author=st.sampled_from(("lead", "analyst", "police-lead")), steps=_steps)
def test_no_way_leads_to_signed_but_by_a_second_person_and_a_lead_of_each_agency(
    author: str, steps: Sequence[tuple[StepKind, str]]
) -> None:
    report = replace(DRAFT, author=author, agency=PEOPLE[author].agency)
    for kind, who in steps:
        report = take(report, kind, who)
    signed = [s for s in report.steps if s.kind == "sign"]
    checks = [s for s in report.steps if s.kind == "check"]
    if report.state == "signed":
        assert sorted(s.agency for s in signed) == ["council", "police"]
        assert all(may_sign(PEOPLE[s.by], TODAY) for s in signed)
        assert [s.by for s in checks] == [report.checked_by]
        assert report.checked_by != report.author
        assert report.steps.index(checks[0]) < min(report.steps.index(s) for s in signed)
        assert not any(s.kind == "words" for s in report.steps[report.steps.index(checks[0]) :])
    assert len(checks) <= 1
    assert len(signed) <= 2


@given(steps=_steps)
def test_nothing_changes_once_it_is_signed_or_withdrawn(steps: Sequence[tuple[StepKind, str]]) -> None:
    signed = after(("check", "lead"), ("sign", "police-lead"), ("sign", "lead"))
    withdrawn = after(("withdraw", "analyst"))
    for over in (signed, withdrawn):
        report = over
        for kind, who in steps:
            report = take(report, kind, who)
        assert report == over
    assert "nothing changes it. A correction is a new draft." in why_not(signed, "withdraw", PEOPLE["lead"], NOW, TODAY)


@pytest.mark.parametrize("order", list(permutations(("lead", "police-lead"))))
def test_the_leads_sign_in_any_order_and_one_may_be_the_author_or_the_checker(order: tuple[str, str]) -> None:
    first, second = order
    report = replace(DRAFT, author=first)
    report = after(("check", second), ("sign", first), report=report)
    assert report.state == "checked"
    assert report.lacking == (PEOPLE[second].agency,)
    assert after(("sign", second), report=report).state == "signed"


def test_each_step_that_is_not_theirs_is_refused_with_the_reason() -> None:
    checked = after(("check", "lead"))
    half = after(("sign", "lead"), report=checked)
    cases: tuple[tuple[Report, StepKind, str, str], ...] = (
        (DRAFT, "check", "analyst", "You drafted report 1: a second person checks it."),
        (DRAFT, "check", "north-manager", "Only a strategic lead or an analyst can do this."),
        (replace(DRAFT, snapshot=""), "check", "lead", "is not made yet"),
        (checked, "check", "second-analyst", "lead has checked report 1 already."),
        (DRAFT, "sign", "lead", "is not checked yet"),
        (checked, "sign", "analyst", "Only a strategic lead of the police or the council can sign."),
        (checked, "sign", "health-lead", "Only a strategic lead of the police or the council can sign."),
        (half, "sign", "second-lead", "lead has signed report 1 for the council."),
        (half, "sign", "lead", "lead has signed report 1 for the council."),
        (checked, "words", "analyst", "is checked. Withdraw it"),
        (DRAFT, "words", "north-manager", "Only a strategic lead or an analyst can do this."),
        (DRAFT, "withdraw", "second-analyst", "Only analyst or a strategic lead can do this."),
        (after(("withdraw", "analyst")), "check", "lead", "analyst withdrew report 1"),
    )
    for report, kind, who, reason in cases:
        assert reason in why_not(report, kind, PEOPLE[who], NOW, TODAY), (kind, who)


def test_a_role_that_ended_drafts_and_signs_no_more() -> None:
    ended = replace(person("lead"), expires=TODAY - timedelta(days=1), also=(HeldRole("team_manager"),))
    assert not may_draft(ended, TODAY)
    assert not may_sign(ended, TODAY)
    assert not may_draft(None, TODAY)


def test_one_draft_is_under_way_and_the_newest_issue_is_the_last_signed_one() -> None:
    signed = after(("check", "lead"), ("sign", "police-lead"), ("sign", "lead"))
    withdrawn = replace(after(("withdraw", "analyst")), id=2)
    later = replace(signed, id=3)
    draft = replace(DRAFT, id=4)
    found = (signed, withdrawn, later, draft)
    assert open_report(found, HALF) == draft
    assert open_report(found, parse_period("2016-H2", NOW)) is None
    assert newest_issue(found, HALF) == later
    assert newest_issue(found, HALF, before=3) == signed
    assert newest_issue((draft, withdrawn), HALF) is None
