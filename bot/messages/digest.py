"""The morning digest: who is missing, what can still be saved today, what nobody owns, what changed.

`compose` is the whole digest, for one person; `compose_counts` the same where only counts may be seen. Lists are
capped and say how many more, zero is printed, and a source that is too old is never read as zero. How it is posted in
a channel is in `digest_posts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Level, Reply, Row, Section
from bot.messages.episode_lines import (
    DONE,
    GRADE_MARKS,
    NO_TIME,
    SECOND_RECORD,
    came_back,
    capped,
    due_words,
    elsewhere_row,
    end_words,
    found_with_words,
    grade_word,
    interview_mark,
    interview_row,
    open_row,
    owner_of,
    record_time_left,
    ruling_rows,
    so_far,
    void_row,
    was_said,
    who_words,
)
from bot.messages.escalation_message import NOBODY_YET, agency_words, by_when, newest, not_called, rule_name
from bot.rules.catalogue import _, date_words, n_
from bot.rules.episodes.doubts import ABSENT, AGE, ENDED, IDENTITY, RETURN, START
from bot.rules.episodes.found_with import ANOTHER, UNREPORTED, FoundWith, Other
from bot.rules.episodes.regrades import in_words
from bot.rules.episodes.risk_flags import Trigger, children, council_return, grade_at, triggers
from bot.rules.escalations.calls import Absence, Call, absences
from bot.rules.escalations.strategy import STAGE_WORDS
from bot.rules.figures import Headline, RuleFired
from bot.rules.interviews.hosted import moved_out
from bot.rules.interviews.state import FORGOTTEN, OpenInterview, in_chat, required
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import DECLINED, GROWN_UP, Morning
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness

NO_TIMES = _("The council's export has no times of recording: an interview that it has as held counts as recorded.")
LATE = _("Late entries, known only in this window")
OVER = _("Over by what was said in chat, not in the record yet")
DECISIONS = _("Strategy decisions outstanding")
RUN_OUT = _("Run out before people are at work in time")
NO_FIGURES = (
    _("I have NOT given figures: no source is recent enough."),
    _("Use the police and case systems until I say otherwise."),
)
ALL_CLEAR = _("All clear: nobody missing, no return interview open, nothing in doubt.")
REGRADED = _("Re-graded by the police")
SAID_ALONE = _("Said in chat to be missing, and not all: the police's records are not known")
#: Lines of what was said in chat in a digest without a source.
WITHHELD_ROWS = 20
SAID = _("Said in chat of doubts, beside the records")
VOIDED = _("Void by the police's record: no absence. Who it was is told in private (today everything).")
ESCALATIONS = _("Escalations, and who acknowledged")
HOSTED = _("Hosted: interviews that other authorities owe, not ours")
CLASSIFICATION = _("OFFICIAL-SENSITIVE")
LONG = timedelta(hours=72)
BUTTONS = (
    Button(_("My interviews"), "interviews mine", primary=True),
    Button(_("Missing now"), "open"),
    Button(_("Everything"), "today everything"),
)
#: The section of interviews due before people are back at work.
BEFORE = "before"
#: The sections of interviews that were held and wait to be recorded: among what is to be done first, and before then.
HELD, BEFORE_HELD = "held", "before, held"


@dataclass(frozen=True, slots=True)
class ListedSection:
    """A section with the episodes of its first lines, where these are items that are ticked off as `kind`."""

    section: Section
    kind: str = ""
    episodes: tuple[Episode, ...] = ()


def compose(morning: Morning, partnership: Partnership, name: str, rows: int, *, private: bool = False) -> Reply:
    """Compose the digest with references and age bands (level 1), at most `rows` lines a section.

    `private` is for one person alone: a child who turned 18 while missing is named there, never in a channel.
    """
    m = morning
    if not is_known(m):
        return withheld(m, partnership, name, 1)
    listed = all_sections(m, partnership, rows, private)
    return Reply(
        title=title_at(m, name),
        level=1,
        text=(*doubt_lines(m), *head_lines(m), *also_line(m), *hosted_line(m), *adults_line(m)),
        sections=tuple(each.section for each in listed),
        footer=_footer(m, _("references only")),
        buttons=BUTTONS[:2],
    )


def is_known(m: Morning | Headline) -> bool:
    return m.usable("police") or m.usable("interviews")


def all_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[ListedSection]:
    """Return every section: children first, then interviews that can still be held in time, then what changed."""
    police, council = m.usable("police"), m.usable("interviews")
    missing = _police_sections(m, p, rows, private) if police else _without_police(m, p, rows)
    interviews = _interview_sections(m, p, rows) if council else [_unknown(m, "interviews", _("Return interviews"))]
    decisions = [ListedSection(capped(DECISIONS, _decision_rows(m, p), rows, "strategy"))] if m.owed else []
    rulings = ruling_rows(m)
    ruled = (
        [ListedSection(capped(SAID, rulings, len(rulings), ""))] if rulings else []
    )  # told once, so none is left out
    gaps = ListedSection(capped(_("Gaps"), _gap_lines(m), rows, _("ask for sources")))
    first, after = (missing[:2], missing[2:]) if police else (missing, [])
    return [
        *first,
        *_unattended_section(m, p, rows),
        *interviews[:3],
        *after,
        *decisions,
        *ruled,
        *interviews[3:],
        gaps,
    ]


def _without_police(m: Morning, p: Partnership, rows: int) -> list[ListedSection]:
    said = said_alone(m, rows)
    return [
        _unknown(m, "police", _("Missing, reported, returned")),
        *([said] if said else []),
        _called(m, p, rows),
    ]


def compose_counts(headline: Headline, name: str, threshold: int) -> Reply:
    """Compose the digest where only counts may be seen (level 0), those up to the threshold as one (domain.md §6.4)."""
    h = headline
    police, council = h.usable("police"), h.usable("interviews")
    if not is_known(h):
        return _withheld_counts(h, name)
    counts = (
        (_("Missing now"), h.missing, police),
        (_("Reported since {since}", since=_since(h)), h.reported, police),
        (_("Returned since {since}", since=_since(h)), h.returned, police),
        (_("Interviews overdue"), h.overdue, council),
        (_("Interviews due by tomorrow"), h.due_soon, council),
    )
    lines = [
        _("{label}: {coarse}.", label=label, coarse=_coarse(n, threshold) if known else _("not known"))
        for label, n, known in counts
    ]
    first = []
    if h.unattended and council:
        runs_out = _(
            "Interviews that run out before people are at work in time: {coarse}",
            coarse=_coarse(h.unattended, threshold),
        )
        first = [_("⚠ {runs_out}. Act today.", runs_out=runs_out)]
    if h.turned_18 and police:
        turned = _("Turned 18 while missing in the last {days} days, and not back", days=GROWN_UP.days)
        lines.append(
            _(
                "{turned}: {coarse}. The police go on as for an adult.",
                turned=turned,
                coarse=_coarse(h.turned_18, threshold),
            )
        )
    return Reply(title_at(h, name), 0, (*first, *_warnings(h), *lines), footer=_footer(h, _("counts only")))


def lead_title(name: str, slot: datetime) -> str:
    """Return the title of the digest of a channel of this name that was due at `slot`: 'County · Wed 5 July, 08:00'."""
    local = clock.to_london(slot)
    return f"{name} · {date_words(local, f'%a {local.day} %B, %H:%M')}"


def calls_row(m: Morning, p: Partnership) -> Row | None:
    """Return the row of calls: how many wait, of how many children, and when the next role is called.

    Calls are the bot's own facts: a police file that is too old does not silence them. A rule that is met and for which
    nobody was called is a fault that is said.
    """
    found = absences(m.missing, frozenset())
    by_child = [newest(r for x in absence.records for r in m.raised.get(x.id, ())) for absence in found]
    uncalled = sum(bool(_uncalled(each, made, m, p)) for each, made in zip(found, by_child, strict=True))
    made = [c for each in by_child for c in each]
    waiting = [c for c in made if c.open]
    about = sum(any(c.open for c in each) for each in by_child)
    messages = len({(c.called or c.first).message for c in waiting or made})
    nobody = [NOBODY_YET, _("about {count_children}", count_children=count_children(uncalled))] if uncalled else []
    if waiting:
        times = [c.waits.acknowledge_by for c in waiting if c.waits is not None]
        said = [_("not acknowledged, about {count_children}", count_children=count_children(about))]
        said += [_("next role {times}", times=clock.say_close(max(min(times), m.now), m.now))] if times else []
        vacant = sum(c.called is None for c in waiting)
        said += [_("nobody to call for {vacant}", vacant=vacant)] if vacant else []
    else:
        said = [_("all acknowledged")] if made else []
    if not (made or nobody):
        return None
    counted = [number_of(messages, "{n} call", "{n} calls"), *said] if made else []
    subject, *words = (*counted, *nobody)
    if waiting or nobody:
        return Row(subject, tuple(words), "🔔", (Button(_("See calls"), "escalations"),))
    return Row(subject, tuple(words), DONE)


def _uncalled(absence: Absence, made: Sequence[Call], m: Morning, p: Partnership) -> list[str]:
    """Return the rules met for which nobody was called; none by a police file that is too old."""
    return not_called(absence, made, m.starts, p, m.now) if m.usable("police") else []


def count_children(n: int) -> str:
    return number_of(n, "{n} child", "{n} children")


def title_at(m: Morning | Headline, name: str) -> str:
    return lead_title(name, m.now)


def withheld(m: Morning, p: Partnership, name: str, level: Level) -> Reply:
    """Compose the digest of a morning without a recent source: what is known all the same, and nothing else."""
    said, calls = said_alone(m, WITHHELD_ROWS), calls_row(m, p)
    return Reply(
        title_at(m, name),
        level,
        (*doubt_lines(m), *NO_FIGURES),
        sections=(*([said.section] if said else []), *([Section("", (calls,))] if calls else [])),
        footer=(CLASSIFICATION,),
        status="failed",
    )


def said_alone(m: Morning, rows: int) -> ListedSection | None:
    """List the absences of which something was said in chat, for a morning without the police's file."""
    said = [x for x in m.missing if was_said(x, m.now)]
    if not said:
        return None
    return ListedSection(
        capped(SAID_ALONE, [missing_row(x, m) for x in said], rows, "open"), "missing", tuple(said[:rows])
    )


