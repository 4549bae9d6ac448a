"""The morning digest: who is missing, what can still be saved today, what nobody owns, what changed.

A channel is posted `compose_lead`, which a tired person grasps without scrolling, and `compose_area` for each area in
the thread under it. `compose` is the whole digest, for one person; `compose_counts` the same where only counts may be
seen. Lists are capped and say how many more, zero is printed, and a source that is too old is never read as zero. An
item listed in the morning stays listed through the day, and reads as done when it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

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
    short_interview_row,
    short_row,
    so_far,
    void_row,
    was_said,
    who_words,
)
from bot.messages.escalation_message import NOBODY_YET, agency_stands, by_when, newest, rule_name
from bot.rules.delivery.posted_digest import COUNTED, Posted, PostedLine
from bot.rules.episodes.doubts import ABSENT, AGE, ENDED, IDENTITY, RETURN, START
from bot.rules.episodes.found_with import ANOTHER, UNREPORTED, FoundWith, Other
from bot.rules.episodes.regrades import in_words
from bot.rules.episodes.risk_flags import Trigger, children, council_return, grade_at, triggers
from bot.rules.escalations.calls import Absence, Call, absences, triggers_met
from bot.rules.escalations.strategy import STAGE_WORDS
from bot.rules.figures import Headline, RuleFired
from bot.rules.interviews.hosted import moved_out
from bot.rules.interviews.state import FORGOTTEN, SOON, OpenInterview, in_chat, required
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Channel, Partnership
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
#: What a lead may hold: lines of so many characters on a telephone, and characters.
LINES, WIDTH, CHARACTERS = 14, 60, 900
#: Interviews of a lead: at least so many and at most so many, and so many of them with a button.
INTERVIEWS, MOST_INTERVIEWS, PRESSABLE = 2, 5, 2
#: The section of interviews due before people are back at work.
BEFORE = "before"
#: The sections of interviews that were held and wait to be recorded: among what is to be done first, and before then.
HELD, BEFORE_HELD = "held", "before, held"
#: Other sections of posted lines: titles, the calls, plain words, and children named in a part of the thread.
HEADING, CALLS, WORDS, IN_A_PART = "heading", "calls", "words", "part"
#: The heading of interviews after those that can be saved.
THEN = "Then these interviews"
#: Begins the section of an item that is in the thread alone, and counts among what was to do.
IN_THREAD = "thread: "
#: Sections that a channel may choose, and how their titles begin.
_TITLES: dict[str, tuple[str, ...]] = {
    "interviews": (RUN_OUT, "No owner", "Overdue", "Due in", "Return interviews", "Held, not recorded", "Hosted"),
    "missing": ("Missing now", SAID_ALONE, "Away from placement", "Missing, reported", "Turned 18"),
    "changes": (REGRADED, "Reported", "Late entries", "Returned", "Void"),
    "rules": ("Rules met", "Escalation", DECISIONS),
    "gaps": ("Gaps",),
}


@dataclass(frozen=True, slots=True)
class Lead:
    """A post of a digest, and the lines that it shows or counts, in order."""

    reply: Reply
    lines: tuple[PostedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _Listed:
    """A section with the episodes of its first lines, where these are items that are ticked off as `kind`."""

    section: Section
    kind: str = ""
    episodes: tuple[Episode, ...] = ()


def compose(morning: Morning, partnership: Partnership, name: str, rows: int, *, private: bool = False) -> Reply:
    """Compose the digest with references and age bands (level 1), at most `rows` lines a section.

    `private` is for one person alone: a child who turned 18 while missing is named there, never in a channel.
    """
    m = morning
    if not _is_known(m):
        return _withheld(m, partnership, name, 1)
    listed = _listed(m, partnership, rows, private)
    return Reply(
        title=_title(m, name),
        level=1,
        text=(*_doubts(m), *_head(m), *_also(m), *_hosted_line(m), *_adults_line(m)),
        sections=tuple(each.section for each in listed),
        footer=_footer(m, "references only"),
        buttons=BUTTONS[:2],
    )


def _is_known(m: Morning | Headline) -> bool:
    return m.usable("police") or m.usable("interviews")


def _listed(m: Morning, p: Partnership, rows: int, private: bool) -> list[_Listed]:
    """Return every section: children first, then interviews that can still be held in time, then what changed."""
    police, council = m.usable("police"), m.usable("interviews")
    missing = _police_sections(m, p, rows, private) if police else _without_police(m, p, rows)
    interviews = _interview_sections(m, p, rows) if council else [_unknown(m, "interviews", "Return interviews")]
    decisions = [_Listed(capped(DECISIONS, _decision_rows(m, p), rows, "strategy"))] if m.owed else []
    rulings = ruling_rows(m)
    ruled = [_Listed(capped(SAID, rulings, len(rulings), ""))] if rulings else []  # told once, so none is left out
    gaps = _Listed(capped("Gaps", _gap_lines(m), rows, "ask for sources"))
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


def _without_police(m: Morning, p: Partnership, rows: int) -> list[_Listed]:
    said = [_missing_row(x, m) for x in m.missing if was_said(x, m.now)]
    return [
        _unknown(m, "police", "Missing, reported, returned"),
        *([_Listed(capped(SAID_ALONE, said, rows, "open"))] if said else []),
        _called(m, p, rows),
    ]


def compose_counts(headline: Headline, name: str, threshold: int) -> Reply:
    """Compose the digest where only counts may be seen (level 0), those up to the threshold as one (domain.md §6.4)."""
    h = headline
    police, council = h.usable("police"), h.usable("interviews")
    if not _is_known(h):
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
    return Reply(_title(h, name), 0, (*first, *_warnings(h), *lines), footer=_footer(h, "counts only"))


def compose_lead(m: Morning, p: Partnership, channel: Channel, slot: datetime, back: datetime | None) -> Lead:
    """Compose the first message of a digest with references (level 1), within the limits of a lead.

    `slot` is the time at which it was due; `back`, before a weekend or holiday, that at which people work again: what
    falls due before then is today's work. A child whose grade is HIGH, who has none yet or who is not identified is
    always here; every other item that does not fit is in the thread, and counts among what was to do.
    """
    return _lead(m, p, lead_title(channel.name, slot), back, BUTTONS, "in the thread")


def compose_brief(m: Morning, p: Partnership, name: str, everything: str) -> Reply:
    """Compose the digest as one person reads it first; `everything` is the command of the whole one."""
    buttons = (*BUTTONS[:2], Button("Everything", everything))
    return _lead(m, p, _title(m, name), None, buttons, "under Everything").reply


def _lead(
    m: Morning, p: Partnership, title: str, back: datetime | None, buttons: tuple[Button, ...], where: str
) -> Lead:
    """Compose a lead; `where` says in which place the rest is."""
    if not _is_known(m):
        return Lead(replace(_withheld(m, p, "", 1), title=title), _withheld_lines(m, p))
    text = (*_doubts(m), *_head(m), *_adults_line(m))
    listed = m.missing if m.usable("police") else [x for x in m.missing if was_said(x, m.now)]
    children_missing = _first_records(listed, m.now)
    urgent = sum(is_urgent(x, m.now) for x in children_missing)
    heading, first, later = _todo_lists(m, p, back)
    least = min(INTERVIEWS, len(first))

    def built(missing: int, todo: int, then: int) -> tuple[PostedLine, ...]:
        return (
            *_missing_lines(children_missing, missing, m, where),
            *_interview_lines(heading, first, todo, p, m.now),
            *_interview_lines(THEN, later, then, p, m.now),
            *_call_line(m, p),
        )

    def posted(lines: tuple[PostedLine, ...]) -> Reply:
        footer = _lead_footer(m, lines, where)
        return Reply(title, 1, text, sections=_sections(lines), footer=footer, buttons=buttons)

    # As many children as fit beside the first interviews; then more of these; what is lost only where there is room.
    most = max(urgent, min(len(children_missing), LINES))
    size = next((n, least, 0) for n in range(most, urgent - 1, -1) if n == urgent or _fits(posted(built(n, least, 0))))
    more = [(size[0], n, 0) for n in range(least + 1, min(MOST_INTERVIEWS, len(first)) + 1)]
    more += [(size[0], min(MOST_INTERVIEWS, len(first)), n) for n in range(1, min(MOST_INTERVIEWS, len(later)) + 1)]
    for larger in more:
        if not _fits(posted(built(*larger))):
            break
        size = larger
    lines = built(*size)
    return Lead(posted(lines), (*lines, *_counted(m, lines)))


def _fits(reply: Reply) -> bool:
    """Return True for a reply within the limits of a lead, with its long lines counted as they are wrapped."""
    lines = [reply.title, *reply.text, *reply.footer]
    for section in reply.sections:
        lines += [*([section.title] if section.title else []), *section.lines]
    printed = sum(max(1, -(-len(line) // WIDTH)) for line in lines)
    return printed <= LINES and sum(map(len, lines)) <= CHARACTERS


def _first_records(missing: Sequence[Episode], now: datetime) -> list[Episode]:
    """Return the missing children, each by one record: the urgent ones first, otherwise in the order of the list."""
    found: dict[int, Episode] = {}
    for x in sorted(missing, key=lambda x: not is_urgent(x, now)):
        found.setdefault(x.child_id, x)
    return list(found.values())


def is_urgent(x: Episode, now: datetime) -> bool:
    """Return True for a missing child who is in the first message whatever its length."""
    return grade_at(x, now) in (None, "high") or IDENTITY in x.doubts


def _missing_lines(found: Sequence[Episode], most: int, m: Morning, where: str) -> Iterator[PostedLine]:
    """Yield the missing children of a lead, then how many more there are, by grade."""
    if not found:
        return
    title = "Missing now: look at these first" if len(found) > most > 0 else "Missing now"
    yield PostedLine(HEADING, 0, "", title if m.usable("police") else SAID_ALONE)
    for n, x in enumerate(found):
        row = short_row(x, m.now, m.grade_changes.get(x.id, ()))
        yield _line("missing", x, row) if n < most else _in_thread("missing", x, row)
    if rest := found[most:]:
        grades = Counter(grade_word(x, m.now) for x in rest)
        said = ", ".join(f"{n} {word}" if len(grades) > 1 else word for word, n in grades.items())
        yield PostedLine(WORDS, 0, "", f"… {len(rest)}{' more' if most else ''} {where}, {said}")


def _todo_lists(
    m: Morning, p: Partnership, back: datetime | None
) -> tuple[str, list[tuple[str, OpenInterview]], list[tuple[str, OpenInterview]]]:
    """Return the heading of a lead's interviews, those under it in order, and those for the thread alone.

    First what falls due before people are back, else what can still be saved within a day; then what nobody owns and
    is not due yet. Where nothing can be saved, what is overdue, without the long forgotten.
    """
    if not m.usable("interviews"):
        return "", [], []
    in_time = [i for i in m.unrecorded if i.left >= timedelta()]
    before = [
        i
        for i in m.interviews
        if i in m.unattended or (back and i.left < back - m.now and (i in in_time or _is_undone(i)))
    ]
    soon = sorted((i for i in in_time if i.left <= SOON), key=_by_time_left)
    due = [*sorted(m.due_soon, key=_by_time_left), *soon]  # to hold it goes before to write it up
    unowned = [i for i in m.unowned if not i.overdue and not i.forgotten and i not in due]
    overdue = sorted((i for i in m.overdue if not i.forgotten), key=lambda i: (not i.unowned, _by_time_left(i)))
    late = [i for i in m.unrecorded if i.left < timedelta() and not i.forgotten]
    forgotten = [i for i in (*m.overdue, *m.unrecorded) if i.forgotten]

    def kinds(found: Sequence[OpenInterview]) -> list[tuple[str, OpenInterview]]:
        return [(_kind(i), i) for i in found]

    if before:
        when = f" on {clock.say_short(back)}" if back else ""
        first = [(BEFORE_HELD if i.unrecorded else BEFORE, i) for i in before]
        rest = [i for i in (*due, *unowned, *overdue, *late, *forgotten) if i not in before]
        return f"Interviews due before people are back{when}", first, kinds(_each(rest))
    if due or unowned:
        heading = "Interviews you can still save today" if due else "Interviews that nobody owns"
        return heading, kinds(_each((*due, *unowned))), kinds(_each((*overdue, *late, *forgotten)))
    return "Interviews overdue", kinds(_each((*overdue, *late))), kinds(forgotten)


def _by_time_left(i: OpenInterview) -> tuple[timedelta, int]:
    return i.left, i.episode.id


def _each(found: Sequence[OpenInterview]) -> list[OpenInterview]:
    return list({i.episode.id: i for i in found}.values())


def _kind(i: OpenInterview) -> str:
    return HELD if i.unrecorded else "no owner" if i.unowned else "overdue" if i.overdue else "due"


def _interview_lines(
    heading: str, found: Sequence[tuple[str, OpenInterview]], most: int, p: Partnership, now: datetime
) -> Iterator[PostedLine]:
    if most:
        yield PostedLine(HEADING, 0, "", f"{heading}: {most} of {len(found)}" if len(found) > most else heading)
    for n, (kind, i) in enumerate(found):
        row = short_interview_row(i, p, now)
        yield _line(kind, i.episode, row) if n < most else _in_thread(kind, i.episode, row)


def _in_thread(kind: str, x: Episode, row: str) -> PostedLine:
    return _line(f"{IN_THREAD}{kind}", x, row)


def _lead_footer(m: Morning, lines: Sequence[PostedLine], where: str) -> tuple[str, ...]:
    more = len({x.number for x in lines if x.section.startswith(IN_THREAD) and not x.section.endswith("missing")})
    thread = []
    if _has_parts(m):
        rest = f"{_count(more, 'more interview', 'more interviews')} and each" if more else "Each"
        thread = [f"{rest} area {where}"]
    named = {"police": "Police", "interviews": "council"}
    ages = ", ".join(f"{named[s.source]} {freshness.brief(s, m.now)}" for s in m.sources if s.source in named)
    return (*_also(m), *thread, f"{ages} · {CLASSIFICATION}")


def lead_title(name: str, slot: datetime) -> str:
    """Return the title of the digest of a channel of this name that was due at `slot`: 'County · Wed 5 July, 08:00'."""
    local = clock.to_london(slot)
    return f"{name} · {local:%a} {local.day} {local:%B, %H:%M}"


def _is_undone(i: OpenInterview) -> bool:
    return i.undone and not i.overdue


def _line(section: str, x: Episode, row: str) -> PostedLine:
    return PostedLine(section, x.id, x.child_ref, str(row))


def as_line(posted: PostedLine, *, pressable: bool = False) -> str:
    """Return a posted line as it is read: a row of its child with what can be done, or a sentence."""
    if posted.section == CALLS:
        mark, _, rest = posted.words.partition(" ")
        subject, _, words = rest.partition(" · ")
        see = (Button("See calls", "escalations"),) if mark == "🔔" else ()
        return Row(subject, (words,), mark, see)
    if not posted.child_ref or posted.child_ref not in posted.words:
        return posted.words
    mark, _, words = posted.words.partition(posted.child_ref)
    return Row(posted.child_ref, (words.removeprefix(" · "),), mark.strip(), _buttons(posted) if pressable else ())


def _buttons(posted: PostedLine) -> tuple[Button, ...]:
    """Return the next step of a line: to take what nobody owns, to open the rest; none of what is done."""
    if posted.section == "missing" or posted.words.startswith(DONE):
        return ()
    interview = f"interview {posted.child_ref} #{posted.number}"
    if posted.words.startswith("⚠"):
        return (Button("Take it", f"{interview} take"),)
    return (Button("Open", interview),)


def _call_line(m: Morning, p: Partnership) -> Iterator[PostedLine]:
    """Yield the line of calls: how many wait, of how many children, and when the next tier is called.

    Calls are the bot's own facts: a police file that is too old does not silence them. A rule that is met and for which
    nobody was called is a fault that is said.
    """
    found = absences(m.missing, frozenset())
    by_child = [newest(r for x in absence.records for r in m.raised.get(x.id, ())) for absence in found]
    uncalled = sum(bool(_nobody_called(each, made, m, p)) for each, made in zip(found, by_child, strict=True))
    made = [c for each in by_child for c in each]
    waiting = [c for c in made if c.open]
    about = sum(any(c.open for c in each) for each in by_child)
    messages = len({(c.called or c.first).message for c in waiting or made})
    nobody = (NOBODY_YET, f"about {_children(uncalled)}") if uncalled else ()
    if waiting:
        times = [c.waits.acknowledge_by for c in waiting if c.waits is not None]
        said = [f"not acknowledged, about {_children(about)}"]
        said += [f"next tier {clock.say_close(max(min(times), m.now), m.now)}"] if times else []
        vacant = sum(c.called is None for c in waiting)
        said += [f"nobody to call for {vacant}"] if vacant else []
    else:
        said = ["all acknowledged"] if made else []
    words = ""
    if made or nobody:
        mark = "🔔" if waiting or nobody else DONE
        counted = (_count(messages, "call", "calls"), *said) if made else ()
        words = f"{mark} {' · '.join((*counted, *nobody))}"
    yield PostedLine(CALLS, 0, "", words)


def _nobody_called(absence: Absence, made: Sequence[Call], m: Morning, p: Partnership) -> list[str]:
    """Return the rules that a child meets and for which nobody was called; none by a police file that is too old."""
    called = {c.first.rule for c in made}
    met = [t.rule for t in triggers_met(absence, m.starts, p, m.now)] if m.usable("police") else []
    return [rule_name(p, rule.id) for rule in met if rule.id not in called]


def _children(n: int) -> str:
    return _count(n, "child", "children")


def _sections(lines: Sequence[PostedLine]) -> tuple[Section, ...]:
    """Return the sections of posted lines, each begun by its heading; the calls have none."""
    found: list[tuple[str, list[str]]] = []
    pressable = PRESSABLE
    for x in lines:
        if x.section == HEADING:
            found.append((x.words, []))
        elif x.words and x.section not in (COUNTED, IN_A_PART) and not x.section.startswith(IN_THREAD):
            if x.section == CALLS or not found:
                found.append(("", []))
            row = as_line(x, pressable=pressable > 0)
            if x.section != CALLS and isinstance(row, Row):
                pressable -= len(row.buttons)
            found[-1][1].append(row)
    return tuple(Section(title, tuple(of)) for title, of in found if of)


def as_posted(posted: Posted, title: str, slot: datetime, looked_at: str) -> Reply:
    """Return a posted digest with what stands beside it since; `looked_at` ends its footer."""
    text = (*posted.text, *removed_words(posted.lines, slot), *posted.beside)
    return Reply(
        title,
        1,
        text,
        sections=_sections(posted.lines),
        footer=(*posted.footer, looked_at),
        buttons=BUTTONS,
    )


def removed_words(lines: Sequence[PostedLine], slot: datetime) -> tuple[str, ...]:
    """Write '1 line removed, corrected 10:40.' for each moment at which something was taken out; no reference.

    What was counted and not listed has no line to remove: '1 more that was counted was wrong, corrected 10:40.'
    """
    removed = Counter((x.removed_at, x.section == COUNTED) for x in lines if x.removed_at)
    words = []
    for (when, was_counted), n in sorted(removed.items()):
        what = _count(n, "line removed", "lines removed")
        if was_counted:
            what = _count(n, "more that was counted was wrong", "more that were counted were wrong")
        words.append(f"{what}, corrected {clock.say_close(when, slot)}.")
    return tuple(words)


def corrected_words(posted: Posted, slot: datetime) -> tuple[str, ...]:
    """Write that something was corrected where only counts may be seen, once however often it happens.

    Never how many nor in which count: with the counts of the morning, that would tell a small one.
    """
    if posted.corrected_at is None:
        return ()
    when = clock.say_close(posted.corrected_at, slot)
    return (f"Corrected {when}: some of what stood here was wrong. Ask for today to see how things are now.",)


def changed(posted: Posted, m: Morning, episodes: Mapping[int, Episode], p: Partnership) -> Posted:
    """Return a posted digest with its lines as they are at the same day's `m.now`, and the counts of now beside it.

    The counts of the morning, its window and its warnings stay. `episodes` are those of its lines.
    """
    beside: list[str] = []
    if not _is_known(m):
        beside = ["No figures now: no source is recent enough."]
    else:
        beside = [w for w in (*_doubts(m), *_adults_line(m)) if w not in posted.text]
        beside += [f"Now: {line[:1].lower()}{line[1:]}" for line in _counts(m) if line not in posted.text]
        beside += [f"Now {line[:1].lower()}{line[1:]}" for line in _also(m) if line not in posted.footer]
    return replace(posted, lines=_ticked(posted.lines, m, episodes, p), beside=tuple(beside))


def changed_part(posted: Posted, m: Morning, episodes: Mapping[int, Episode], p: Partnership) -> Posted:
    """Return a part of the thread with its lines as they are now; what the morning counted stays."""
    return replace(posted, lines=_ticked(posted.lines, m, episodes, p))


def _ticked(
    lines: Sequence[PostedLine], m: Morning, episodes: Mapping[int, Episode], p: Partnership
) -> tuple[PostedLine, ...]:
    waiting = {i.episode.id: i for i in (*m.elsewhere, *m.interviews)}
    calls = next(_call_line(m, p))
    missing = {x.child_id: x for x in _first_records(m.missing, m.now)}
    found = []
    for x in lines:
        if x.section == CALLS and x.number == 0:
            found.append(calls)
        elif x.number in episodes and x.section not in (COUNTED, IN_A_PART):
            listed = episodes[x.number]
            if x.section.endswith("missing") and not listed.open_at(m.now):  # another record may be open
                listed = missing.get(listed.child_id, listed)
            found.append(replace(x, words=_now(x, listed, waiting.get(x.number), m, p)))
        else:
            found.append(x)
    return tuple(found)


def _now(line: PostedLine, x: Episode, i: OpenInterview | None, m: Morning, p: Partnership) -> str:
    """Return a line as it is now: ticked off with its outcome, or as it still waits."""
    kind = line.section.removeprefix(IN_THREAD)
    became = became_of(kind, x, i, p, m.now)
    if became is not None:
        return str(Row(x.child_ref, (became, spoken(x.area)), DONE))
    if i is None or kind == "missing":
        return str(short_row(x, m.now, m.grade_changes.get(x.id, ())))
    return str(short_interview_row(i, p, m.now))


def closing(posted: Posted, m: Morning, due_at: datetime) -> Reply:
    """Compose the reply that closes a digest: of all that was to do, how much was handled."""
    items = {(x.number, x.section.removeprefix(IN_THREAD)): x for x in posted.lines if _is_item(x)}
    done = sum(x.words.startswith(DONE) for x in items.values())
    late = sum(bool(i.episode.interview.due_at and i.episode.interview.due_at > due_at) for i in m.overdue)
    known = f", {late} newly overdue" if m.usable("interviews") else ""
    words = f"Closed: {done} of {len(items)} handled, {len(items) - done} carried over{known}."
    return Reply("", 1, (words,))


def _is_item(x: PostedLine) -> bool:
    return x.number > 0 and x.section not in (CALLS, COUNTED, IN_A_PART)


def signature(posted: Posted) -> str:
    """Return a hash of everything that is worth an update: not the hours left, which differ at every look."""
    done = [(x.number, x.words) for x in posted.lines if x.words.startswith(DONE) or x.section == CALLS]
    return sha256(repr((posted.beside, done)).encode()).hexdigest()


def compose_area(m: Morning, p: Partnership, name: str, channel: Channel) -> Lead | None:
    """Compose one area for the thread with the sections that its channel chose; None where there is nothing to report.

    Zeroes are in the lead and have no section here. Rulings on doubts are always shown: no list may lose a
    child without a word.
    """
    if not _is_known(m) or not _has_parts(m):
        return None  # the first message has told of a failure
    titles = (SAID, *(title for chosen in channel.digest.sections or _TITLES for title in _TITLES[chosen]))
    listed = _listed(m, p, channel.digest.rows, private=False)
    shown = [x for x in listed if not x.section.title.endswith(": 0") and x.section.title.startswith(titles)]
    text = (*_doubts(m), *_head(m), *_also(m)) if len(channel.areas) > 1 else ()  # of one area the lead has it already
    text = (*text, *_hosted_line(m), *(_adults_line(m) if len(channel.areas) > 1 else ()))
    lines = tuple(line for each in shown for line in _posted(each))
    reply = Reply(name, 1, text, sections=tuple(each.section for each in shown))
    return Lead(reply, (*lines, *in_a_part(m, reply, lines)))


def _has_parts(m: Morning) -> bool:
    changed = (m.reported, m.late, m.returned, m.voided, m.regraded, m.held, m.rulings, m.unreported)
    return any((m.missing, m.away, *changed, m.interviews, m.elsewhere, m.declined, m.owed))


def _posted(listed: _Listed) -> Iterator[PostedLine]:
    """Yield the lines of a section of a part: its items are ticked off, the rest stays as it was."""
    yield PostedLine(HEADING, 0, "", listed.section.title)
    for n, line in enumerate(listed.section.lines):
        if n < len(listed.episodes):
            yield _line(listed.kind, listed.episodes[n], line)
        else:
            yield PostedLine(WORDS, 0, "", str(line))


def as_part(posted: Posted, title: str) -> Reply:
    """Return a part of the thread as it is now."""
    return Reply(title, 1, posted.text, sections=_sections(posted.lines))


def in_a_part(m: Morning, reply: Reply, lines: Sequence[PostedLine]) -> tuple[PostedLine, ...]:
    """Return the episodes and children that a part of the thread shows and that none of its lines is about.

    The part is taken away when one of them is corrected.

    A child who stands beside another, found with it, has a line too; the number is 0 of one without an absence.
    """
    shown = "\n".join(str(line) for section in reply.sections for line in section.lines)
    beside = [(f.number, f.ref) for found in m.company.values() for f in found]
    beside += [each for u in m.unreported for each in ((0, u.ref), (u.number, u.with_ref))]
    beside += [(0, r.ref) for r in m.rulings]  # their episodes may be in no list, or void by them
    told = [(x.id, x.child_ref) for x in (*_of_police(m), *_of_council(m))]  # gaps name children of an old file too
    refs = [(number, ref) for number, ref in dict.fromkeys((*told, *beside)) if ref and ref in shown]
    listed = {x.number for x in lines}
    return tuple(PostedLine(IN_A_PART, number, ref, ref) for number, ref in refs if not number or number not in listed)


def _told(m: Morning) -> list[Episode]:
    """Return every episode that a digest lists or counts, of the sources that are recent enough."""
    police, council = m.usable("police"), m.usable("interviews")
    decisions = (x for x, _ in m.owed)
    told = (*(_of_police(m) if police else ()), *(_of_council(m) if council else ()), *decisions)
    return list({x.id: x for x in told}.values())


def _of_police(m: Morning) -> Iterator[Episode]:
    yield from (*m.missing, *m.away, *m.reported, *m.late, *m.returned, *m.adults, *(x for x, _ in m.regraded))


def _of_council(m: Morning) -> Iterator[Episode]:
    yield from (*(i.episode for i in (*m.interviews, *m.elsewhere)), *m.held, *m.declined)


def _counted(m: Morning, lines: Sequence[PostedLine]) -> tuple[PostedLine, ...]:
    """Return the episodes that the text of a digest counts and its lines do not list: a correction of one is said."""
    listed = {x.number for x in lines}
    return tuple(_line(COUNTED, x, "") for x in _told(m) if x.id not in listed)


def counted_alone(m: Morning) -> tuple[PostedLine, ...]:
    """Return the episodes behind the counts of `compose_counts`."""
    of_police = (*m.missing, *m.reported, *m.returned) if m.usable("police") else ()
    of_council = (*m.overdue, *m.due_soon) if m.usable("interviews") else ()
    counted = {x.id: x for x in (*of_police, *(i.episode for i in of_council))}
    return tuple(_line(COUNTED, x, "") for x in counted.values())


def without(posted: Posted, now: datetime) -> Posted:
    """Return a digest whose lines that had to be taken out are out since `now`."""
    lines = tuple(replace(x, removed_at=now) if x.number < 0 and x.removed_at is None else x for x in posted.lines)
    return replace(posted, lines=lines)


def part_taken_away(name: str, posted: Posted, slot: datetime) -> tuple[Posted, Reply]:
    """Return what stands in place of a part of the thread of which a line had to be taken out."""
    rest = f"The rest of this part was taken away with it: ask for today everything {name}."
    left = Posted((rest,), (), tuple(x for x in posted.lines if x.number < 0), level=0)
    return left, Reply(name, 0, (*removed_words(left.lines, slot), *left.text))


def references_taken_away(title: str, posted: Posted, slot: datetime) -> tuple[Posted, Reply]:
    """Return what stands in place of a post whose readers may see no reference any more."""
    rest = "Taken away: not everybody who reads here is known to be entitled to it. Ask for today in private."
    left = Posted((rest,), (), tuple(x for x in posted.lines if x.number < 0), level=0)
    return left, Reply(title, 0, (*corrected_words(left, slot), *left.text))


def counts_corrected(title: str, posted: Posted, slot: datetime) -> Reply:
    """Return a post of counts, as they were, with the word that some of it was wrong."""
    return Reply(title, 0, (*posted.text, *corrected_words(posted, slot)), footer=posted.footer)


def became_of(section: str, x: Episode, i: OpenInterview | None, p: Partnership, now: datetime) -> str | None:
    """Return the outcome of a listed item in a few words; None while it still waits.

    `i` is its interview if that still expects something, of this council or of another authority.
    """
    if section in (HELD, BEFORE_HELD):
        if i is not None:
            return i.state.name if i.closed else None
        return "recorded" if x.interview.recorded_at else "done: nothing more is expected"
    if section == "missing":
        return None if x.open_at(now) else f"no longer missing, since {clock.say_near(x.until_at, now)}"
    if i is None:
        return "done: nothing more is expected"
    if i.theirs:
        return "taken over by the placing authority"
    if i.closed or i.unrecorded:
        return i.state.name
    if section == "no owner" and not i.unowned:
        return f"taken by {owner_of(i, p)}"
    return None


# Title, lead and footer


def _title(m: Morning | Headline, name: str) -> str:
    return lead_title(name, m.now)


def _withheld(m: Morning, p: Partnership, name: str, level: Level) -> Reply:
    """Compose the digest of a morning without a recent source: what is known all the same, and nothing else."""
    return Reply(
        _title(m, name),
        level,
        (*_doubts(m), *NO_FIGURES),
        sections=_sections(_withheld_lines(m, p)),
        footer=(CLASSIFICATION,),
        status="failed",
    )


def _withheld_lines(m: Morning, p: Partnership) -> tuple[PostedLine, ...]:
    said = [x for x in m.missing if was_said(x, m.now)]
    shown = capped(SAID_ALONE, [_missing_row(x, m) for x in said], WITHHELD_ROWS, "open")
    listed = _posted(_Listed(shown, "missing", tuple(said[:WITHHELD_ROWS]))) if said else ()
    return (*listed, *_call_line(m, p))


def _withheld_counts(h: Headline, name: str) -> Reply:
    lines = (NO_FIGURES[0], *(freshness.say(s, h.now) for s in h.sources), NO_FIGURES[1])
    return Reply(_title(h, name), 0, lines, footer=(CLASSIFICATION,), status="failed")


def _doubts(m: Morning) -> tuple[str, ...]:
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
            had = f"{_count(m.children_missing, 'child was', 'children were')} missing{_missing(m)}"
            then = f". At the last one ({clock.say_near(s.taken_at, m.now)}) {had}."
        yield f"⚠ {what} NOT KNOWN: {age}{then}"


def _doubtful_sources(m: Morning) -> tuple[str, ...]:
    """Return the warnings of sources that are used all the same, or list no children."""
    told = [s for s in m.sources if freshness.usable(s, m.now) or s.source not in ("police", "interviews")]
    confirmed = freshness.confirmations(m.sources, m.since, m.now)
    return (*freshness.warnings(told, m.now, exact=True), *confirmed)


def _head(m: Morning) -> tuple[str, ...]:
    """Return the counts of the morning, or that all is clear; then the changes since the last digest."""
    return (*_counts(m), _news(m))


def _counts(m: Morning) -> tuple[str, ...]:
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


def _also(m: Morning) -> tuple[str, ...]:
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
    found += [_count(len(beside), "other record in doubt", "other records in doubt")] if beside else []
    return (f"Also: {' · '.join(found)}",) if found else ()


def _news(m: Morning) -> str:
    """'Since Tue 08:00: 6 reported (2 back), 4 returned, 1 re-graded to HIGH, 5 interviews held, 2 newly overdue'."""
    changes = []
    if m.usable("police"):
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        changes = [f"{len(m.reported)} reported ({back} back)", f"{len(m.returned)} returned", *_regraded(m)]
    if m.usable("interviews"):
        changes += [_count(len(m.held), "interview held", "interviews held"), f"{len(m.newly_overdue)} newly overdue"]
    return f"Since {_since(m)}: {', '.join(changes)}"


def _since(m: Morning | Headline) -> str:
    """'Tue 08:00'; with the day of the month where a weekday could be another week's."""
    near = m.now - m.since < timedelta(days=6)
    return f"{clock.to_london(m.since):%a %H:%M}" if near else clock.say_short(m.since)


