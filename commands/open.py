"""open: every child missing now, ungraded first, then by the police's grade and time missing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.conversation import arguments, doubted_child
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Row, Section, Table
from bot.messages.episode_lines import SECOND_RECORD, flag_words, found_with_words, grade_word, open_row, was_said
from bot.rules.catalogue import _
from bot.rules.episodes import doubts
from bot.rules.episodes.found_with import of_episode
from bot.rules.episodes.risk_flags import (
    Trigger,
    category,
    children,
    grade_at,
    in_list_order,
    second_records,
    triggers,
)
from bot.rules.model import Episode
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness

AWAY = _("Away from placement, whereabouts known")
#: Rows with a button to look the child up.
LOOK_UPS = 5
#: The police's grades -> how people ask for them.
GRADES = {
    "high": ("high", "high risk", "high-risk", "graded high"),
    "medium": ("medium", "medium risk", "medium-risk", "graded medium"),
    "low": ("low", "low risk", "low-risk", "graded low"),
    "ungraded": ("ungraded", "not graded", "no grade", "without a grade"),
}


def run(ask: Ask) -> Reply:
    """List open episodes (R6) of any day. An old police export is refused, never read as zero: what was said in chat
    is listed all the same.

    A list of one grade holds the ungraded too: nobody knows yet that they are not of it.
    """
    grades = [g for g in GRADES if g in {w.casefold() for w in ask.words}]
    wanted = arguments.read(ask, [w for w in ask.words if w.casefold() not in GRADES], most_periods=0)
    if len(grades) > 1:
        offers = (" ".join(("open", g, arguments.area_word(wanted))).strip() for g in grades)
        raise Unclear(_("Name one grade, or none for every child missing now."), *offers)
    scope = ask.scope("open_list", wanted.area)
    name = arguments.scope_name(ask, scope)
    police = arguments.source(ask, "police")
    age = freshness.say(police, ask.now)
    everybody = ask.facts.open_episodes(scope, ask.now)
    if not freshness.usable(police, ask.now):
        return _said_alone(ask, _("Missing now, {name}: not known", name=name), age, everybody)
    died = ask.facts.died([x.child_id for x in everybody])  # nothing is posted of them (edge case 35)
    everyone = in_list_order([x for x in everybody if x.child_id not in died], ask.now)
    grade = next(iter(grades), "")
    episodes = [x for x in everyone if grade in ("", grade_at(x, ask.now)) or grade_at(x, ask.now) is None]
    others = _(
        "{children} of {children2} missing or away are graded otherwise.",
        children=children(everyone) - children(episodes),
        children2=children(everyone),
    )
    missing, away = ([x for x in episodes if x.kind == kind] for kind in ("missing", "away"))
    at = _("At {now}.", now=clock.say_near(ask.now, ask.now))
    nobody: tuple[str, ...] = ()
    if not missing and not died:
        # With a source in doubt, "nobody is missing" becomes "nobody is known to be missing".
        sure = freshness.state(police, ask.now) == "ok"
        of_grade = _graded(grade).removeprefix(",")
        nobody = (
            _(
                "Nobody{of_grade} is {known}missing at {now}.",
                of_grade=of_grade,
                known="" if sure else _("known to be "),
                now=clock.say_near(ask.now, ask.now),
            ),
        )
    listed = _listed(ask, {"": missing, AWAY: away})
    return Reply(
        title=_(
            "Missing now{graded}, {name}: {children}", graded=_graded(grade), name=name, children=children(missing)
        ),
        level=1,
        text=(
            *freshness.warnings((police,), ask.now, exact=True),
            *([others] if grade else []),
            *nobody,
            *listed.get("", ()),
        ),
        sections=tuple(Section(f"{AWAY}: {children(away)}", rows) for title, rows in listed.items() if title),
        facts=(Fact(_("Children missing now"), children(missing)), Fact(_("Away, whereabouts known"), children(away)))
        if ask.request.export
        else (),
        tables=_tables(ask, {_("Missing now"): missing, AWAY: away}),
        footer=(age, *([] if nobody else [at])),
        buttons=_not_listed(ask),
    )


def _said_alone(ask: Ask, title: str, age: str, everybody: Sequence[Episode]) -> Reply:
    """Say that the police's records are not known, and list what was said in chat."""
    said = [x for x in everybody if was_said(x, ask.now)]
    died = ask.facts.died([x.child_id for x in said]) if said else set()
    said = in_list_order([x for x in said if x.child_id not in died], ask.now)
    if not said:
        return Reply(title, 1, (age,), buttons=_not_listed(ask), status="failed")
    return Reply(
        title=title,
        level=1,
        text=(
            age,
            _("Said in chat, and not all: who else is missing by the police's records is not known."),
            *_listed(ask, {"": said}).get("", ()),
        ),
        tables=_tables(ask, {_("Said in chat"): said}),
        buttons=_not_listed(ask),
        status="failed",
    )


