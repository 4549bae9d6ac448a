"""The order in which everything is invented, from the published counts to the finished references."""

from dataclasses import dataclass

from bot.practice import cast, episodes, morning, places, return_interviews
from bot.practice.episodes import absences as absences_of
from bot.practice.episodes import name_the_unreported, note, pair_up
from bot.practice.invented import Child, InventedAbsence, issue, new_codes, number
from bot.practice.return_interviews import Diary


@dataclass(frozen=True, slots=True)
class Story:
    children: list[Child]
    absences: list[InventedAbsence]


def tell() -> Story:
    codes = new_codes()
    everyone = cast.children()
    issue(codes, everyone)
    histories = half_years(everyone)
    published = [absence for history in histories.values() for absence in history]

    roles = morning.people(histories)
    newcomers = list(morning.newcomers(roles))
    issue(codes, newcomers)
    for child in newcomers:
        places.settle(child)
    july = morning.play(roles)
    others = cast.rest([*everyone, *newcomers])
    issue(codes, others)

    children = [*everyone, *newcomers, *others]
    for child in children:
        cast.assign(child)
    finish(published, july, everyone)
    absences = [*published, *july]
    absences += episodes.away(children, absences)
    number(absences)
    return Story(children, absences)


def half_years(everyone: list[Child]) -> dict[Child, list[InventedAbsence]]:
    """Each child's episodes of the two published half-years, and what they say about the child."""
    cast.choose(everyone)
    histories = {}
    for child in everyone:
        places.settle(child)
        histories[child] = absences_of(child)
    pair_up([absence for history in histories.values() for absence in history])
    for child, history in histories.items():
        cast.describe(child, history)
        cast.settle(child, history)
        cast.protect(child, history)
    return histories


def finish(published: list[InventedAbsence], july: list[InventedAbsence], everyone: list[Child]) -> None:
    """What both agencies wrote down, and what became of each interview."""
    for absence in [*published, *july]:
        note(absence)
    name_the_unreported(published, everyone)
    episodes.part(published)
    diaries = diaries_of([*published, *july])
    return_interviews.decide(published, diaries)
    episodes.sharpen(published, diaries)


def diaries_of(absences: list[InventedAbsence]) -> dict[Child, Diary]:
    by_child: dict[Child, list[InventedAbsence]] = {}
    for absence in absences:
        by_child.setdefault(absence.child, []).append(absence)
    return {child: Diary(history) for child, history in by_child.items()}
