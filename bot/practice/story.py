"""The order in which everything is invented, from the published counts to the finished references."""

from bot.practice import cast, episodes, morning, places, return_interviews
from bot.practice.invented import Child, InventedAbsence, dice, issue, number_records
from bot.practice.return_interviews import Diary


def tell() -> tuple[list[Child], list[InventedAbsence]]:
    """Invent the whole county: every child, and every absence with its interview.

    Every step has dice of its own; the order of the steps decides the references.
    """
    # 1. The children of the two published half-years and their episodes; then the facts that follow from these.
    rng = dice("codes")
    council, police = rng.sample(range(1, 10_000), 2_000), rng.sample(range(1, 100_000), 2_000)
    codes = zip((f"C-{n:05}" for n in council), (f"NOM-{n:05}" for n in police), strict=True)
    everyone = cast.invent_children()
    issue(codes, everyone)
    cast.choose_looked_after(everyone)
    histories = {}
    for child in everyone:
        places.settle(child)
        histories[child] = episodes.invent_absences(child)
    published = [absence for history in histories.values() for absence in history]
    episodes.pair_up(published)
    for child, history in histories.items():
        cast.describe(child, history)
        cast.place_in_care(child, history)

    # 2. The practice morning of July 2017, played by some of them and by newcomers.
    roles = morning.find_people(histories)
    newcomers = [roles[role] for role in morning.NEW]
    issue(codes, newcomers)
    for child in newcomers:
        places.settle(child)
    july = [morning.play(scene, roles[scene.role]) for scene in morning.SCENES]

    # 3. The other looked-after children of the two census days, and the people responsible for every child.
    others = cast.fill_census([*everyone, *newcomers])
    issue(codes, others)
    children = [*everyone, *newcomers, *others]
    for child in children:
        cast.assign(child)

    # 4. The agencies' records of each absence, and the outcome of each interview.
    for absence in [*published, *july]:
        episodes.note(absence)
    episodes.name_the_unreported(published, everyone)
    episodes.leave_out(published)
    by_child: dict[Child, list[InventedAbsence]] = {}
    for absence in [*published, *july]:
        by_child.setdefault(absence.child, []).append(absence)
    diaries = {child: Diary(history) for child, history in by_child.items()}
    return_interviews.decide(published, diaries)
    episodes.sharpen(published, diaries)

    # 5. Absences from placement, and the references of all records.
    absences = [*published, *july]
    absences += episodes.invent_away(children, absences)
    number_records(absences)
    return children, absences
