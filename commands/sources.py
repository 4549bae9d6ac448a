"""sources: age of each export, rows that could not be read, and differences between the agencies' records."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import arguments, child_lookup
from bot.conversation.command import Ask, Command, Refused, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Row, Section, Table
from bot.messages import released_figures
from bot.messages.released_figures import counted
from bot.rules.catalogue import _
from bot.rules.disclosure.released import HIDDEN
from bot.rules.disclosure.rounding import is_small
from bot.rules.effects import ConfirmRows
from bot.rules.model import Freshness
from bot.rules.queries.digest_content import UNREPORTED_GAP
from bot.rules.queries.facts import Gap, SourceReport
from bot.rules.text.area_names import plain, spoken, suggest
from bot.rules.time import clock, freshness

MOST = 50
#: Kinds of difference with a button.
WITH_BUTTON = 5
DEATHS = frozenset({"died-log-open"})


def run(ask: Ask) -> Reply:
    """Show counts to every person listed; children behind one kind of difference to those who may see lists."""
    report, exact = ask.facts.source_report(ask.now), _are_true(ask)
    if not exact:
        # Kinds about deaths are for one authorised person, even as a zero.
        report = replace(report, gaps=tuple(g for g in report.gaps if g.kind not in DEATHS))
    if ask.words and ask.words[0].casefold() in {f.source for f in report.freshness}:
        return _rows_are_right(ask, report)
    kind, rest = _kind(ask, report)
    wanted = arguments.read(ask, rest, most_periods=0)
    if kind is not None:
        return _list(ask, report, kind, wanted)
    if ask.request.export:
        return _file(ask, report, exact)
    small = [] if exact else [_("c: a count from 1 to {threshold}.", threshold=ask.partnership.disclosure.threshold)]
    found = [g for g in report.gaps if g.count]
    none = len(report.gaps) - len(found)
    differences = Section(
        _("Differences to look at"),
        (
            *_differences(ask, found),
            *(
                [
                    _("None of {kinds}.", kinds=counted(none, "{n} other kind", "{n} other kinds"))
                    if found
                    else _("None.")
                ]
                if none or not found
                else []
            ),
        ),
    )
    return Reply(
        title=_("Sources"),
        level=0,
        text=freshness.warnings(report.freshness, ask.now, exact=exact),
        sections=(differences,) if report.gaps else (),
        tables=(
            Table(
                _("Exports"), (_("Source"), _("Taken"), _("Rows")), tuple(_export(f, ask.now) for f in report.freshness)
            ),
        ),
        footer=(
            _(
                "At {now}. What does not match is kept and listed, never dropped or guessed: ask "
                "for sources and a kind.",
                now=clock.say_near(ask.now, ask.now),
            ),
            *small,
        ),
        buttons=_doubted(ask, report),
    )


def _differences(ask: Ask, found: Sequence[Gap]) -> tuple[Row, ...]:
    """Return a row for each kind that has any; the first five have a button with the children behind it."""
    lists = ask.may("open_list") and ask.scope("open_list", None).cases_of is None
    rows = []
    for n, g in enumerate(found):
        listed = (Button(_("List"), f"sources {g.kind}"),) if lists and n < WITH_BUTTON else ()
        rows.append(Row(str(_count(ask, g.count)), (g.what, g.advice.removesuffix(".")), "⚠", listed))
    return tuple(rows)


def _export(f: Freshness, now: datetime) -> tuple[Cell, ...]:
    """Write one export as its name, age and rows, with those that could not be read."""
    taken = clock.say_near(f.taken_at, now) if f.taken_at else "never"
    state = freshness.state(f, now)
    unread = (
        _("{rejected} rejected", rejected=f.rejected) if f.rejected else "",
        _("{unread} not read whole", unread=f.unread) if f.unread else "",
    )
    rows = ", ".join(filter(None, (str(f.rows), *unread)))
    return (f.name, taken if state in ("ok", "never") else f"{taken}, {state}", rows)


def _doubted(ask: Ask, report: SourceReport) -> tuple[Button, ...]:
    return tuple(
        Button(_("{name}: so few rows are right", name=f.name), f"sources {f.source} right")
        for f in report.freshness
        if f.rows_before is not None and _may_say(ask)
    )


def _file(ask: Ask, report: SourceReport, exact: bool) -> Reply:
    """Return every fact of the exports and of the kinds of difference, as a file has them."""
    exports: list[tuple[Cell, ...]] = []
    for f in report.freshness:
        taken = clock.say_near(f.taken_at, ask.now) if f.taken_at else "never"
        ages = (f.stale_after_hours, f.refuse_after_hours)
        exports.append((f.name, taken, freshness.state(f, ask.now), f.rows, f.rejected, f.unread, *ages))
    return Reply(
        title=_("Sources"),
        level=0,
        text=freshness.warnings(report.freshness, ask.now, exact=exact),
        facts=tuple(Fact(g.what, _count(ask, g.count)) for g in report.gaps),
        tables=(
            Table(
                _("Exports"),
                (
                    *(_("Source"), _("Taken"), _("State"), _("Rows"), _("Rejected"), _("Not read whole")),
                    *(_("Stale after (h)"), _("Refused after (h)")),
                ),
                tuple(exports),
            ),
            Table(
                _("Differences to look at"),
                (_("Kind"), _("What"), _("Episodes"), _("What to do")),
                tuple((g.kind, g.what, _count(ask, g.count), g.advice) for g in report.gaps),
            ),
        ),
        footer=(
            _("At {now}.", now=clock.say_near(ask.now, ask.now)),
            *(
                []
                if exact
                else [_("c: a count from 1 to {threshold}.", threshold=ask.partnership.disclosure.threshold)]
            ),
        ),
    )


def _may_say(ask: Ask) -> bool:
    """Return true for people who see the lists of every area, and for administrators."""
    everywhere = {a.id for a in ask.partnership.areas}
    return ask.may("admin") or (ask.may("open_list") and everywhere <= set(ask.grant("open_list").areas))


def _rows_are_right(ask: Ask, report: SourceReport) -> Reply:
    """Record that an export with so few rows is right (`sources police right`); `undo` takes it back."""
    source, answer = ask.words[0].casefold(), " ".join(ask.words[1:]).casefold()
    of = next(f for f in report.freshness if f.source == source)
    if answer not in ("right", "undo"):
        raise Unclear(
            _("Say right (so few rows are right), or undo: sources {source} right.", source=source),
            f"sources {source} right",
        )
    if not _may_say(ask):
        raise Refused("role")
    by, patience = child_lookup.who(ask).id, timedelta(minutes=ask.partnership.delivery.undo_minutes)
    if answer == "undo":
        if of.confirmed is None or of.confirmed.by != by or of.confirmed.at + patience < ask.now:
            raise Unclear(
                _("There is nothing of yours to take back here, or its time is over."), title=_("Nothing recorded")
            )
        ask.log.effects.append(ConfirmRows(source, by, ask.now, undo=True))
        return Reply(_("{of}: taken back", of=of.name), 0, (_("The export is in doubt again."),))
    if of.rows_before is None:
        raise Unclear(_("The newest export has no doubt of this kind."), title=_("Nothing recorded"))
    ask.log.effects.append(ConfirmRows(source, by, ask.now))
    return Reply(
        title=_("{of}: recorded", of=of.name),
        level=0,
        text=(
            _(
                "{rows} rows are right, though there were {rows_before} before. The next digest says so.",
                rows=of.rows,
                rows_before=of.rows_before,
            ),
        ),
        buttons=(Button(_("Undo"), f"sources {source} undo"),),
    )


def _are_true(ask: Ask) -> bool:
    """Return true for one person whose role sees figures; an administrator sees no small number of children."""
    return ask.may("counts") and released_figures.is_private(ask)


def _count(ask: Ask, count: int) -> Cell:
    """Hide a small count. No kinds add up to another, so it cannot be worked out from the rest.

    Rows of an export, read or rejected, are lines in a file and not children. They are printed as they are, so that
    the loss of a single row is seen.
    """
    small = not _are_true(ask) and is_small(count, ask.partnership.disclosure.threshold)
    return HIDDEN if small else count


def _kind(ask: Ask, report: SourceReport) -> tuple[str | None, list[str]]:
    """Parse a kind of difference, named as in the table, from the first word."""
    kinds = [g.kind for g in report.gaps]
    if not ask.words or ask.words[0].casefold() in kinds:
        return (ask.words[0].casefold() if ask.words else None), list(ask.words[1:])
    near = suggest(plain(ask.words[0]), kinds)
    raise Unclear(
        _("Name a kind of difference: {kinds}.", kinds=", ".join(kinds)), *([f"sources {near}"] if near else [])
    )


def _list(ask: Ask, report: SourceReport, kind: str, wanted: arguments.Arguments) -> Reply:
    """List the children behind one kind of difference, by reference."""
    scope = ask.scope("open_list", wanted.area)
    if scope.cases_of is not None:
        raise Unclear(_("Differences are listed by area, and you see your own cases only."))
    gap = next(g for g in report.gaps if g.kind == kind)
    found = ask.facts.differences(scope, kind, ask.now, posted=not released_figures.is_private(ask))[:MOST]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (ref, spoken(area), clock.say_near(start, ask.now)) for ref, area, start in found
    )
    return Reply(
        title=f"{gap.what}, {arguments.scope_name(ask, scope)}",
        level=1,
        text=(gap.advice,) if rows else (_("None."),),
        tables=(
            Table(
                _("Newest first"),
                (_("Child"), _("Area"), _("Found") if kind == UNREPORTED_GAP[0] else _("Began")),
                rows,
            ),
        ),
        footer=(_("{count} in the whole county; at most {most} are shown.", count=_count(ask, gap.count), most=MOST),),
    )


COMMAND = Command(
    name="sources",
    summary=_("How old the data are, what could not be read, where police and council records differ"),
    usage="sources [KIND] [AREA] | SOURCE right|undo",
    examples=("sources",),  # the reply names the kinds; not everybody may list the children behind one
    actions=("sources",),
    run=run,
    words=dict.fromkeys(
        (
            *("source", "data quality", "how old is the data", "how old are the data", "how fresh is the data"),
            *("how fresh", "is the data up to date", "up to date", "freshness", "stale", "anything stale"),
            *(
                "sources status",
                "status of the sources",
                "the data",
                "last loaded",
                "when was",
                "police feed",
                "police export",
                "when was the data loaded",
                "exports",
                "extract",
            ),
        ),
        "",
    ),
)