def _decisions(m: Morning) -> str:
    """'2 strategy decisions outstanding (1 OVERDUE)'."""
    late = sum(q.is_overdue(m.now) for _, q in m.owed)
    outstanding = _count(len(m.owed), "strategy decision owed", "strategy decisions owed")
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
    runs_out = _count(len(m.unattended), "return interview runs out", "return interviews run out")
    return (f"⚠ {runs_out} before people are at work in time (back {clock.say_short(m.back)}): act today.",)


def _hosted_line(m: Morning) -> tuple[str, ...]:
    """Edge case 16: other authorities' interviews are told of, and never counted among ours."""
    if not m.elsewhere or not m.usable("interviews"):
        return ()
    untold, late = sum(i.told is None for i in m.elsewhere), sum(i.overdue for i in m.elsewhere)
    owed = _count(
        len(m.elsewhere), "return interview is another authority's", "return interviews are other authorities'"
    )
    return (f"Hosted: {owed} (placing authority NOT told: {untold}; over their time: {late}).",)


def _adults_line(m: Morning) -> tuple[str, ...]:
    """Edge case 4: both agencies hear of it, for weeks; no birthday can be read from it."""
    if not m.adults or not m.usable("police"):
        return ()
    grown_up = _count(
        children(m.adults), "child turned 18 while missing and is", "children turned 18 while missing and are"
    )
    in_care = children(x for x in m.adults if x.lac)
    duties = _count(in_care, "of them was looked after", "of them were looked after")
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


