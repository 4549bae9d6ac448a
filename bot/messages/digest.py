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

NO_TIMES = "The council's export has no times of recording: an interview that it has as held counts as recorded."
LATE = "Late entries, known only in this window"
OVER = "Over by what was said in chat, not in the record yet"
DECISIONS = "Strategy decisions outstanding"
RUN_OUT = "Run out before people are at work in time"
NO_FIGURES = (
    "I have NOT given figures: no source is recent enough.",
    "Use the police and case systems until I say otherwise.",
)
ALL_CLEAR = "All clear: nobody missing, no return interview open, nothing in doubt."
REGRADED = "Re-graded by the police"
SAID_ALONE = "Said in chat to be missing, and not all: the police's records are not known"
#: Lines of what was said in chat in a digest without a source.
WITHHELD_ROWS = 20
SAID = "Said in chat of doubts, beside the records"
VOIDED = "Void by the police's record: no absence. Who it was is told in private (today everything)."
ESCALATIONS = "Escalations, and who acknowledged"
HOSTED = "Hosted: interviews that other authorities owe, not ours"
CLASSIFICATION = "OFFICIAL-SENSITIVE"
LONG = timedelta(hours=72)
BUTTONS = (
    Button("My interviews", "interviews mine", primary=True),
    Button("Missing now", "open"),
    Button("Everything", "today everything"),
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
        footer=_footer(m, "references only"),
        buttons=BUTTONS[:2],
    )


def is_known(m: Morning | Headline) -> bool:
    return m.usable("police") or m.usable("interviews")


def all_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[ListedSection]:
    """Return every section: children first, then interviews that can still be held in time, then what changed."""
    police, council = m.usable("police"), m.usable("interviews")
    missing = _police_sections(m, p, rows, private) if police else _without_police(m, p, rows)
    interviews = _interview_sections(m, p, rows) if council else [_unknown(m, "interviews", "Return interviews")]
    decisions = [ListedSection(capped(DECISIONS, _decision_rows(m, p), rows, "strategy"))] if m.owed else []
    rulings = ruling_rows(m)
    ruled = (
        [ListedSection(capped(SAID, rulings, len(rulings), ""))] if rulings else []
    )  # told once, so none is left out
    gaps = ListedSection(capped("Gaps", _gap_lines(m), rows, "ask for sources"))
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
        _unknown(m, "police", "Missing, reported, returned"),
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
        ("Missing now", h.missing, police),
        (f"Reported since {_since(h)}", h.reported, police),
        (f"Returned since {_since(h)}", h.returned, police),
        ("Interviews overdue", h.overdue, council),
        ("Interviews due by tomorrow", h.due_soon, council),
    )
    lines = [f"{label}: {_coarse(n, threshold) if known else 'not known'}." for label, n, known in counts]
    first = []
    if h.unattended and council:
        runs_out = f"Interviews that run out before people are at work in time: {_coarse(h.unattended, threshold)}"
        first = [f"⚠ {runs_out}. Act today."]
    if h.turned_18 and police:
        turned = f"Turned 18 while missing in the last {GROWN_UP.days} days, and not back"
        lines.append(f"{turned}: {_coarse(h.turned_18, threshold)}. The police go on as for an adult.")
    return Reply(title_at(h, name), 0, (*first, *_warnings(h), *lines), footer=_footer(h, "counts only"))


def lead_title(name: str, slot: datetime) -> str:
    """Return the title of the digest of a channel of this name that was due at `slot`: 'County · Wed 5 July, 08:00'."""
    local = clock.to_london(slot)
    return f"{name} · {local:%a} {local.day} {local:%B, %H:%M}"


