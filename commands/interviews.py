"""interviews: return interviews due, overdue or the asker's, one line each; or the figures of a period by team."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Row, Table
from bot.messages import episode_lines, interview_status, released_figures
from bot.messages import figures_in_brief as brief
from bot.messages.released_figures import PEOPLE
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import cell, count_label
from bot.rules.interviews.hosted import TRACKED
from bot.rules.interviews.state import InterviewPage, OpenInterview, Positions, View, in_view, page_of
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.queries.digest_content import interviews_elsewhere, open_interviews
from bot.rules.text.area_names import spoken
from bot.rules.text.spoken_time import hear_days
from bot.rules.time import clock, freshness

VIEWS: tuple[View, ...] = ("due", "overdue", "unrecorded", "open")
#: The list of interviews that other authorities owe.
HOSTED = "hosted"
DAYS_AHEAD = (
    *("tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
)
#: Rows of a list in one answer, about a page or two in a chat; a file has all of them.
AT_ONCE = 100
#: Rows with a button in one answer.
WITH_BUTTON = 5
#: What is overdue for longer is said in days.
LONG_OVER = timedelta(days=14)


COMPLETED = _(
    "Completed: held, of ended missing episodes. Recorded in 72 h: of completed, as "
    "in the 2017 report, and of those due by now."
)


class Listing(NamedTuple):
    """The list asked for: of which state, the person's own alone, due on which days, and from which row."""

    view: View
    mine: bool
    days: Period | None
    first: int

    @property
    def what(self) -> str:
        due = _("due {days}", days=self.days.label) if self.days else _("due in the next 24 hours")
        named = {"open": "" if self.mine else "open", "due": due, "unrecorded": _("held, not recorded")}
        name = named.get(self.view, self.view)
        return ", ".join(part for part in ("yours" * self.mine, name) if part)

    def title(self, ask: Ask, area: str) -> str:
        """Return the title without the count: a list of the asker's own has no area, unless they named one."""
        if self.mine:
            of_state = self.what.removeprefix("yours")
            return _(
                "{own_list_name}{of_state}{area}",
                own_list_name=arguments.own_list_name(ask, _("return interviews")),
                of_state=of_state,
                area=f", {area}" if area else "",
            )
        return _("Return interviews {what}, {area}", what=self.what, area=area)

    def page(self, ask: Ask, scope: Scope) -> InterviewPage:
        """Return the rows to show; a file has all of them."""
        actor, first = ask.request.actor, self.first - 1
        alone: View = "mine" if self.mine and self.view == "open" else self.view
        narrowed = self.days is not None or (self.mine and alone != "mine")
        if not narrowed and not ask.request.export:
            return ask.facts.interview_page(scope, ask.now, alone, actor, first, AT_ONCE)
        everything = open_interviews(ask.facts, scope, ask.now)
        if not narrowed:
            return page_of(everything, alone, actor)
        chosen = [i for i in everything if self._has(i, ask)]
        rows = chosen if ask.request.export else chosen[first : first + AT_ONCE]
        return InterviewPage(page_of(everything, "open", actor).counts, len(chosen), tuple(rows))

    def _has(self, i: OpenInterview, ask: Ask) -> bool:
        if self.mine and not in_view(i, "mine", ask.request.actor):
            return False
        limit = i.episode.interview.counts_until
        if self.days:
            return i.undone and limit is not None and self.days.first <= clock.local_day(limit) <= self.days.last
        return in_view(i, self.view, ask.request.actor)


