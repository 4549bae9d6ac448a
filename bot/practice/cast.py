"""Who goes missing how often: every child of the two published half-years as a pair of counts."""

from collections.abc import Iterator

from bot.practice.dice import dice
from bot.practice.shapes import Child, Half, Team

# (episodes in H2-2016, episodes in H1-2017): number of such children. Worked out so that areas, bands,
# and the eleven most frequent northern children (the first four rows of NORTH) come out as published.
Pairs = dict[tuple[int, int], int]

# fmt: off
NORTH: Pairs = {
    (16, 11): 1, (12, 9): 1, (10, 7): 1,
    (9, 5): 1, (8, 3): 1, (7, 2): 1, (7, 1): 1,
    (6, 2): 1, (6, 1): 1, (6, 0): 1,
    (5, 0): 1,
    (4, 16): 1, (4, 6): 1, (4, 0): 1,
    (3, 8): 1, (3, 4): 1, (3, 2): 1, (3, 1): 1, (3, 0): 1,
    (2, 6): 1, (2, 4): 1, (2, 3): 1, (2, 2): 2, (2, 1): 3, (2, 0): 6,
    (1, 7): 1, (1, 3): 1, (1, 2): 2, (1, 1): 5, (1, 0): 39,
    (0, 4): 4, (0, 3): 3, (0, 2): 2, (0, 1): 40,
}
SOUTH: Pairs = {
    (26, 12): 1, (9, 6): 1, (8, 7): 1, (7, 4): 1, (6, 9): 1, (6, 2): 1, (5, 0): 1,
    (4, 8): 1, (4, 5): 1, (4, 3): 1, (4, 1): 1, (4, 0): 1,
    (3, 7): 1, (3, 4): 1, (3, 2): 1, (3, 1): 1, (3, 0): 2,
    (2, 6): 1, (2, 3): 1, (2, 2): 1, (2, 1): 1, (2, 0): 2,
    (1, 4): 1, (1, 3): 1, (1, 2): 1, (1, 1): 4, (1, 0): 24,
    (0, 4): 3, (0, 3): 4, (0, 2): 1, (0, 1): 36,
}
CENTRAL: Pairs = {
    (27, 23): 1, (25, 10): 1, (24, 15): 1, (22, 5): 1, (21, 2): 1, (20, 0): 1,
    (17, 10): 1, (12, 21): 1, (11, 5): 1,
    (9, 7): 1, (8, 5): 1, (8, 2): 1, (7, 6): 1, (7, 1): 1,
    (6, 2): 1, (5, 5): 1, (5, 2): 1, (5, 1): 1, (5, 0): 1,
    (4, 7): 1, (4, 5): 1, (4, 2): 2, (4, 1): 1, (4, 0): 1,
    (3, 5): 1, (3, 4): 1, (3, 3): 1, (3, 2): 2, (3, 1): 1, (3, 0): 2,
    (2, 3): 1, (2, 2): 4, (2, 1): 4, (2, 0): 6,
    (1, 4): 1, (1, 2): 3, (1, 1): 7, (1, 0): 40,
    (0, 3): 2, (0, 2): 6, (0, 1): 47,
}
# fmt: on
DISABILITY: Pairs = {(1, 0): 4, (1, 1): 1}
PAIRS = {Team.NORTHERN: NORTH, Team.SOUTHERN: SOUTH, Team.CENTRAL: CENTRAL, Team.DISABILITY: DISABILITY}

# How many of those are unaccompanied asylum-seeking children: 11 with 29 episodes, then 14 with 41.
# fmt: off
UASC: dict[Team, Pairs] = {
    Team.NORTHERN: {(2, 0): 1, (0, 4): 1},
    Team.SOUTHERN: {(1, 0): 1, (0, 3): 1},
    Team.CENTRAL: {
        (8, 5): 1, (5, 5): 1, (3, 5): 1, (3, 4): 1, (2, 3): 1, (2, 2): 1, (1, 1): 1, (1, 0): 2,
        (0, 3): 1, (0, 2): 2, (0, 1): 2,
    },
}
# fmt: on

# Two children have episodes in two areas of H1-2017: that is why 256 children are also 82 + 70 + 104,
# although the Disability team has episodes of its own.
TWO_AREAS = (
    (Team.NORTHERN, (Team.NORTHERN, Team.CENTRAL, Team.NORTHERN)),
    (Team.DISABILITY, (Team.SOUTHERN, Team.DISABILITY)),
)


def children() -> list[Child]:
    """Every child of the two half-years, in an order that says nothing about area or frequency."""
    everyone = [child for team, pairs in PAIRS.items() for child in of_team(team, pairs)]
    everyone += [Child(team, [(Half.H1_2017, where) for where in areas]) for team, areas in TWO_AREAS]
    move_house(everyone, Team.NORTHERN, Team.CENTRAL, (2, 2))
    move_house(everyone, Team.SOUTHERN, Team.CENTRAL, (1, 1))
    dice("cast").shuffle(everyone)
    return everyone


def of_team(team: Team, pairs: Pairs) -> Iterator[Child]:
    for pair, number in pairs.items():
        uasc = UASC.get(team, {}).get(pair, 0)
        for n in range(number):
            yield Child(team, planned(team, pair), uasc=n < uasc)


def planned(team: Team, pair: tuple[int, int]) -> list[tuple[Half, Team]]:
    earlier, later = pair
    return [(Half.H2_2016, team)] * earlier + [(Half.H1_2017, team)] * later


def move_house(everyone: list[Child], one: Team, other: Team, pair: tuple[int, int]) -> None:
    """Two children with equal counts exchange teams at new year: the areas' figures stay as they are."""
    for team, new_team in ((one, other), (other, one)):
        mover = next(c for c in everyone if c.plan == planned(team, pair) and not c.uasc)
        mover.plan = [(half, new_team if half == Half.H1_2017 else team) for half, _ in mover.plan]
        mover.team = new_team