def calls_row(m: Morning, p: Partnership) -> Row | None:
    """Return the row of calls: how many wait, of how many children, and when the next tier is called.

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
    nobody = [NOBODY_YET, f"about {count_children(uncalled)}"] if uncalled else []
    if waiting:
        times = [c.waits.acknowledge_by for c in waiting if c.waits is not None]
        said = [f"not acknowledged, about {count_children(about)}"]
        said += [f"next tier {clock.say_close(max(min(times), m.now), m.now)}"] if times else []
        vacant = sum(c.called is None for c in waiting)
        said += [f"nobody to call for {vacant}"] if vacant else []
    else:
        said = ["all acknowledged"] if made else []
    if not (made or nobody):
        return None
    counted = [number_of(messages, "call", "calls"), *said] if made else []
    subject, *words = (*counted, *nobody)
    if waiting or nobody:
        return Row(subject, tuple(words), "🔔", (Button("See calls", "escalations"),))
    return Row(subject, tuple(words), DONE)


def _uncalled(absence: Absence, made: Sequence[Call], m: Morning, p: Partnership) -> list[str]:
    """Return the rules met for which nobody was called; none by a police file that is too old."""
    return not_called(absence, made, m.starts, p, m.now) if m.usable("police") else []


def count_children(n: int) -> str:
    return number_of(n, "child", "children")


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
        what = "Who is missing is" if s.source == "police" else "Return interviews are"
        unsure = f" ({'; '.join(found)})" if (found := freshness.doubts(s, m.now, exact=True)) else ""
        if s.taken_at is None:
            yield f"⚠ {what} NOT KNOWN: no {s.name} file was ever loaded{unsure}."
            continue
        age = f"the {s.name} file is {clock.say_hours(m.now - s.taken_at)} old{unsure}"
        then = f" (of {clock.say_near(s.taken_at, m.now)}): do not read as zero."
        if s.source == "police":
            had = f"{number_of(m.children_missing, 'child was', 'children were')} missing{_missing(m)}"
            then = f". At the last one ({clock.say_near(s.taken_at, m.now)}) {had}."
        yield f"⚠ {what} NOT KNOWN: {age}{then}"


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
        away = f" · {children(m.away)} away from placement" if m.away else ""
        lines.append(f"{m.children_missing} missing now{_missing(m)}{away}")
    if m.usable("interviews"):
        parts = (
            f"{len(m.overdue)} overdue",
            f"{len(m.unowned)} no owner",
            f"{len(m.due_soon)} due by tomorrow",
        )
        lines.append(f"Interviews: {' · '.join(parts)}")
    return tuple(lines)


def also_line(m: Morning) -> tuple[str, ...]:
    """Return what else waits, in one line: nothing where nothing does."""
    found = []
    if m.usable("interviews"):
        old = sum(i.forgotten for i in m.overdue)
        found += [f"{old} overdue for more than {FORGOTTEN.days} days"] if old else []
        found += [f"{len(m.due_later)} due within 3 days"] if m.due_later else []
        found += _unrecorded(m)
        found += [f"{len(m.declined)} declined, carer not contacted"] if m.declined else []
    if m.owed:
        found.append(_decisions(m))
    if m.unreported:
        found.append(f"{len(m.unreported)} found with another and not reported")
    beside = [x for x in m.doubtful if x not in m.missing]
    found += [number_of(len(beside), "other record in doubt", "other records in doubt")] if beside else []
    return (f"Also: {' · '.join(found)}",) if found else ()


def _news(m: Morning) -> str:
    """'Since Tue 08:00: 6 reported (2 back), 4 returned, 1 re-graded to HIGH, 5 interviews held, 2 newly overdue'."""
    changes = []
    if m.usable("police"):
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        changes = [f"{len(m.reported)} reported ({back} back)", f"{len(m.returned)} returned", *_regraded(m)]
    if m.usable("interviews"):
        changes += [
            number_of(len(m.held), "interview held", "interviews held"),
            f"{len(m.newly_overdue)} newly overdue",
        ]
    return f"Since {_since(m)}: {', '.join(changes)}"


def _since(m: Morning | Headline) -> str:
    """'Tue 08:00'; with the day of the month where a weekday could be another week's."""
    near = m.now - m.since < timedelta(days=6)
    return f"{clock.to_london(m.since):%a %H:%M}" if near else clock.say_short(m.since)


def _decisions(m: Morning) -> str:
    """'2 strategy decisions outstanding (1 OVERDUE)'."""
    late = sum(q.is_overdue(m.now) for _, q in m.owed)
    outstanding = number_of(len(m.owed), "strategy decision owed", "strategy decisions owed")
    return f"{outstanding}{f' ({late} OVERDUE)' if late else ''}"


