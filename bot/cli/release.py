"""release: release a half-year's figures on purpose, for the first time or as a new issue. Strategic leads alone."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.app import App
from bot.cli.two_leads import add_person, lead_entry
from bot.messages.release import NotReleased, ReleasedAgain, first_release, release_again
from bot.rules.disclosure.released import count_label
from bot.rules.disclosure.released_periods import HALF, halves_of
from bot.rules.effects import Release
from bot.rules.figures import is_incomplete
from bot.rules.model import Period
from bot.rules.time.clock import interview_due, say, whole_months, window
from bot.rules.time.period import parse_period, period_of
from bot.settings import SettingsError
from bot.store import released_periods
from bot.store.queries.facts import StoredFacts

MOST = 40  # figures named; the others are counted
ACTION = "release"


def add(verbs: Any) -> None:
    about = (
        "Release the figures of a half-year that channels and published reports show: a new issue after enough changed."
    )
    verb = verbs.add_parser("release", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("period", metavar="PERIOD", help="a half-year that is over, such as 2017-H1")
    add_person(verb)


def _run(app: App, given: argparse.Namespace) -> int:
    now = app.now(None)
    half = parse_period(given.period, now, app.partnership.year_begins)
    entry = lead_entry(app, given.person, ACTION, "", now)
    with app.facts() as facts:
        _must_be_over(facts, app, half, now)
        issues = released_periods.issues(facts.connection, half)
        try:
            if issues:
                figures = [issue.figures for issue in issues]
                again = release_again(facts, app.partnership, half, now, entry.who, figures)
                release, lines = again.release, _changes(again)
            else:
                release, lines = first_release(facts, app.partnership, half, now, entry.who), iter(())
        except NotReleased as fault:
            app.record(replace(entry, outcome="not_released", reason=half.label), ())
            raise SettingsError(str(fault)) from fault
    app.record(replace(entry, outcome="done", reason=f"{half.label}, issue {release.issue}"), (release,))
    print(f"{half.label} is released as issue {release.issue}: {_shown(release)}.")
    for line in lines:
        print(line)
    return 0


def _must_be_over(facts: StoredFacts, app: App, half: Period, now: datetime) -> None:
    shown, begins = facts.released_periods(), app.partnership.year_begins
    taken = next((f.taken_at for f in facts.freshness(now) if f.source == "police"), None)
    if whole_months(half.first, half.last) != HALF or not halves_of(half, shown, begins):
        raise SettingsError("Name a half-year of the partnership's own year, such as 2017-H1.")
    if is_incomplete(half, now, taken):
        raise SettingsError(f"{half.label} is not over, or the police records do not reach its end.")
    if (due := interview_due(window(half)[1])) > now:
        raise SettingsError(f"The 72 hours of the last interviews of {half.label} run until {say(due)}.")


def _shown(release: Release) -> str:
    hidden = sum(f.printed is None for f in release.figures)
    periods = len({(f.first, f.last) for f in release.figures})
    return f"{len(release.figures)} figures of {periods} periods, {hidden} of them hidden"


def _changes(again: ReleasedAgain) -> Iterator[str]:
    """Name the figures that are printed in another way than in the issue before."""
    yield f"Printed in another way than in issue {again.release.issue - 1}: {len(again.changed)} figures."
    for old, new in again.changed[:MOST]:
        label = period_of(new.first, new.last).label
        yield f"  {label} {new.scope}, {new.measure}: {count_label(old.printed)} -> {count_label(new.printed)}"
    if rest := Counter(period_of(new.first, new.last).label for _, new in again.changed[MOST:]):
        yield f"  and {rest.total()} more: {', '.join(f'{n} of {label}' for label, n in rest.items())}"