def _count(n: int, one: str, many: str) -> str:
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


# Sections


def _unknown(m: Morning, source: str, title: str) -> _Listed:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return _Listed(Section(f"{title}: not known", lines))


def _interview_sections(m: Morning, p: Partnership, rows: int) -> list[_Listed]:
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
        _Listed(
            Section(
                "Return interviews, where they stand", (position, declined, *([] if m.record_times else [NO_TIMES]))
            )
        ),
        _tickable(
            "Held, not recorded", HELD, held, [_held_row(i, p, m.now) for i in held], rows, "interviews unrecorded"
        ),
        *([_Listed(capped(OVER, over, rows, "interviews"))] if over else []),
        *([_Listed(capped(HOSTED, elsewhere, rows, "interviews hosted"))] if elsewhere else []),
    ]


def _tickable(
    title: str, kind: str, of: Sequence[OpenInterview], lines: Sequence[Row], rows: int, more: str
) -> _Listed:
    return _Listed(capped(title, lines, rows, more), kind, tuple(i.episode for i in of[:rows]))


def _unattended_section(m: Morning, p: Partnership, rows: int) -> list[_Listed]:
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


def _police_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[_Listed]:
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
        _Listed(
            capped("Missing now", missing, rows, "open", "Nobody.", m.children_missing),
            "missing",
            tuple(m.missing[:rows]),
        ),
        _called(m, p, rows),
        *([_Listed(capped(whereabouts, away, rows, "open", count=children(m.away)))] if away else []),
        *([_Listed(capped(REGRADED, regraded, rows, "open"))] if regraded else []),
        _Listed(capped("Reported", reported, rows, "open", "0 children reported missing in the window.")),
        *([_Listed(capped(LATE, late, rows, "open"))] if late else []),
        _Listed(capped("Returned", returned, rows, "interviews", "Nobody returned in the window.")),
        *([_Listed(capped("Void", void, len(void), "", count=len(m.voided)))] if void else []),
        *([_Listed(capped(turned, adults, rows, "today"))] if adults else []),
        _Listed(capped("Rules met in this window (counts, not risk)", _crossing_rows(m), rows, "open")),
    ]


def _called(m: Morning, p: Partnership, rows: int) -> _Listed:
    return _Listed(capped(ESCALATIONS, [row for _, row in _escalation_rows(m, p)], rows, "escalations"))


def _missing_row(x: Episode, m: Morning, met: Sequence[Trigger] = ()) -> Row:
    return open_row(x, met, m.now, m.grade_changes.get(x.id, ()))


def _open_row(x: Episode, m: Morning, met: Sequence[Trigger] = ()) -> Row:
    row = _missing_row(x, m, met)
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
        nobody = [f"{name}: {NOBODY_YET}" for name in _nobody_called(absence, made, m, p)]
        agencies = dict.fromkeys(c.first.agency for c in made)
        words = [agency_stands([c for c in made if c.first.agency == a], first.area, p, m.now) for a in agencies]
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