def _withheld_counts(h: Headline, name: str) -> Reply:
    lines = (NO_FIGURES[0], *(freshness.say(s, h.now) for s in h.sources), NO_FIGURES[1])
    return Reply(title_at(h, name), 0, lines, footer=(CLASSIFICATION,), status="failed")


def doubt_lines(m: Morning) -> tuple[str, ...]:
    """Say what is not known, before any figure: by the last file of the police so many were missing, never zero."""
    return (*_unattended_line(m), *_not_known(m), *_doubtful_sources(m))


def _not_known(m: Morning) -> Iterator[str]:
    for s in m.sources:
        if s.source not in ("police", "interviews") or freshness.usable(s, m.now):
            continue
        what = _("Who is missing is") if s.source == "police" else _("Return interviews are")
        unsure = f" ({'; '.join(found)})" if (found := freshness.doubts(s, m.now, exact=True)) else ""
        if s.taken_at is None:
            yield _(
                "⚠ {what} NOT KNOWN: no {name} file was ever loaded{unsure}.", what=what, name=s.name, unsure=unsure
            )
            continue
        age = _(
            "the {name} file is {now} old{unsure}", name=s.name, now=clock.say_hours(m.now - s.taken_at), unsure=unsure
        )
        then = _(" (of {taken_at}): do not read as zero.", taken_at=clock.say_near(s.taken_at, m.now))
        if s.source == "police":
            had = _(
                "{was} missing{missing}",
                was=number_of(m.children_missing, "{n} child was", "{n} children were"),
                missing=_missing(m),
            )
            then = _(". At the last one ({taken_at}) {had}.", taken_at=clock.say_near(s.taken_at, m.now), had=had)
        yield _("⚠ {what} NOT KNOWN: {age}{then}", what=what, age=age, then=then)


