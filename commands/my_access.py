"""my-access: a person's rights and their end, in plain words, and their last questions. No child is named."""

from datetime import date, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Reply, Section, Table
from bot.messages.released_figures import counted
from bot.rules.access.permissions import roles_today
from bot.rules.catalogue import _, code_words, date_words
from bot.rules.partnership.partnership import HeldRole
from bot.rules.partnership.roles import FOR_ALL_LISTED, GIVES_REASON, RIGHTS, Action, Reach
from bot.rules.time import clock
from bot.rules.time.clock import day_start, local_day

ENDS_SOON = timedelta(days=14)
LOOKS, LOOKED_DAYS = 20, timedelta(days=90)
_MAY: dict[Action, str] = {
    "counts": _("see figures"),
    "open_list": _("see lists of children by reference"),
    "child": _("look up a child"),
    "break_glass": _("look up another child who is missing now, for a reason"),
    "who_looked": _("see who looked at a child"),
    "review": _("review looks outside somebody's area"),
    "access_summary": _("see the summary of access"),
    "interview_update": _("record what became of a return interview"),
    "acknowledge": _("acknowledge an escalation"),
    "admin": _("administer people (no child data)"),
}
_REACH: dict[Reach, str] = {
    "own_cases": _("your own cases"),
    "own_areas": _("your areas"),
    "open_episodes": _("children missing now"),
    "all": _("everywhere"),
}


def run(ask: Ask) -> Reply:
    """Show rights and questions, without references: a child asked about may be another team's by now."""
    person, today = child_lookup.who(ask), local_day(ask.now)
    held = roles_today(person, today)
    trail = ask.facts.trail
    until = trail.locked_until(person.id, ask.now)
    lock = (
        _("⚠ Your look-ups are locked until {until}.", until=clock.say_near(until, ask.now))
        if until
        else _("Your look-ups are not locked.")
    )
    opened = [
        _(
            "Open to you outside your area: one child of {area}, until {until}.",
            area=g.area,
            until=clock.say_short(g.until),
        )
        for g in trail.all_opened(person.id, ask.now)
    ]
    found = trail.own(person.id, day_start(today - LOOKED_DAYS))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (clock.say_near(e.at, ask.now), e.action, code_words(e.outcome)) for e in found[:LOOKS]
    )
    note = _(
        "{questions} about one child in {days} days; references are left out.",
        questions=counted(len(found), "{n} question", "{n} questions"),
        days=LOOKED_DAYS.days,
    )
    rules, need = ask.partnership.break_glass, []
    if any(h.role in GIVES_REASON for h in held):
        need.append(_("Each look at a child whom you see only because you see every child."))
    if ask.may("break_glass"):
        need.append(
            _(
                "A child outside your areas: missing now, one child for {minutes} minutes, at "
                "most {most_in_30_days} in 30 days; the strategic leads hear at once and review "
                "it.",
                minutes=rules.minutes,
                most_in_30_days=rules.most_in_30_days,
            )
        )
    return Reply(
        title=_("Your access"),
        level=2,
        text=(_("You are {person}, {agency}.", person=person.id, agency=code_words(person.agency)), lock, *opened),
        sections=(
            Section(_("Your roles"), tuple(_role(h, today) for h in person.roles)),
            Section(
                _("What you may do"),
                (*(_rights(ask, h) for h in held), _("Everybody listed: help, sources and my-access.")),
            ),
            Section(_("What needs a reason"), (tuple(need) or (_("Nothing."),))),
        ),
        tables=(Table(_("What you last asked about a child"), (_("When"), _("What"), _("Outcome")), rows, note),),
        footer=(_("To change anything here, ask your administrator."),),
    )


def _role(held: HeldRole, today: date) -> str:
    """Format a role with its areas and its end."""
    areas = _(" for {areas}", areas=", ".join(held.areas)) if held.areas else ""
    role = f"{code_words(held.role)}{areas}"
    if held.expires is None:
        return _("{role}, without an end", role=role)
    if held.expires < today:
        return _("{role}: ended on {day}", role=role, day=_day(held.expires))
    soon = held.expires - today <= ENDS_SOON
    return _(
        "{soon}{role}, until {day}{ends}",
        soon="⚠ " if soon else "",
        role=role,
        day=_day(held.expires),
        ends=_(": ends soon") if soon else "",
    )


def _day(day: date) -> str:
    return f"{day.day} {date_words(day, '%b %Y')}"


def _rights(ask: Ask, held: HeldRole) -> str:
    """Format the rights of a role, each with its reach, save where it has only one."""
    rights = ask.partnership.rights.get(held.role, RIGHTS.get(held.role, {}))
    may = [
        _MAY[action] if action in ("break_glass", "admin") else f"{_MAY[action]} ({_REACH[reach]})"
        for action, reach in rights.items()
        if action not in FOR_ALL_LISTED
    ]
    return _("As {role}: {may}.", role=code_words(held.role), may="; ".join(may) or _("nothing more"))


COMMAND = Command(
    name="my-access",
    summary=_("What you may see and do, until when, and what you last asked"),
    usage="my-access",
    examples=("my-access",),
    actions=("my_access",),
    run=run,
    words=dict.fromkeys(("my access", "what can i see", "what may i see", "what am i allowed to see", "my rights"), ""),
    aliases=("myaccess", "whoami"),
)