def run(ask: Ask) -> Reply:
    """Show a list, which needs the right to lists, or figures, which need the right to counts."""
    typed, first = _from_row(ask.words)
    if HOSTED in [w.casefold() for w in typed]:
        return _hosted(ask, [w for w in typed if w.casefold() != HOSTED])
    view, words = brief.view_of(typed, "measures", "counted")
    listing, wanted = _read(ask, words, first)
    if listing is None:
        return _figures(ask, wanted, view)
    if view:
        raise Unclear(_("Only the figures of a period have that: name one."), f"interviews 2017-H1 {view}")
    scope = ask.scope("open_list", wanted.area)
    source = arguments.source(ask, "interviews")
    name = arguments.scope_name(ask, scope)
    age = freshness.say(source, ask.now)
    if not freshness.usable(source, ask.now):
        return Reply(_("Return interviews, {name}: not known", name=name), 1, (age,), status="failed")
    within = _("your cases") if scope.cases_of is not None else name
    page = listing.page(ask, scope)
    title = listing.title(ask, "" if listing.mine and wanted.area is None else name)
    facts = _position(page.counts)
    counts = " · ".join(f"{f.value} {f.label.removeprefix('Interviews ')}" for f in facts if f.value)
    where = _(" in {name}", name=name) if listing.mine and scope.cases_of is None else ""
    lead = _("{open} open{where}{counts}.", open=page.counts.open, where=where, counts=f": {counts}" if counts else "")
    # An 18th birthday is noted in private alone, for those who act on it.
    ages = ask.request.place.level == 2 and ask.may("interview_update")
    rows: tuple[Row, ...] = ()
    if ask.request.export:
        table = episode_lines.interview_table(_("Return interviews"), page.rows, ask.partnership, ask.now, ages=ages)
    else:
        rows, table = _listed(ask, page.rows, ages)
    last = first - 1 + len(page.rows)
    more = []
    if len(page.rows) < page.total:
        table = replace(table, note=_("{first} to {last} of {total}.", first=first, last=last, total=page.total))
        asked = " ".join(("interviews", *words))
        if last < page.total:
            more.append(Button(_("Next: from row {last}", last=last + 1), f"{asked} from {last + 1}"))
    return Reply(
        title=f"{title}: {page.total}",
        level=1,
        text=(
            *freshness.warnings((source,), ask.now, exact=True),
            lead
            if page.total
            else _(
                "None {what} in {within} (of {open} open interviews).",
                what=listing.what,
                within=within,
                open=page.counts.open,
            ),
            *rows,
            *([table.note] if rows and table.note and not table.rows else []),
        ),
        facts=facts if ask.request.export else (),
        tables=(table,) if table.rows else (),
        footer=(
            _(
                "At {now}. The 72 hours run through nights, weekends and bank holidays.",
                now=clock.say_near(ask.now, ask.now),
            ),
            age,
        ),
        buttons=tuple(more),
    )


def _listed(ask: Ask, found: Sequence[OpenInterview], ages: bool) -> tuple[tuple[Row, ...], Table]:
    """Return rows of the first interviews that wait for this person, each with its button, and a table of the others.

    Buttons are for one person in private: of a channel's readers others would press them.
    """
    may, me = interview_status.may_update(ask), ask.request.actor
    rows: list[Row] = []
    others: list[tuple[Cell, ...]] = []
    for i in found:
        row, area = episode_lines.interview_row(i, ask.partnership, ask.now), spoken(i.episode.area)
        owner = episode_lines.owner_of(i, ask.partnership)
        grows_up = (episode_lines.GROWS_UP,) if ages and i.episode.turns_18 else ()
        words = (_when(i, ask.now), *(w for w in row.words[1:] if w not in (owner, area)), *grows_up)
        buttons = _buttons(i, me) if me and len(rows) < WITH_BUTTON and may(i) else ()
        if buttons and me:
            whose = () if i.owned_by(me) else (owner,)
            rows.append(Row(row.subject, (area, *words, *whose), row.mark, buttons))
        else:
            nobody = owner.replace(episode_lines.NO_OWNER, "nobody", 1)
            others.append((f"{row.mark} {row.subject} {area}", " · ".join(words), nobody))
    return tuple(rows), Table(_("Others") if rows else "", (_("Child"), _("Due"), _("Owner")), tuple(others))


def _when(i: OpenInterview, now: datetime) -> str:
    """Write the time left, of what is overdue without its deadline: 'overdue by 186 days'."""
    if i.left >= timedelta() or i.state.name == "due, child missing":
        return episode_lines.time_left(i, now)
    over = _("{days} days", days=-i.left.days) if i.left < -LONG_OVER else clock.say_hours(i.left)
    return (
        _("held, not recorded: {over} over", over=over) if i.state.name == "held" else _("overdue by {over}", over=over)
    )