def _doubtful_sources(m: Morning) -> tuple[str, ...]:
    """Return the warnings of sources that are used all the same, or list no children."""
    told = [s for s in m.sources if freshness.usable(s, m.now) or s.source not in ("police", "interviews")]
    confirmed = freshness.confirmations(m.sources, m.since, m.now)
    return (*freshness.warnings(told, m.now, exact=True), *confirmed)


def head_lines(m: Morning) -> tuple[str, ...]:
    """Return the counts of the morning, or that all is clear; then the changes since the last digest."""
    return (*count_lines(m), _news(m))


def count_lines(m: Morning) -> tuple[str, ...]:
    """Count who is missing and the interviews, then what else waits; of the sources that are recent enough."""
    if m.is_clear:
        return (ALL_CLEAR,)
    lines = []
    if m.usable("police"):
        away = _(" · {children} away from placement", children=children(m.away)) if m.away else ""
        lines.append(
            _(
                "{children_missing} missing now{missing}{away}",
                children_missing=m.children_missing,
                missing=_missing(m),
                away=away,
            )
        )
    if m.usable("interviews"):
        parts = (
            _("{n} overdue", n=len(m.overdue)),
            _("{n} no owner", n=len(m.unowned)),
            _("{n} due by tomorrow", n=len(m.due_soon)),
        )
        lines.append(_("Interviews: {parts}", parts=" · ".join(parts)))
    return tuple(lines)


