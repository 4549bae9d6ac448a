"""References for people: codes that say nothing about the child, never reused."""

from collections.abc import Iterable, Iterator

from bot.practice.dice import dice
from bot.practice.shapes import Child

Codes = Iterator[tuple[str, str]]  # (child id of the council, person reference of the police)


def new_codes() -> Codes:
    rng = dice("codes")
    council = rng.sample(range(1, 10_000), 2_000)
    police = rng.sample(range(1, 100_000), 2_000)
    return zip((f"C-{n:05}" for n in council), (f"NOM-{n:05}" for n in police), strict=True)


def issue(codes: Codes, children: Iterable[Child]) -> None:
    for child in children:
        child.child_id, child.police_ref = next(codes)