def _buttons(i: OpenInterview, me: Person) -> tuple[Button, ...]:
    """Return what this person most likely does next: their own is recorded, one that nobody owns is taken."""
    if i.standing.asked == me.id:
        return interview_status.row_buttons(i, me.id)
    if i.owned_by(me):
        typed, label = ("recorded", _("Recorded")) if i.unrecorded else ("", _("Record"))
        return (Button(label, interview_status.command(i, typed), form=not typed),)
    return (Button(_("Take it"), interview_status.command(i, "take")),) if i.unowned else ()


def _hosted(ask: Ask, words: Sequence[str]) -> Reply:
    """List the interviews that other authorities owe, tracked here until their outcome is known (edge case 16)."""
    wanted = arguments.read(ask, words, most_periods=0)
    scope = ask.scope("open_list", wanted.area)
    source, name = arguments.source(ask, "interviews"), arguments.scope_name(ask, scope)
    age = freshness.say(source, ask.now)
    if not freshness.usable(source, ask.now):
        return Reply(
            _("Return interviews of hosted children, {name}: not known", name=name), 1, (age,), status="failed"
        )
    found = interviews_elsewhere(ask.facts, scope, ask.now)
    shown = found if ask.request.export else found[:AT_ONCE]
    private = ask.request.place.level == 2
    named = (
        ask.facts.placed_by([i.episode.child_id for i in shown]) if private and ask.may("interview_update") else None
    )
    facts = (
        Fact(_("Placing authority not told"), sum(i.told is None for i in found)),
        Fact(_("Over their time"), sum(i.overdue for i in found)),
    )
    rows: tuple[Row, ...] = ()
    if ask.request.export:
        table = episode_lines.elsewhere_table(shown, ask.now, named)
    else:
        rows, table = _of_others(ask, shown, named)
    if len(shown) < len(found):
        table = replace(table, note=_("1 to {shown} of {found}; a file has all.", shown=len(shown), found=len(found)))
    counts = " · ".join(f"{f.value} {f.label[0].lower()}{f.label[1:]}" for f in facts if f.value)
    return Reply(
        title=_("Return interviews of hosted children, {name}: {n}", name=name, n=len(found)),
        level=1,
        text=(
            *freshness.warnings((source,), ask.now, exact=True),
            _("Other authorities owe them{counts}.", counts=f": {counts}" if counts else "")
            if found
            else _("None in {name}.", name=name),
            *rows,
        ),
        facts=facts if ask.request.export else (),
        tables=(table,) if table.rows else (),
        footer=(
            _("Tracked until held, declined or not possible, or for {days} days after the time.", days=TRACKED.days),
            age,
        ),
    )


def _of_others(
    ask: Ask, found: Sequence[OpenInterview], named: Mapping[int, str] | None
) -> tuple[tuple[Row, ...], Table]:
    """Return rows of the first whose authority was not told, each with its button, and a table of the others."""
    may = interview_status.may_update(ask)
    rows: list[Row] = []
    others: list[tuple[Cell, ...]] = []
    for i in found:
        whose = (named or {}).get(i.episode.child_id, "")
        row = episode_lines.elsewhere_row(i, ask.partnership, ask.now)
        if i.told is None and len(rows) < WITH_BUTTON and may(i):
            told = Button(_("Told"), interview_status.command(i, "told"))
            rows.append(row.adding([whose] if whose else []).pressing((told,)))
        else:
            words = [w for w in row.words if w != spoken(i.episode.area) and not w.startswith("placing authority")]
            when = _("told {told_at}", told_at=clock.say_near(i.told.at, ask.now)) if i.told else _("NOT told")
            authority = ", ".join(filter(None, (whose, when)))
            others.append((f"{row.mark} {row.subject} {spoken(i.episode.area)}", " · ".join(words), authority))
    return tuple(rows), Table(
        _("Others") if rows else "", (_("Child"), _("Due"), _("Placing authority")), tuple(others)
    )