def _decision_rows(m: Morning, p: Partnership) -> list[Row]:
    """One row for each decision that is owed, first due first: the return ends the call, and not the question."""
    rows = []
    for x, q in m.owed:
        rules = ", ".join(rule_name(p, rule) for rule in q.rules)
        where = "still missing" if x.open_at(m.now) else so_far(x)
        asked = f"asked for by {rules}, decide by {by_when(q, m.now)}"
        mark = "⏰" if q.is_overdue(m.now) else "⏳"
        rows.append(Row(x.child_ref, (STAGE_WORDS[q.stage], asked, where, spoken(x.area)), mark))
    return rows


def _unattended_line(m: Morning) -> tuple[str, ...]:
    """Edge case 20: the 72 hours do not pause for a weekend or a bank holiday."""
    if not m.unattended or m.back is None or not m.usable("interviews"):
        return ()
    runs_out = number_of(len(m.unattended), "return interview runs out", "return interviews run out")
    return (f"⚠ {runs_out} before people are at work in time (back {clock.say_short(m.back)}): act today.",)


def hosted_line(m: Morning) -> tuple[str, ...]:
    """Edge case 16: other authorities' interviews are told of, and never counted among ours."""
    if not m.elsewhere or not m.usable("interviews"):
        return ()
    untold, late = sum(i.told is None for i in m.elsewhere), sum(i.overdue for i in m.elsewhere)
    owed = number_of(
        len(m.elsewhere), "return interview is another authority's", "return interviews are other authorities'"
    )
    return (f"Hosted: {owed} (placing authority NOT told: {untold}; over their time: {late}).",)


def adults_line(m: Morning) -> tuple[str, ...]:
    """Edge case 4: both agencies hear of it, for weeks; no birthday can be read from it."""
    if not m.adults or not m.usable("police"):
        return ()
    grown_up = number_of(
        children(m.adults), "child turned 18 while missing and is", "children turned 18 while missing and are"
    )
    in_care = children(x for x in m.adults if x.lac)
    duties = number_of(in_care, "of them was looked after", "of them were looked after")
    leaving_care = f" {duties}: the council checks its duties to care leavers." if in_care else ""
    return (
        f"In the last {GROWN_UP.days} days {grown_up} not back: no longer in these lists; "
        f"the police go on as for an adult.{leaving_care}",
    )


def _unrecorded(m: Morning) -> list[str]:
    """'3 held, not recorded (1 over the 72 h)': the others can still be recorded in time."""
    late = sum(i.left < timedelta() for i in m.unrecorded)
    over = f" ({late} over the 72 h)" if late else ""
    return [f"{len(m.unrecorded)} held, not recorded{over}"] if m.unrecorded else []


def _regraded(m: Morning) -> list[str]:
    """'2 re-graded (1 to HIGH)'."""
    high = sum(changes[-1].grade == "high" for _, changes in m.regraded)
    return [f"{len(m.regraded)} re-graded{f' ({high} to HIGH)' if high else ''}"] if m.regraded else []


def _missing(m: Morning) -> str:
    """': 1 no grade yet, 2 HIGH, 1 over 72 h': a duty manager looks for these first."""
    counts = {
        "no grade yet": children(x for x in m.missing if grade_at(x, m.now) is None),
        "HIGH": children(x for x in m.missing if grade_at(x, m.now) == "high"),
        "over 72 h": children(x for x in m.missing if m.now - x.start_at > LONG),
    }
    shown = [f"{n} {words}" for words, n in counts.items() if n]
    return f": {', '.join(shown)}" if shown else ""


