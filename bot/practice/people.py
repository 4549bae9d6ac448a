"""What is known of each child: birth, sex, status, worker and any child protection plan."""

from datetime import date

from bot.practice.calendar import DAY, PRACTICE_NOW, birthday, local_day
from bot.practice.dice import dice, pick
from bot.practice.places import reviewing_officer, worker
from bot.practice.shapes import Absence, Child, InCare, Spell, Team

# Report, paragraph 28: most were 13 to 15.
AGES = {9: 1, 10: 2, 11: 4, 12: 8, 13: 20, 14: 25, 15: 23, 16: 13, 17: 5}
UASC_AGES = {14: 1, 15: 4, 16: 8, 17: 4}
SEXES = {"F": 52, "M": 46, "U": 1}
UASC_SEXES = {"M": 9, "F": 1}
STATUSES = {"not_open": 45, "early_help": 20, "cin": 30, "yjs_open": 5}
PROTECTED = 0.11
TODAY = local_day(PRACTICE_NOW)


def describe(child: Child, absences: list[Absence]) -> None:
    """Birth and sex; nobody turns 18 before ten days after the last return."""
    rng = dice(f"person {child.police_ref}")
    first, last = local_day(absences[0].start), local_day(absences[-1].clock_start)
    child.sex = pick(rng, UASC_SEXES if child.uasc else SEXES)
    while True:
        child.birth = born(first, pick(rng, UASC_AGES if child.uasc else AGES), rng.randrange(360))
        if birthday(child.birth, 18) > last + 10 * DAY:
            return


def born(day: date, age: int, days_since_birthday: int) -> date:
    """A birth date that makes the child this old on that day."""
    then = day - days_since_birthday * DAY
    return date(then.year - age, then.month, min(then.day, 28))


def protect(child: Child, absences: list[Absence]) -> None:
    """Some children who are not looked after have a child protection plan over some of their episodes."""
    rng = dice(f"protection {child.police_ref}")
    if child.in_care != InCare.NO or rng.random() > PROTECTED:
        return
    since = local_day(rng.choice(absences).start) - rng.randint(0, 90) * DAY
    ends = since + rng.randint(150, 400) * DAY
    child.protection = Spell(since, ends if ends < TODAY else None)


def assign(child: Child) -> None:
    """Status on the day of the export, and the people responsible."""
    rng = dice(f"status {child.police_ref or child.child_id}")
    child.case_status = child.case_status or status(child)
    if child.case_status not in ("not_open", "early_help"):
        child.lead_worker = child.lead_worker or worker(rng, child.team)
    if child.care and child.care.covers(TODAY) and not child.hosted_by:
        child.iro = reviewing_officer(rng)


def status(child: Child) -> str:
    if child.care and child.care.covers(TODAY):
        return "lac"
    if child.care and child.care.until == birthday(child.birth, 18):
        return "care_leaver"
    if child.protection and child.protection.covers(TODAY):
        return "cp"
    if child.care or child.team == Team.DISABILITY:
        return "cin"
    return pick(dice(f"need {child.police_ref}"), STATUSES)