def also_line(m: Morning) -> tuple[str, ...]:
    """Return what else waits, in one line: nothing where nothing does."""
    found = []
    if m.usable("interviews"):
        old = sum(i.forgotten for i in m.overdue)
        found += [_("{old} overdue for more than {days} days", old=old, days=FORGOTTEN.days)] if old else []
        found += [_("{n} due within 3 days", n=len(m.due_later))] if m.due_later else []
        found += _unrecorded(m)
        found += [_("{n} declined, carer not contacted", n=len(m.declined))] if m.declined else []
    if m.owed:
        found.append(_decisions(m))
    if m.unreported:
        found.append(_("{n} found with another and not reported", n=len(m.unreported)))
    beside = [x for x in m.doubtful if x not in m.missing]
    found += [number_of(len(beside), "{n} other record in doubt", "{n} other records in doubt")] if beside else []
    return (_("Also: {found}", found=" · ".join(found)),) if found else ()


def _news(m: Morning) -> str:
    """'Since Tue 08:00: 6 reported (2 back), 4 returned, 1 re-graded to HIGH, 5 interviews held, 2 newly overdue'."""
    changes = []
    if m.usable("police"):
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        changes = [
            _("{n} reported ({back} back)", n=len(m.reported), back=back),
            _("{n} returned", n=len(m.returned)),
            *_regraded(m),
        ]
    if m.usable("interviews"):
        changes += [
            number_of(len(m.held), "{n} interview held", "{n} interviews held"),
            _("{n} newly overdue", n=len(m.newly_overdue)),
        ]
    return _("Since {since}: {changes}", since=_since(m), changes=", ".join(changes))


def _since(m: Morning | Headline) -> str:
    """'Tue 08:00'; with the day of the month where a weekday could be another week's."""
    near = m.now - m.since < timedelta(days=6)
    return date_words(clock.to_london(m.since), "%a %H:%M") if near else clock.say_short(m.since)


def _decisions(m: Morning) -> str:
    """'2 strategy decisions outstanding (1 OVERDUE)'."""
    late = sum(q.is_overdue(m.now) for _, q in m.owed)
    outstanding = number_of(len(m.owed), "{n} strategy decision owed", "{n} strategy decisions owed")
    return _(
        "{outstanding}{overdue}", outstanding=outstanding, overdue=_(" ({late} OVERDUE)", late=late) if late else ""
    )


def _decision_rows(m: Morning, p: Partnership) -> list[Row]:
    """One row for each decision that is owed, first due first: the return ends the call, and not the question."""
    rows = []
    for x, q in m.owed:
        rules = ", ".join(rule_name(p, rule) for rule in q.rules)
        where = _("still missing") if x.open_at(m.now) else so_far(x)
        asked = _("asked for by {rules}, decide by {by_when}", rules=rules, by_when=by_when(q, m.now))
        mark = "⏰" if q.is_overdue(m.now) else "⏳"
        rows.append(Row(x.child_ref, (STAGE_WORDS[q.stage], asked, where, spoken(x.area)), mark))
    return rows


def _unattended_line(m: Morning) -> tuple[str, ...]:
    """Edge case 20: the 72 hours do not pause for a weekend or a bank holiday."""
    if not m.unattended or m.back is None or not m.usable("interviews"):
        return ()
    runs_out = number_of(len(m.unattended), "{n} return interview runs out", "{n} return interviews run out")
    return (
        _(
            "⚠ {runs_out} before people are at work in time (back {back}): act today.",
            runs_out=runs_out,
            back=clock.say_short(m.back),
        ),
    )