def _not_listed(ask: Ask) -> tuple[Button, ...]:
    """Return the button by which a child is said whom no export has yet, for those who may say so."""
    fits = doubted_child.fits(ask.desk, ask.request) and doubted_child.areas_of_new(ask)
    return (Button(_("A child not listed yet"), "said new", form=True),) if fits else ()


def _graded(grade: str) -> str:
    """Return ', graded high or not graded'; nothing without a grade."""
    return (
        ""
        if not grade
        else _(", not graded")
        if grade == "ungraded"
        else _(", graded {grade} or not graded", grade=grade)
    )


def _listed(ask: Ask, lists: Mapping[str, Sequence[Episode]]) -> dict[str, tuple[Row, ...]]:
    """Return the rows of each list that is not empty; the first five children of all have a button to look them up."""
    if ask.request.export:
        return {}
    every = [x for found in lists.values() for x in found]
    known, twice, can = _known(ask, every), second_records(every), ask.may("child")
    to_look_up = set(list(dict.fromkeys(x.child_ref for x in every))[:LOOK_UPS]) if can else set()
    made: dict[str, tuple[Row, ...]] = {}
    for title, found in lists.items():
        rows = []
        for x in found:
            met, company = known[x.id]
            row = open_row(x, met, ask.now)
            unread = (doubts.WORDS[doubts.START],) if doubts.START in x.doubts else ()
            row = row.adding(w for w in unread if w not in row.words)
            row = row.adding((*([SECOND_RECORD] if x.id in twice else []), *company))
            if x.child_ref in to_look_up:
                to_look_up.discard(x.child_ref)
                row = row.pressing((Button(_("Look up"), f"child {x.child_ref}"),))
            rows.append(row)
        if rows:
            made[title] = tuple(rows)
    return made


def _known(ask: Ask, episodes: Sequence[Episode]) -> dict[int, tuple[tuple[Trigger, ...], tuple[str, ...]]]:
    """Return the repeat rule that each absence meets, and with whom the child is."""
    widest = max((r.days for r in ask.partnership.repeat_rules), default=0)
    begun = min((x.start_at for x in episodes), default=ask.now)
    starts = ask.facts.starts([x.child_id for x in episodes], begun - timedelta(days=widest), ask.now)
    company = ask.facts.found_with(ask.scope("open_list", None), sorted({x.child_id for x in episodes}), ask.now, begun)
    rules = ask.partnership.repeat_rules[:1]
    return {
        x.id: (
            tuple(triggers(starts.get(x.child_id, ()), rules, x.start_at)),
            found_with_words(x, of_episode(company, x.id), ask.now),
        )
        for x in episodes
    }


def _tables(ask: Ask, lists: Mapping[str, Sequence[Episode]]) -> tuple[Table, ...]:
    """Return the lists as tables of a file, a column for each fact."""
    if not ask.request.export:
        return ()
    every = [x for found in lists.values() for x in found]
    known, twice = _known(ask, every), second_records(every)
    columns = (_("Child"), _("Grade"), _("Since"), _("Hours"), _("Age band"), _("Whose"), _("Area"), _("Look at"))
    tables = []
    for title, found in lists.items():
        rows: list[tuple[Cell, ...]] = []
        for x in found:
            met, company = known[x.id]
            # A start that could not be read is said, without hours.
            since: tuple[Cell, Cell] = doubts.WORDS[doubts.START], None
            if doubts.START not in x.doubts:
                since = clock.say_near(x.start_at, ask.now), round((ask.now - x.start_at) / timedelta(hours=1), 1)
            second = [SECOND_RECORD] if x.id in twice else []
            look_at = ", ".join((*flag_words(x, met, ask.now), *second, *company))
            rows.append((x.child_ref, grade_word(x, ask.now), *since, x.age_band, category(x), spoken(x.area), look_at))
        if rows:
            tables.append(Table(title, columns, tuple(rows)))
    return tuple(tables)


COMMAND = Command(
    name="open",
    summary=_("Every child missing now"),
    usage="open [high|medium|low|ungraded] [AREA]",
    examples=("open", "open north"),
    actions=("open_list",),
    run=run,
    words={
        "": "",
        **dict.fromkeys(
            (
                *("missing", "missing now", "now missing", "currently missing", "missing currently", "still missing"),
                *("who is missing", "whos missing", "who are missing", "who is still missing", "whos still missing"),
                *(
                    "anyone",
                    "anybody",
                    "everyone",
                    "everybody",
                    "anyone missing",
                    "anybody missing",
                    "everyone missing",
                    "everybody missing",
                    "who is out",
                    "whos out",
                ),
                *(
                    "children missing",
                    "kids missing",
                    "missing children",
                    "missing kids",
                    "children",
                    "kids",
                    "mispers",
                ),
                *("now", "right now", "currently", "current", "currently out", "at the moment", "at the mo"),
                *("how many missing", "how many are missing", "how many children are missing", "how many out"),
                *("how many children missing", "how many missing children"),
            ),
            "",
        ),
        **{words: grade for grade, spelt in GRADES.items() for words in spelt},
    },
)