def number_of(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _coarse(n: int, threshold: int) -> str:
    """'none', '1 to 5', '6 to 10': steps all the way up, for exact larger counts of two days give a small one away.

    Seven missing yesterday, six today and none reported would mean that "1 to 5" returned is one.
    """
    if n == 0:
        return "none"
    step = (n - 1) // threshold
    return f"{step * threshold + 1} to {(step + 1) * threshold}"


def _warnings(h: Headline) -> tuple[str, ...]:
    return (*freshness.warnings(h.sources, h.now, exact=False), *freshness.confirmations(h.sources, h.since, h.now))


def _footer(m: Morning | Headline, shown: str) -> tuple[str, ...]:
    return (
        f"{CLASSIFICATION} · {shown} · not for publication",
        f"Window {clock.say_near(m.since, m.now)} to {clock.say_near(m.until, m.now)}.",
        " · ".join(freshness.say(s, m.now) for s in m.sources),
    )


def _unknown(m: Morning, source: str, title: str) -> ListedSection:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return ListedSection(Section(f"{title}: not known", lines))


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
    longest = f" (longest {clock.say_hours(min(i.left for i in m.overdue))})" if m.overdue else ""
    position = (
        f"Overdue {len(m.overdue)}{longest} · due in 24 h {len(m.due_soon)} · "
        f"not offered yet {sum(i.state.needs_offer for i in m.interviews)} · held, not recorded {len(held)} · "
        f"child missing again {sum(i.state.name == 'due, child missing' for i in m.interviews)}"
    )
    # Carers who have still to be spoken to: at most `rows` references; zero is printed (edge cases 13, 15).
    refs = list(dict.fromkeys(x.child_ref for x in m.declined))
    more = [f"and {len(refs) - rows} more"] if len(refs) > rows else []
    named = f" ({', '.join((*refs[:rows], *more))})" if refs else ""
    declined = f"Declined in the last {DECLINED.days} days, carer not yet contacted: {len(m.declined)}{named}"
    return [
        _tickable(
            "No owner", "no owner", m.unowned, [interview_row(i, p, m.now) for i in m.unowned], rows, "interviews"
        ),
        _tickable(
            "Overdue, with an owner",
            "overdue",
            overdue,
            [interview_row(i, p, m.now) for i in overdue],
            rows,
            "interviews overdue",
        ),
        _tickable(
            "Due in the next 24 hours, with an owner",
            "due",
            due,
            [interview_row(i, p, m.now) for i in due],
            rows,
            "interviews due",
        ),
        ListedSection(
            Section(
                "Return interviews, where they stand", (position, declined, *([] if m.record_times else [NO_TIMES]))
            )
        ),
        _tickable(
            "Held, not recorded", HELD, held, [_held_row(i, p, m.now) for i in held], rows, "interviews unrecorded"
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
    title = f"{RUN_OUT} (back {clock.say_short(m.back)})"
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
    not_back = "NOT back: an adult now, so no longer in these lists; the police go on"
    adults = [Row(x.child_ref, (not_back, spoken(x.area))) for x in (m.adults if private else ())]
    turned = f"Turned 18 while missing, in the last {GROWN_UP.days} days"
    whereabouts = "Away from placement, whereabouts known"
    return [
        ListedSection(
            capped("Missing now", missing, rows, "open", "Nobody.", m.children_missing),
            "missing",
            tuple(m.missing[:rows]),
        ),
        _called(m, p, rows),
        *([ListedSection(capped(whereabouts, away, rows, "open", count=children(m.away)))] if away else []),
        *([ListedSection(capped(REGRADED, regraded, rows, "open"))] if regraded else []),
        ListedSection(capped("Reported", reported, rows, "open", "0 children reported missing in the window.")),
        *([ListedSection(capped(LATE, late, rows, "open"))] if late else []),
        ListedSection(capped("Returned", returned, rows, "interviews", "Nobody returned in the window.")),
        *([ListedSection(capped("Void", void, len(void), "", count=len(m.voided)))] if void else []),
        *([ListedSection(capped(turned, adults, rows, "today"))] if adults else []),
        ListedSection(capped("Rules met in this window (counts, not risk)", _crossing_rows(m), rows, "open")),
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
    when = f"reported {clock.say_short(x.reported_at)}" if x.reported_at else "time of report not known"
    if x.reported_at is None and START not in x.doubts:
        when = f"began {clock.say_short(x.start_at)}, {when}"
    still = x.open_at(m.now) or (x.left_as_adult and not x.died)
    where = "still missing" if still else so_far(x)
    words = (when, where, grade_word(x, m.now), who_words(x), spoken(x.area))
    return Row(x.child_ref, tuple(filter(None, words)))


def _regraded_rows(m: Morning) -> list[Row]:
    """One row for each absence whose grade was changed (edge case 27): those made higher first, then by time."""
    order = sorted(m.regraded, key=lambda found: (not found[1][-1].is_higher, found[1][-1].at, found[0].id))
    rows = []
    for x, changes in order:
        where = "still missing" if x.open_at(m.now) else so_far(x)
        words = (in_words(changes, m.now), where, spoken(x.area))
        rows.append(Row(x.child_ref, words, GRADE_MARKS[changes[-1].grade]))
    return rows


def _returned_row(x: Episode, theirs: OpenInterview | None, now: datetime, company: Sequence[FoundWith] = ()) -> Row:
    """Reference, return, prevention interview, and the return interview: when it is due, or why there is none (R20)."""
    check = "prevention interview done" if x.prevention_at else "prevention interview NOT logged"
    back = f"{came_back(x)} {end_words(x)}{', as said in chat' if ENDED in x.doubts else ''}"
    reasons = {x.end_reason, x.interview.outcome_reason}
    if required(x, now) or (moved_out(x) and theirs is None):
        when, note = due_words(x.interview, now)
        step = f"return interview: {when} ({note})" if note else f"return interview {when}"
        if x.interview.due_at is None:
            step = "return interview: time of return not known"
    elif x.hosted or "placing_la_responsible" in reasons:
        told = f", told {clock.say_near(theirs.told.at, now)}" if theirs and theirs.told else ", NOT told"
        when = f", {due_words(x.interview, now)[0]}{told}" if theirs else ""
        step = f"return interview is the placing authority's{when}"
    elif reasons & {"error", "error_duplicate"}:
        step = "no return interview: recorded as an error"
    else:
        step = "no return interview required"
    return Row(x.child_ref, (back, check, step, spoken(x.area), *found_with_words(x, company, now)))


def _crossing_rows(m: Morning) -> list[Row]:
    """One row a child, with every rule it crossed and the starts that are the evidence for the first."""
    found: dict[str, list[RuleFired]] = {}
    for x, crossing in m.crossings:
        found.setdefault(x.child_ref, []).append(crossing)
    rows = []
    for ref, crossings in found.items():
        rules = ", ".join(c.rule.name or c.rule.id for c in crossings)
        starts = ", ".join(f"{clock.to_london(s):%-d %b}" for s in crossings[0].starts)
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
        "no grade": [x for x in m.missing if grade_at(x, m.now) is None],
        "not identified": [x for x in m.missing if IDENTITY in x.doubts],
        "not in the newest file": [x for x in still if ABSENT in x.doubts],
        "return not readable": [x for x in still if RETURN in x.doubts],
        "age in doubt": [x for x in new if AGE in x.doubts],
        "council records a return, police log open": [x for x in m.missing if council_return(x, m.now)],
        "two open episodes of one child": [x for x in still if x.id in m.second_records],
        "no council record of the episode": [x for x in new if x.police and not x.council],
        "no police record of the episode": [x for x in new if x.council and not x.police],
        "placing authority not told": [i.episode for i in m.elsewhere if i.told is None],
        "change of placing authority not acknowledged": [
            i.episode for i in (*m.interviews, *m.elsewhere) if i.handed_over
        ],
        "prevention interview not logged": [x for x in m.returned if x.police and x.prevention_at is None],
        "found with another, own log open": [x for x in still if any(f.at for f in m.company.get(x.id, ()))],
        "found with a person not in these records": _with(m, "unknown"),
        "found with others, not readable": _with(m, "unread"),
    }
    named = {gap: ", ".join(dict.fromkeys(x.child_ref for x in episodes)) for gap, episodes in found.items()}
    pairs = (f"{u.ref or ANOTHER} with {u.with_ref or ANOTHER}" for u in m.unreported)
    title = f"found with another and not reported missing, last {UNREPORTED.days} days"
    named[title] = ", ".join(dict.fromkeys(pairs))
    return [f"{gap[:1].upper()}{gap[1:]}: {refs}" for gap, refs in named.items() if refs]


def _with(m: Morning, other: Other) -> list[Episode]:
    """Return the listed episodes of children found with such an other."""
    return [x for x in (*m.missing, *m.away, *m.returned) if any(f.other == other for f in m.company.get(x.id, ()))]