def hosted_line(m: Morning) -> tuple[str, ...]:
    """Edge case 16: other authorities' interviews are told of, and never counted among ours."""
    if not m.elsewhere or not m.usable("interviews"):
        return ()
    untold, late = sum(i.told is None for i in m.elsewhere), sum(i.overdue for i in m.elsewhere)
    owed = number_of(
        len(m.elsewhere), "{n} return interview is another authority's", "{n} return interviews are other authorities'"
    )
    return (
        _(
            "Hosted: {owed} (placing authority NOT told: {untold}; over their time: {late}).",
            owed=owed,
            untold=untold,
            late=late,
        ),
    )


def adults_line(m: Morning) -> tuple[str, ...]:
    """Edge case 4: both agencies hear of it, for weeks; no birthday can be read from it."""
    if not m.adults or not m.usable("police"):
        return ()
    grown_up = number_of(
        children(m.adults), "{n} child turned 18 while missing and is", "{n} children turned 18 while missing and are"
    )
    in_care = children(x for x in m.adults if x.lac)
    duties = number_of(in_care, "{n} of them was looked after", "{n} of them were looked after")
    leaving_care = _(" {duties}: the council checks its duties to care leavers.", duties=duties) if in_care else ""
    return (
        _(
            "In the last {days} days {grown_up} not back: no longer in these lists; the "
            "police go on as for an adult.{leaving_care}",
            days=GROWN_UP.days,
            grown_up=grown_up,
            leaving_care=leaving_care,
        ),
    )


def _unrecorded(m: Morning) -> list[str]:
    """'3 held, not recorded (1 over the 72 h)': the others can still be recorded in time."""
    late = sum(i.left < timedelta() for i in m.unrecorded)
    over = _(" ({late} over the 72 h)", late=late) if late else ""
    return [_("{n} held, not recorded{over}", n=len(m.unrecorded), over=over)] if m.unrecorded else []


def _regraded(m: Morning) -> list[str]:
    """'2 re-graded (1 to HIGH)'."""
    high = sum(changes[-1].grade == "high" for _, changes in m.regraded)
    return (
        [_("{n} re-graded{high}", n=len(m.regraded), high=_(" ({high} to HIGH)", high=high) if high else "")]
        if m.regraded
        else []
    )


def _missing(m: Morning) -> str:
    """': 1 no grade yet, 2 HIGH, 1 over 72 h': a duty manager looks for these first."""
    counts = {
        _("no grade yet"): children(x for x in m.missing if grade_at(x, m.now) is None),
        _("HIGH"): children(x for x in m.missing if grade_at(x, m.now) == "high"),
        _("over 72 h"): children(x for x in m.missing if m.now - x.start_at > LONG),
    }
    shown = [f"{n} {words}" for words, n in counts.items() if n]
    return f": {', '.join(shown)}" if shown else ""


def number_of(n: int, one: str, many: str) -> str:
    return n_(one, many, n)


def _coarse(n: int, threshold: int) -> str:
    """'none', '1 to 5', '6 to 10': steps all the way up, for exact larger counts of two days give a small one away.

    Seven missing yesterday, six today and none reported would mean that "1 to 5" returned is one.
    """
    if n == 0:
        return _("none")
    step = (n - 1) // threshold
    return _("{step} to {step2}", step=step * threshold + 1, step2=(step + 1) * threshold)


def _warnings(h: Headline) -> tuple[str, ...]:
    return (*freshness.warnings(h.sources, h.now, exact=False), *freshness.confirmations(h.sources, h.since, h.now))


def _footer(m: Morning | Headline, shown: str) -> tuple[str, ...]:
    return (
        _("{classification} · {shown} · not for publication", classification=CLASSIFICATION, shown=shown),
        _("Window {since} to {until}.", since=clock.say_near(m.since, m.now), until=clock.say_near(m.until, m.now)),
        " · ".join(freshness.say(s, m.now) for s in m.sources),
    )


def _unknown(m: Morning, source: str, title: str) -> ListedSection:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return ListedSection(Section(_("{title}: not known", title=title), lines))


