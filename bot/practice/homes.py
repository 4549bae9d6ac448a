"""Children's homes R-01 to R-29: which are the council's own, and which lie in the north."""

from random import Random

from bot.practice.shapes import Team

OWN = ("R-01", "R-02", "R-03")
NORTHERN = tuple(f"R-{n:02}" for n in (1, 2, *range(4, 23)))  # 21 of 29: 72.4 % (report, paragraph 22)
ELSEWHERE = ("R-03", *(f"R-{n:02}" for n in range(23, 30)))
PRIVATE = tuple(f"R-{n:02}" for n in range(4, 30))


def home(rng: Random, team: Team) -> str:
    """A home near the team; missing children are mostly in private ones, as most places are."""
    near = NORTHERN if team == Team.NORTHERN else ELSEWHERE
    return rng.choice([code for code in near if code not in OWN])