def _read(ask: Ask, words: Sequence[str], first: int) -> tuple[Listing | None, arguments.Arguments]:
    """Parse the list that is asked for, None for the figures of a period; a list has no period but days it is due."""
    low = [w.casefold() for w in words]
    views, mine = [v for v in VIEWS if v in low], "mine" in low
    rest = [w for w in words if w.casefold() not in (*VIEWS, "mine")]
    wanted = arguments.read(ask, [_coming(ask, w) for w in rest] if "due" in views else rest)
    typed = ["mine"] * mine + [arguments.area_word(wanted)] * (wanted.area is not None)
    if len(views) > 1:
        offers = [" ".join(("interviews", view, *typed)) for view in views]
        raise Unclear(_("Ask for one list: {views}.", views=_(" or ").join(views)), *offers)
    days = wanted.periods[0] if wanted.periods else None
    if days and (views == ["due"]) and days.last < clock.local_day(ask.now):
        offers = [" ".join(("interviews", "overdue", *typed))]
        if ask.may("counts"):
            offers.append(" ".join(("interviews", days.label, *typed)))
        raise Unclear(
            _("What was due by then and is not done is overdue; figures have all that were due in a period."), *offers
        )
    if days and (mine or views) and views != ["due"]:
        again = " ".join(("interviews", *views, *typed))
        raise Unclear(
            _("Ask for a list (due, overdue, unrecorded, mine) or for a period, not both: the list is as of now."),
            again,
        )
    if not views and not mine and (days or not ask.may("open_list")):
        return None, wanted
    return Listing(views[0] if views else "open", mine, days, first), wanted


def _coming(ask: Ask, word: str) -> str:
    """Return the day that "tomorrow" or a weekday means of what is still due; other words as they are."""
    if word.casefold() not in DAYS_AHEAD:
        return word
    days, _ = hear_days([word], ask.now, ask.partnership.calendar(ask.partnership.areas[0].id))
    return days[0].isoformat()