def _interview_sections(m: Morning, p: Partnership, rows: int) -> list[ListedSection]:
    """Unowned first, for no worker sees to them; those with an owner follow by time left."""
    overdue = [i for i in m.overdue if not i.unowned]
    due = [i for i in m.due_soon if not i.unowned]
    held = m.unrecorded
    over = [
        Row(i.episode.child_ref, (owner_of(i, p), spoken(i.episode.area), *in_chat(i, p, m.now)), DONE)
        for i in m.interviews
        if i.closed
    ]
    elsewhere = [elsewhere_row(i, p, m.now) for i in m.elsewhere]
    longest = _(" (longest {overdue})", overdue=clock.say_hours(min(i.left for i in m.overdue))) if m.overdue else ""
    position = _(
        "Overdue {overdue}{longest} · due in 24 h {due_soon} · not offered yet "
        "{interviews} · held, not recorded {held} · child missing again {interviews2}",
        overdue=len(m.overdue),
        longest=longest,
        due_soon=len(m.due_soon),
        interviews=sum(i.state.needs_offer for i in m.interviews),
        held=len(held),
        interviews2=sum(i.state.name == "due, child missing" for i in m.interviews),
    )
    # Carers who have still to be spoken to: at most `rows` references; zero is printed (edge cases 13, 15).
    refs = list(dict.fromkeys(x.child_ref for x in m.declined))
    more = [_("and {n} more", n=len(refs) - rows)] if len(refs) > rows else []
    named = f" ({', '.join((*refs[:rows], *more))})" if refs else ""
    declined = _(
        "Declined in the last {days} days, carer not yet contacted: {n}{named}",
        days=DECLINED.days,
        n=len(m.declined),
        named=named,
    )
    return [
        _tickable(
            _("No owner"), "no owner", m.unowned, [interview_row(i, p, m.now) for i in m.unowned], rows, "interviews"
        ),
        _tickable(
            _("Overdue, with an owner"),
            "overdue",
            overdue,
            [interview_row(i, p, m.now) for i in overdue],
            rows,
            "interviews overdue",
        ),
        _tickable(
            _("Due in the next 24 hours, with an owner"),
            "due",
            due,
            [interview_row(i, p, m.now) for i in due],
            rows,
            "interviews due",
        ),
        ListedSection(
            Section(
                _("Return interviews, where they stand"), (position, declined, *([] if m.record_times else [NO_TIMES]))
            )
        ),
        _tickable(
            _("Held, not recorded"), HELD, held, [_held_row(i, p, m.now) for i in held], rows, "interviews unrecorded"
        ),
        *([ListedSection(capped(OVER, over, rows, "interviews"))] if over else []),
        *([ListedSection(capped(HOSTED, elsewhere, rows, "interviews hosted"))] if elsewhere else []),
    ]


def _tickable(
    title: str, kind: str, of: Sequence[OpenInterview], lines: Sequence[Row], rows: int, more: str
) -> ListedSection:
    return ListedSection(capped(title, lines, rows, more), kind, tuple(i.episode for i in of[:rows]))


def _unattended_section(m: Morning, p: Partnership, rows: int) -> list[ListedSection]:
    if not m.unattended or m.back is None or not m.usable("interviews"):
        return []
    title = _("{run_out} (back {back})", run_out=RUN_OUT, back=clock.say_short(m.back))
    lines = [interview_row(i, p, m.now) for i in m.unattended]
    return [_tickable(title, BEFORE, m.unattended, lines, rows, "interviews")]


def _held_row(i: OpenInterview, p: Partnership, now: datetime) -> Row:
    """An interview that was held and is not written up yet: the 72 hours are for recording too."""
    unknown = (NO_TIME,) if i.episode.interview.date_only else ()
    words = (record_time_left(i), *unknown, owner_of(i, p), spoken(i.episode.area), *in_chat(i, p, now))
    return Row(i.episode.child_ref, words, interview_mark(i))


