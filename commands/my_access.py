"""my-access: a person's rights and their end, in plain words, and their last questions. No child is named."""

from datetime import date, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Reply, Section, Table
from bot.messages.released_figures import counted
from bot.rules.access.permissions import roles_today
from bot.rules.partnership.partnership import HeldRole
from bot.rules.partnership.roles import FOR_ALL_LISTED, GIVES_REASON, RIGHTS, Action, Reach
from bot.rules.time import clock
from bot.rules.time.clock import day_start, local_day

ENDS_SOON = timedelta(days=14)
LOOKS, LOOKED_DAYS = 20, timedelta(days=90)
_MAY: dict[Action, str] = {
    "counts": "see figures",
    "open_list": "see lists of children by reference",
    "child": "look up a child",
    "break_glass": "look up another child who is missing now, for a reason",
    "who_looked": "see who looked at a child",
    "review": "review looks outside somebody's area",
    "access_summary": "see the summary of access",
    "interview_update": "record what became of a return interview",
    "acknowledge": "acknowledge an escalation",
    "admin": "administer people (no child data)",
}
_REACH: dict[Reach, str] = {
    "own_cases": "your own cases",
    "own_areas": "your areas",
    "open_episodes": "children missing now",
    "all": "everywhere",
}


def run(ask: Ask) -> Reply:
    """Show rights and questions, without references: a child asked about may be another team's by now."""
    person, today = child_lookup.who(ask), local_day(ask.now)
    held = roles_today(person, today)
    trail = ask.facts.trail
    until = trail.locked_until(person.id, ask.now)
    lock = (
        f"⚠ Your look-ups are locked until {clock.say_near(until, ask.now)}."
        if until
        else "Your look-ups are not locked."
    )
    opened = [
        f"Open to you outside your area: one child of {g.area}, until {clock.say_short(g.until)}."
        for g in trail.all_opened(person.id, ask.now)
    ]
    found = trail.own(person.id, day_start(today - LOOKED_DAYS))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (clock.say_near(e.at, ask.now), e.action, e.outcome.replace("_", " ")) for e in found[:LOOKS]
    )
    note = f"{counted(len(found), 'question')} about one child in {LOOKED_DAYS.days} days; references are left out."
    rules, need = ask.partnership.break_glass, []
    if any(h.role in GIVES_REASON for h in held):
        need.append("Each look at a child whom you see only because you see every child.")
    if ask.may("break_glass"):
        need.append(
            f"A child outside your areas: missing now, one child for {rules.minutes} minutes, at most "
            f"{rules.most_in_30_days} in 30 days; the strategic leads hear at once and review it."
        )
    return Reply(
        title="Your access",
        level=2,
        text=(f"You are {person.id}, {person.agency}.", lock, *opened),
        sections=(
            Section("Your roles", tuple(_role(h, today) for h in person.roles)),
            Section(
                "What you may do", (*(_rights(ask, h) for h in held), "Everybody listed: help, sources and my-access.")
            ),
            Section("What needs a reason", (tuple(need) or ("Nothing.",))),
        ),
        tables=(Table("What you last asked about a child", ("When", "What", "Outcome"), rows, note),),
        footer=("To change anything here, ask your administrator.",),
    )


def _role(held: HeldRole, today: date) -> str:
    """Format a role with its areas and its end."""
    areas = f" for {', '.join(held.areas)}" if held.areas else ""
    role = f"{held.role.replace('_', ' ')}{areas}"
    if held.expires is None:
        return f"{role}, without an end"
    if held.expires < today:
        return f"{role}: ended on {_day(held.expires)}"
    soon = held.expires - today <= ENDS_SOON
    return f"{'⚠ ' if soon else ''}{role}, until {_day(held.expires)}{': ends soon' if soon else ''}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _rights(ask: Ask, held: HeldRole) -> str:
    """Format the rights of a role, each with its reach, save where it has only one."""
    rights = ask.partnership.rights.get(held.role, RIGHTS.get(held.role, {}))
    may = [
        _MAY[action] if action in ("break_glass", "admin") else f"{_MAY[action]} ({_REACH[reach]})"
        for action, reach in rights.items()
        if action not in FOR_ALL_LISTED
    ]
    return f"As {held.role.replace('_', ' ')}: {'; '.join(may) or 'nothing more'}."


COMMAND = Command(
    name="my-access",
    summary="What you may see and do, until when, and what you last asked",
    usage="my-access",
    examples=("my-access",),
    actions=("my_access",),
    run=run,
    words=dict.fromkeys(("my access", "what can i see", "what may i see", "what am i allowed to see", "my rights"), ""),
    aliases=("myaccess", "whoami"),
)