def _from_row(words: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Take "from 101" off the end of the words: the row with which the list begins."""
    *before, last = ("", *words)
    if len(before) > 1 and before[-1].casefold() == "from" and last.isascii() and last.isdecimal():
        return words[:-2], max(1, int(last[:9]))
    return words, 1


def _position(counts: Positions) -> tuple[Fact, ...]:
    """Show the interviews in each position, over the whole list."""
    return (
        Fact(_("Interviews with no owner"), counts.unowned),
        Fact(_("Interviews overdue"), counts.overdue),
        Fact(_("Interviews due in the next 24 hours"), counts.due_soon),
        Fact(_("Interviews not offered yet"), counts.not_offered),
        Fact(_("Interviews held, not recorded"), counts.held),
        Fact(_("Interviews waiting: child missing again"), counts.waiting),
    )


def _figures(ask: Ask, wanted: arguments.Arguments, view: brief.View) -> Reply:
    period = wanted.period(ask)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    if not figures.known(period, "interviews"):
        (sentence,) = brief.interviews_unknown(ask)
        raise NotKnown(
            sentence, _("Return interviews, {scope_name}: not known", scope_name=arguments.scope_name(ask, scope))
        )
    title = brief.title(ask, scope, period, _("return interviews"))
    if view == "counted":
        how = brief.how_counted(ask, scope, period, of=title, rates=True)
        return replace(how, text=(COMPLETED, *how.text))
    tallies = figures.tallies(scope, period)
    named = [(name, tally) for _, name, tally in tallies]
    everything = figures.tally(scope, period)
    scopes = [*(Scope((a,)) for a, _, _ in tallies), scope]
    due = figures.due(scope, period)
    # Every one of them is None in a channel, or none is.
    people = [found for found in (figures.people(s, period) for s in scopes) if found]
    # K11 and K12 for each team and in all; none in a channel.
    private = [figures.private_kpis(s, period) for s in scopes]
    running = (
        *released_figures.not_due((period, everything)),
        *released_figures.dates_only(ask, scope, (period, everything)),
    )
    again = f"interviews {period.label} {arguments.area_word(wanted)}".strip()
    team_kpis = (_("Interviews: Completed"), _("Interviews: Recorded within 72 h (of completed)"))
    reply = Reply(
        title=title,
        level=0,
        facts=(
            *released_figures.kpi_facts(everything, private[-1]),
            *released_figures.people_facts(people[-1] if people else None),
            *released_figures.due_facts(due),
            *[
                Fact(f"{name}: {f.label.removeprefix('Interviews: ')}", f.value, f.numerator, f.denominator, f.unit)
                for name, tally in named
                for f in released_figures.kpi_facts(tally)
                if f.label in team_kpis
            ],
        ),
        buttons=brief.more(again, measures=view != "measures"),
    )
    if view != "measures" and not ask.request.export:
        beside = arguments.beside(ask, wanted, period)
        base = beside.base
        return replace(
            reply,
            text=(
                *brief.doubts(ask, scope, period, *([base] if base else []), notes=beside.notes),
                brief.interviews(everything, figures.tally(scope, base) if base else None),
                *running,
            ),
            tables=(brief.teams(named),) if len(named) > 1 else (brief.shares(everything),),
            footer=brief.footer(ask, scope, period),
        )
    not_due = [cell(t.not_due) for _unused, t in [*named, (_("Total"), everything)]]
    # K10 for each team and in all: median hours from return to held, and from held to recorded.
    spans = [figures.medians(s, period) for s in scopes]
    return replace(
        reply,
        text=(
            _(
                "{held} of {episodes} completed, {days_known}.",
                held=count_label(everything.held),
                episodes=count_label(everything.episodes),
                days_known=arguments.days_known(ask, period),
            ),
            *running,
            *released_figures.people_line(people[-1] if people else None),
            *released_figures.due_line(period, due),
        ),
        tables=(
            released_figures.kpi_table(_("Return interviews by team"), [*named, (_("Total"), everything)]),
            released_figures.measures_table(
                _("Every measure by team"),
                [*named, (_("Total"), everything)],
                {
                    **{k[0].label: [each.rate.text for each in k] for k in zip(*private, strict=True)},
                    **({_("Not due yet"): not_due} if any(n != 0 for n in not_due) else {}),
                    **{label: [p[i] for p in people] for i, label in enumerate(PEOPLE) if people},
                    _("Median hours, return to held"): [released_figures.number(held) for held, _ in spans],
                    _("Median hours, held to recorded"): [released_figures.number(recorded) for _, recorded in spans],
                },
            ),
            *released_figures.due_table(period, due),
        ),
        footer=(COMPLETED, *released_figures.footer(ask, scope, period)),
    )


COMMAND = Command(
    name="interviews",
    summary=_("Return interviews: due, overdue, unrecorded, yours, hosted; or the figures of a period by team"),
    usage="interviews [mine] [open|due [DAY]|overdue|unrecorded|hosted|PERIOD] [AREA] [measures|counted]",
    examples=("interviews", "interviews overdue north", "interviews mine", "interviews 2017-H1"),
    actions=("open_list", "counts"),
    run=run,
    words={
        **brief.WORDS,
        **dict.fromkeys(
            (
                *("rhis", "interview", "return interview", "return interviews", "return home interview"),
                *("return home interviews", "oldest first", "interview performance", "return interview performance"),
            ),
            "",
        ),
        **dict.fromkeys(
            (
                "open",
                "open interviews",
                "outstanding",
                "outstanding interviews",
                "now",
                "right now",
                "currently",
                "current",
                "at the moment",
                "open now",
            ),
            "open",
        ),
        "overdue": "overdue",
        "due": "due",
        **dict.fromkeys(("hosted", "hosted children", "other authorities", "placing authority"), HOSTED),
        **dict.fromkeys(("mine", "my", "for me", "are mine", "of mine", "do i have", "have i got"), "mine"),
        **{word: word for word in DAYS_AHEAD},
    },
    aliases=("rhi",),
    example_needs={
        "interviews overdue north": "open_list",
        "interviews mine": "open_list",
        "interviews 2017-H1": "counts",
    },
)