def _police_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[ListedSection]:
    rule = p.repeat_rules[:1]
    missing = [_open_row(x, m, triggers(m.starts.get(x.child_id, ()), rule, x.start_at)) for x in m.missing]
    away = [_open_row(x, m) for x in m.away]
    reported = [_reported_row(x, m) for x in m.reported]
    late = [_reported_row(x, m) for x in m.late]
    theirs = {i.episode.id: i for i in m.elsewhere}
    returned = [_returned_row(x, theirs.get(x.id), m.now, m.company.get(x.id, ())) for x in m.returned]
    # Many people read a channel: a child who was listed by mistake is not named there again.
    void: list[str] = [void_row(x, m.now) for x in m.voided] if private else [VOIDED] if m.voided else []
    regraded = _regraded_rows(m)
    # Edge case 4: silence would read as a return. Without a day, and only to one person in private.
    not_back = _("NOT back: an adult now, so no longer in these lists; the police go on")
    adults = [Row(x.child_ref, (not_back, spoken(x.area))) for x in (m.adults if private else ())]
    turned = _("Turned 18 while missing, in the last {days} days", days=GROWN_UP.days)
    whereabouts = _("Away from placement, whereabouts known")
    return [
        ListedSection(
            capped(_("Missing now"), missing, rows, "open", _("Nobody."), m.children_missing),
            "missing",
            tuple(m.missing[:rows]),
        ),
        _called(m, p, rows),
        *([ListedSection(capped(whereabouts, away, rows, "open", count=children(m.away)))] if away else []),
        *([ListedSection(capped(REGRADED, regraded, rows, "open"))] if regraded else []),
        ListedSection(capped(_("Reported"), reported, rows, "open", _("0 children reported missing in the window."))),
        *([ListedSection(capped(LATE, late, rows, "open"))] if late else []),
        ListedSection(capped(_("Returned"), returned, rows, "interviews", _("Nobody returned in the window."))),
        *([ListedSection(capped(_("Void"), void, len(void), "", count=len(m.voided)))] if void else []),
        *([ListedSection(capped(turned, adults, rows, "today"))] if adults else []),
        ListedSection(capped(_("Rules met in this window (counts, not risk)"), _crossing_rows(m), rows, "open")),
    ]


def _called(m: Morning, p: Partnership, rows: int) -> ListedSection:
    return ListedSection(capped(ESCALATIONS, [row for _, row in _escalation_rows(m, p)], rows, "escalations"))


def missing_row(x: Episode, m: Morning, met: Sequence[Trigger] = ()) -> Row:
    return open_row(x, met, m.now, m.grade_changes.get(x.id, ()))


def _open_row(x: Episode, m: Morning, met: Sequence[Trigger] = ()) -> Row:
    row = missing_row(x, m, met)
    more = [STAGE_WORDS[m.outstanding[x.id]]] if x.id in m.outstanding else []
    more += [SECOND_RECORD] if x.id in m.second_records else []
    return row.adding((*more, *found_with_words(x, m.company.get(x.id, ()), m.now)))


def _reported_row(x: Episode, m: Morning) -> Row:
    """A child who turned 18 since reads as still missing: leaving the lists would put a birthday beside a reference."""
    when = (
        _("reported {reported_at}", reported_at=clock.say_short(x.reported_at))
        if x.reported_at
        else _("time of report not known")
    )
    if x.reported_at is None and START not in x.doubts:
        when = _("began {start_at}, {when}", start_at=clock.say_short(x.start_at), when=when)
    still = x.open_at(m.now) or (x.left_as_adult and not x.died)
    where = _("still missing") if still else so_far(x)
    words = (when, where, grade_word(x, m.now), who_words(x), spoken(x.area))
    return Row(x.child_ref, tuple(filter(None, words)))


def _regraded_rows(m: Morning) -> list[Row]:
    """One row for each absence whose grade was changed (edge case 27): those made higher first, then by time."""
    order = sorted(m.regraded, key=lambda found: (not found[1][-1].is_higher, found[1][-1].at, found[0].id))
    rows = []
    for x, changes in order:
        where = _("still missing") if x.open_at(m.now) else so_far(x)
        words = (in_words(changes, m.now), where, spoken(x.area))
        rows.append(Row(x.child_ref, words, GRADE_MARKS[changes[-1].grade]))
    return rows


def _returned_row(x: Episode, theirs: OpenInterview | None, now: datetime, company: Sequence[FoundWith] = ()) -> Row:
    """Reference, return, prevention interview, and the return interview: when it is due, or why there is none (R20)."""
    check = _("prevention interview done") if x.prevention_at else _("prevention interview NOT logged")
    back = _(
        "{came_back} {end_words}{said}",
        came_back=came_back(x),
        end_words=end_words(x),
        said=_(", as said in chat") if ENDED in x.doubts else "",
    )
    reasons = {x.end_reason, x.interview.outcome_reason}
    if required(x, now) or (moved_out(x) and theirs is None):
        when, note = due_words(x.interview, now)
        step = (
            _("return interview: {when} ({note})", when=when, note=note)
            if note
            else _("return interview {when}", when=when)
        )
        if x.interview.due_at is None:
            step = _("return interview: time of return not known")
    elif x.hosted or "placing_la_responsible" in reasons:
        told = (
            _(", told {told_at}", told_at=clock.say_near(theirs.told.at, now))
            if theirs and theirs.told
            else _(", NOT told")
        )
        when = f", {due_words(x.interview, now)[0]}{told}" if theirs else ""
        step = _("return interview is the placing authority's{when}", when=when)
    elif reasons & {"error", "error_duplicate"}:
        step = _("no return interview: recorded as an error")
    else:
        step = _("no return interview required")
    return Row(x.child_ref, (back, check, step, spoken(x.area), *found_with_words(x, company, now)))


def _crossing_rows(m: Morning) -> list[Row]:
    """One row a child, with every rule it crossed and the starts that are the evidence for the first."""
    found: dict[str, list[RuleFired]] = {}
    for x, crossing in m.crossings:
        found.setdefault(x.child_ref, []).append(crossing)
    rows = []
    for ref, crossings in found.items():
        rules = ", ".join(c.rule.name or c.rule.id for c in crossings)
        starts = ", ".join(date_words(clock.to_london(s), "%-d %b") for s in crossings[0].starts)
        rows.append(Row(ref, (f"{rules}: {starts}",)))
    return rows


def _escalation_rows(m: Morning, p: Partnership) -> list[tuple[Episode, Row]]:
    """One row a child: for each agency who is called or has acknowledged, and rules met for which nobody was called.

    The calls are the bot's own facts: with a police file that is too old those that were made are told all the same.
    """
    rows = []
    for absence in absences(m.missing, frozenset()):
        first = absence.records[0]
        made = newest(r for x in absence.records for r in m.raised.get(x.id, ()))
        nobody = [f"{name}: {NOBODY_YET}" for name in _uncalled(absence, made, m, p)]
        agencies = dict.fromkeys(c.first.agency for c in made)
        of_agency = {a: [c for c in made if c.first.agency == a] for a in agencies}
        words = [f"{a}: {agency_words(of, first.area, p, m.now)}" for a, of in of_agency.items()]
        if words or nobody:
            answered = not nobody and all(c.acknowledged for c in made)
            rows.append((first, Row(first.child_ref, (*words, *nobody), DONE if answered else "🔔")))
    return rows


def _gap_lines(m: Morning) -> list[str]:
    """Facts that one agency has and the other lacks, over episodes and interviews that are open or new."""
    new, still = (*m.missing, *m.returned), (*m.missing, *m.away)
    found = {
        _("no grade"): [x for x in m.missing if grade_at(x, m.now) is None],
        _("not identified"): [x for x in m.missing if IDENTITY in x.doubts],
        _("not in the newest file"): [x for x in still if ABSENT in x.doubts],
        _("return not readable"): [x for x in still if RETURN in x.doubts],
        _("age in doubt"): [x for x in new if AGE in x.doubts],
        _("council records a return, police log open"): [x for x in m.missing if council_return(x, m.now)],
        _("two open episodes of one child"): [x for x in still if x.id in m.second_records],
        _("no council record of the episode"): [x for x in new if x.police and not x.council],
        _("no police record of the episode"): [x for x in new if x.council and not x.police],
        _("placing authority not told"): [i.episode for i in m.elsewhere if i.told is None],
        _("change of placing authority not acknowledged"): [
            i.episode for i in (*m.interviews, *m.elsewhere) if i.handed_over
        ],
        _("prevention interview not logged"): [x for x in m.returned if x.police and x.prevention_at is None],
        _("found with another, own log open"): [x for x in still if any(f.at for f in m.company.get(x.id, ()))],
        _("found with a person not in these records"): _with(m, "unknown"),
        _("found with others, not readable"): _with(m, "unread"),
    }
    named = {gap: ", ".join(dict.fromkeys(x.child_ref for x in episodes)) for gap, episodes in found.items()}
    pairs = (_("{ref} with {with_ref}", ref=u.ref or ANOTHER, with_ref=u.with_ref or ANOTHER) for u in m.unreported)
    title = _("found with another and not reported missing, last {days} days", days=UNREPORTED.days)
    named[title] = ", ".join(dict.fromkeys(pairs))
    return [f"{gap[:1].upper()}{gap[1:]}: {refs}" for gap, refs in named.items() if refs]


def _with(m: Morning, other: Other) -> list[Episode]:
    """Return the listed episodes of children found with such an other."""
    return [x for x in (*m.missing, *m.away, *m.returned) if any(f.other == other for f in m.company.get(x.id, ()))]
