"""The morning digest: interviews with no owner, overdue, changes; then missing children and open work.

Sections in the order of domain.md §4.2 after the lead of chat.md §4.2; each is capped, zero is printed, and a source
that is too old is never read as zero. `compose` is the whole digest, `compose_counts` the same where only counts may
be seen. A channel is posted `compose_lead`, and `compose_area` for each area in the thread under it: an item listed in
the morning stays listed through the day, and reads as done when it is (chat.md §4.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.conversation.reply import Button, Fact, Level, Reply, Row, Section
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
from bot.messages.escalation_message import by_when, rule_name, rules_called
from bot.rules.delivery.posted_digest import COUNTED, Posted, PostedLine
from bot.rules.episodes.doubts import ABSENT, AGE, ENDED, IDENTITY, RETURN, START
from bot.rules.episodes.found_with import ANOTHER, UNREPORTED, FoundWith, Other
from bot.rules.episodes.regrades import in_words
from bot.rules.episodes.risk_flags import Trigger, children, council_return, grade_at, triggers
from bot.rules.escalations.calls import absences
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
ALL_CLEAR = "All clear: nobody missing, no return interview open, nothing in doubt."
REGRADED = "Re-graded by the police"
SAID_ALONE = "Said in chat to be missing, and not all: the police's records are not known"
#: Lines of what was said in chat in a digest without a source.
WITHHELD_ROWS = 20
SAID = "Said in chat of doubts, beside the records"
VOIDED = "Void by the police's record: no absence. Who it was is told in private (today)."
ESCALATIONS = "Escalations, and who acknowledged"
HOSTED = "Hosted: interviews that other authorities owe, not ours"
CLASSIFICATION = "OFFICIAL-SENSITIVE"
LONG = timedelta(hours=72)
BUTTONS = (Button("My interviews", "interviews mine"), Button("Missing now", "open"))
#: Items in the channel itself; the rest is in the thread.
FIRST = 5
#: The section of items due before people are back at work.
BEFORE = "before"
#: The sections of interviews that were held and wait to be recorded: among what is to be done first, and before then.
HELD, BEFORE_HELD = "held", "before, held"
#: The sections of what else is to be done first, and of escalations, among the lines of a posted digest.
FIRST_OF_ALL, CALLS, IN_A_PART = "first", "calls", "part"
#: Sections that a channel may choose, and how their titles begin.
_TITLES: dict[str, tuple[str, ...]] = {
    "interviews": (RUN_OUT, "No owner", "Overdue", "Due in", "Return interviews", "Held, not recorded", "Hosted"),
    "missing": ("Missing now", "Away from placement", "Missing, reported", "Turned 18"),
    "changes": (REGRADED, "Reported", "Late entries", "Returned", "Void"),
    "rules": ("Rules met", "Escalation", DECISIONS),
    "gaps": ("Gaps",),
}


@dataclass(frozen=True, slots=True)
class Lead:
    """The first message of a digest, and the lines that it shows, in order."""

    reply: Reply
    lines: tuple[PostedLine, ...] = ()


def compose(morning: Morning, partnership: Partnership, name: str, rows: int, *, private: bool = False) -> Reply:
    """Compose the digest with references and age bands (level 1), at most `rows` lines a section.

    `private` is for one person alone: a child who turned 18 while missing is named there, never in a channel.
    """
    m = morning
    police, council = m.usable("police"), m.usable("interviews")
    if not (police or council):
        return _withheld(m, name, 1)
    counts = (
        ("Interviews with no owner", len(m.unowned), council),
        ("Interviews overdue", len(m.overdue), council),
        ("Interviews due in the next 24 hours", len(m.due_soon), council),
        ("Children missing now", m.children_missing, police),
        ("Reported in the window", len(m.reported), police),
        ("Returned in the window", len(m.returned), police),
    )
    interviews = (
        _interview_sections(m, partnership, rows) if council else [_unknown(m, "interviews", "Return interviews")]
    )
    missing = (
        _police_sections(m, partnership, rows, private)
        if police
        else [
            _unknown(m, "police", "Missing, reported, returned"),
            *_said_section(m, rows),
            _called(m, partnership, rows),
        ]
    )
    rulings = ruling_rows(m)
    ruled = [capped(SAID, rulings, len(rulings), "")] if rulings else []  # each is told once, so none is left out
    decisions = [capped(DECISIONS, _decision_rows(m, partnership), rows, "strategy")] if m.owed else []
    gaps = capped("Gaps", _gap_lines(m), rows, "ask for sources")
    return Reply(
        title=_title(m, name),
        level=1,
        text=_lead_lines(m),
        facts=tuple(Fact(label, n if known else None, note="" if known else "not known") for label, n, known in counts),
        sections=(
            *_unattended_section(m, partnership, rows),
            *interviews[:3],
            *missing,
            *decisions,
            *ruled,
            *interviews[3:],
            gaps,
        ),
        footer=_footer(m, "references only"),
        buttons=BUTTONS,
    )


def compose_counts(headline: Headline, name: str, threshold: int) -> Reply:
    """Compose the digest where only counts may be seen (level 0), those up to the threshold as one (domain.md §6.4)."""
    h = headline
    police, council = h.usable("police"), h.usable("interviews")
    if not (police or council):
        return _withheld(h, name, 0)
    counts = (
        ("Missing now", h.missing, police),
        (f"Reported since {clock.say_short(h.since)}", h.reported, police),
        (f"Returned since {clock.say_short(h.since)}", h.returned, police),
        ("Interviews overdue", h.overdue, council),
        ("Interviews due in the next 24 hours", h.due_soon, council),
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
    """Compose the first message of a digest with references (level 1).

    `slot` is the time at which it was due; `back`, before a weekend or holiday, that at which people work again.
    What falls due before then comes first: today is the last day to act on it. Then interviews with no owner, overdue
    ones, by time left those due soon and those held that can still be recorded in time, and missing children; those
    recorded too late anyway come last. Forgotten interviews are left to the thread, for they would hide the others.
    """
    whole = replace(compose(m, p, channel.name, channel.digest.rows), title=lead_title(channel.name, slot))
    if whole.status == "failed":
        return Lead(whole)
    in_time = [i for i in m.unrecorded if i.left >= timedelta()]
    before = [
        i
        for i in m.interviews
        if i in m.unattended or (back and i.left < back - m.now and (i in in_time or _is_undone(i)))
    ]
    savable = sorted((*m.due_soon, *(i for i in in_time if i.left <= SOON)), key=lambda i: (i.left, i.episode.id))
    todo = [
        *(("no owner", i) for i in m.unowned if not i.forgotten),
        *(("overdue", i) for i in m.overdue if not i.unowned and not i.forgotten),
        *((HELD if i.unrecorded else "due", i) for i in savable if not i.unowned),
    ]
    first = [_todo(section, i, p, m.now) for section, i in todo if i not in before]
    first += [_line("missing", x, _missing_row(x, m)) for x in m.missing]
    first += [_todo(HELD, i, p, m.now) for i in m.unrecorded if i.left < timedelta() and not i.forgotten]
    soon = [_todo(BEFORE_HELD if i.unrecorded else BEFORE, i, p, m.now) for i in before]
    lines = (
        *_with_more(BEFORE, soon, channel.digest.rows),
        *_with_more(FIRST_OF_ALL, first, FIRST),
        *_call_lines(m, p, channel.digest.rows),
    )
    return Lead(replace(whole, facts=(), sections=_lead_sections(lines, back)), (*lines, *_counted(m, lines)))


def lead_title(name: str, slot: datetime) -> str:
    """Return the title of the digest of a channel of this name that was due at `slot`."""
    return f"Missing children digest, {name}, {clock.say(slot)}"


def _is_undone(i: OpenInterview) -> bool:
    return i.undone and not i.overdue


def _todo(section: str, i: OpenInterview, p: Partnership, now: datetime) -> PostedLine:
    row = _to_record_row(i, p) if section in (HELD, BEFORE_HELD) else interview_row(i, p, now)
    return _line(section, i.episode, row)


def _to_record_row(i: OpenInterview, p: Partnership) -> Row:
    """'⏳ OX-2223 · held, 5 h left to record · north-worker · north': the 72 hours are for recording too."""
    when = f"held, {clock.say_hours(i.left)} {'left to record' if i.left >= timedelta() else 'over, to be recorded'}"
    return Row(i.episode.child_ref, (when, owner_of(i, p), spoken(i.episode.area)), interview_mark(i))


def _line(section: str, x: Episode, row: str) -> PostedLine:
    return PostedLine(section, x.id, x.child_ref, str(row))


def as_line(posted: PostedLine) -> str:
    """Return a posted line as it is read: a row of its child, or a sentence."""
    if not posted.child_ref or posted.child_ref not in posted.words:
        return posted.words
    mark, _, words = posted.words.partition(posted.child_ref)
    return Row(posted.child_ref, (words.removeprefix(" · "),), mark.strip())


def _with_more(section: str, lines: Sequence[PostedLine], most: int) -> tuple[PostedLine, ...]:
    hidden = len(lines) - most
    more = (PostedLine(section, 0, "", f"… and {hidden} more in the thread"),) if hidden > 0 else ()
    return (*lines[:most], *more)


def _call_lines(m: Morning, p: Partnership, rows: int) -> tuple[PostedLine, ...]:
    """The section of escalations, its title first; nothing where nobody is called."""
    found = _escalation_rows(m, p)
    if not found:
        return ()
    lines = [_line(CALLS, x, row) for x, row in found]
    shown = capped(ESCALATIONS, [x.words for x in lines], rows, "open")
    more = [PostedLine(CALLS, 0, "", str(words)) for words in shown.lines[rows:]]
    return (PostedLine(CALLS, 0, "", shown.title), *lines[:rows], *more)


def _lead_sections(lines: Sequence[PostedLine], back: datetime | None) -> tuple[Section, ...]:
    before, calls = (
        [as_line(x) for x in lines if x.section in s and x.words] for s in ((BEFORE, BEFORE_HELD), (CALLS,))
    )
    first = [as_line(x) for x in lines if x.section not in (BEFORE, BEFORE_HELD, CALLS) and x.words]
    heading = f"Before people are back on {clock.say_short(back)}, these fall due" if back else "These fall due"
    sections = (
        Section(heading, tuple(before)),
        Section("To do first", tuple(first)),
        Section(str(calls[0]) if calls else "", tuple(calls[1:])),
    )
    return tuple(s for s in sections if s.lines)


def as_posted(posted: Posted, title: str, slot: datetime, back: datetime | None, looked_at: str) -> Reply:
    """Return a posted digest with what stands beside it since; `looked_at` ends its footer."""
    text = (*posted.text, *removed_words(posted.lines, slot), *posted.beside)
    return Reply(
        title,
        1,
        text,
        sections=_lead_sections(posted.lines, back),
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


def changed(posted: Posted, m: Morning, episodes: Mapping[int, Episode], p: Partnership, channel: Channel) -> Posted:
    """Return a posted digest with its lines as they are at the same day's `m.now`, and the counts of now beside it.

    The counts of the morning, its window and its warnings stay. `episodes` are those of its lines.
    """
    waiting = {i.episode.id: i for i in (*m.elsewhere, *m.interviews)}
    lines = [
        replace(x, words=_now(x, episodes[x.number], waiting.get(x.number), m, p))
        if x.number in episodes and x.section != COUNTED
        else x
        for x in posted.lines
        if x.section != CALLS or x.number < 0
    ]
    calls = _call_lines(m, p, channel.digest.rows)
    if not (m.usable("police") or m.usable("interviews")):
        words = ["No figures now: no source is recent enough."]
    else:
        words = [w for w in (*_warnings(m), *_adults_line(m)) if w not in posted.text]
        if _todo_line(m) not in posted.text:
            words.append(f"Now: {_todo_line(m)}")
    return replace(posted, lines=(*lines, *calls), beside=tuple(words))


def _now(line: PostedLine, x: Episode, i: OpenInterview | None, m: Morning, p: Partnership) -> str:
    """Return a line as it is now: ticked off with its outcome, or as it still waits."""
    became = became_of(line.section, x, i, p, m.now)
    if became is not None:
        return str(Row(x.child_ref, (became, spoken(x.area)), DONE))
    if i is None or line.section == "missing":
        return str(_missing_row(x, m))
    return _todo(line.section if i.unrecorded else "due", i, p, m.now).words


def closed(posted: Posted) -> Posted:
    """Return a digest with the count of what was handled of its lines."""
    items = [x for x in posted.lines if x.number > 0 and x.section not in (CALLS, COUNTED)]
    done = sum(x.words.startswith(DONE) for x in items)
    words = f"Closed for today: {done} of {len(items)} handled, {len(items) - done} carried over."
    return replace(posted, beside=(*posted.beside, words)) if items else posted


def signature(posted: Posted) -> str:
    """Return a hash of everything that is worth an update: not the hours left, which differ at every look."""
    done = [(x.number, x.words) for x in posted.lines if x.words.startswith(DONE) or x.section == CALLS]
    return sha256(repr((posted.beside, done)).encode()).hexdigest()


def compose_area(m: Morning, p: Partnership, name: str, channel: Channel) -> Reply | None:
    """Compose one area for the thread with the sections that its channel chose; None where there is nothing to report.

    Zeroes are in the lead and have no section here. Rulings on doubts are always shown: no list may lose a
    child without a word.
    """
    whole = compose(m, p, name, channel.digest.rows)
    changed = (m.reported, m.late, m.returned, m.voided, m.regraded, m.held, m.rulings, m.unreported)
    found = (m.missing, m.away, *changed, m.interviews, m.elsewhere, m.declined, m.owed)
    if whole.status == "failed" or not any(found):
        return None  # the first message has told of a failure
    titles = (SAID, *(title for chosen in channel.digest.sections or _TITLES for title in _TITLES[chosen]))
    sections = tuple(s for s in whole.sections if not s.title.endswith(": 0") and s.title.startswith(titles))
    text = whole.text if len(channel.areas) > 1 else ()  # of one area the lead has it already
    return replace(whole, title=name, text=text, facts=(), sections=sections, footer=(), buttons=())


def in_a_part(m: Morning, reply: Reply) -> tuple[PostedLine, ...]:
    """Return the episodes and children that a part of the thread shows: it is taken away when one is corrected.

    A child who stands beside another, found with it, has a line too; the number is 0 of one without an absence.
    """
    shown = "\n".join(str(line) for section in reply.sections for line in section.lines)
    beside = [(f.number, f.ref) for found in m.company.values() for f in found]
    beside += [each for u in m.unreported for each in ((0, u.ref), (u.number, u.with_ref))]
    beside += [(0, r.ref) for r in m.rulings]  # their episodes may be in no list, or void by them
    told = [(x.id, x.child_ref) for x in (*_of_police(m), *_of_council(m))]  # gaps name children of an old file too
    refs = [(number, ref) for number, ref in dict.fromkeys((*told, *beside)) if ref and ref in shown]
    return tuple(PostedLine(IN_A_PART, number, ref, ref) for number, ref in refs)


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
    rest = f"The rest of this part was taken away with it: ask for today {name}."
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


def _withheld(m: Morning | Headline, name: str, level: Level) -> Reply:
    lines: tuple[str, ...] = (
        "I have NOT given figures: no source is recent enough.",
        *(freshness.say(s, m.now) for s in m.sources),
        *(_last_known(m) if isinstance(m, Morning) else ()),
        *(
            line
            for each in (_said_section(m, WITHHELD_ROWS) if isinstance(m, Morning) else ())
            for line in (f"{each.title}:", *each.lines)
        ),
        "Use the police and case systems until I say otherwise.",
    )
    return Reply(_title(m, name), level, lines, footer=(CLASSIFICATION,), status="failed")


def _lead_lines(m: Morning) -> tuple[str, ...]:
    """Two lines: the work to be done, and the changes since the last digest."""
    changed = []
    if m.usable("interviews"):
        changed += [_count(len(m.held), "interview held", "interviews held"), f"{len(m.newly_overdue)} newly overdue"]
    if m.usable("police"):
        back = sum(x.until_at <= m.now and not x.left_as_adult for x in m.reported)
        changed = [
            f"{len(m.reported)} reported ({back} already back)",
            f"{len(m.returned)} returned",
            *_regraded(m),
            *changed,
        ]
    news = f"Since {clock.say_short(m.since)}: " + ", ".join(changed) + "."
    first = (*_unattended_line(m), *_warnings(m), *_last_known(m))
    return (*first, _todo_line(m), news, *_hosted_line(m), *_adults_line(m))


def _last_known(m: Morning) -> tuple[str, ...]:
    """Say who is not known to be missing where the police's file is too old, and how many it had: never a zero."""
    taken = next((s.taken_at for s in m.sources if s.source == "police"), None)
    if m.usable("police") or taken is None:
        return ()
    had = _count(m.children_missing, "child was missing", "children were missing") + _missing(m)
    return (f"⚠ Who is missing now is NOT KNOWN. By the last police file ({clock.say_near(taken, m.now)}) {had}.",)


def _todo_line(m: Morning) -> str:
    """Write the work to be done in one sentence, of the sources that are recent enough."""
    if m.is_clear:
        return ALL_CLEAR
    todo = []
    if m.usable("interviews"):
        todo += [_count(len(m.unowned), "interview needs an owner", "interviews need an owner")]
        todo += [f"{len(m.overdue)} overdue{_overdue(m)}", f"{len(m.due_soon)} due in the next 24 h"]
        todo += [f"{len(m.due_later)} more within 3 days"] if m.due_later else []
        todo += _unrecorded(m)
    if m.usable("police"):
        todo += [_count(m.children_missing, "child is missing now", "children are missing now") + _missing(m)]
    if m.away and m.usable("police"):
        todo.append(f"{children(m.away)} away from placement")
    if m.declined and m.usable("interviews"):
        todo.append(f"{len(m.declined)} declined, carer not contacted")
    if m.owed:
        todo.append(_decisions(m))
    if m.unreported:
        todo.append(f"{len(m.unreported)} found with another and not reported")
    beside = [x for x in m.doubtful if x not in m.missing]
    todo += [_count(len(beside), "other record is in doubt", "other records are in doubt")] if beside else []
    return ", ".join(todo) + "."


def _decisions(m: Morning) -> str:
    """'2 strategy decisions outstanding (1 OVERDUE)'."""
    late = sum(q.is_overdue(m.now) for _, q in m.owed)
    outstanding = _count(len(m.owed), "strategy decision outstanding", "strategy decisions outstanding")
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


def _overdue(m: Morning) -> str:
    """' (5 of them with no owner; 5 for more than 28 days)'; one interview may be both."""
    unowned, old = sum(i.unowned for i in m.overdue), sum(i.forgotten for i in m.overdue)
    parts = [
        (n, words) for n, words in ((unowned, "with no owner"), (old, f"for more than {FORGOTTEN.days} days")) if n
    ]
    shown = [f"{n}{'' if i else ' of them'} {words}" for i, (n, words) in enumerate(parts)]
    return f" ({'; '.join(shown)})" if shown else ""


def _unrecorded(m: Morning) -> list[str]:
    """'3 held, not recorded (1 of them over the 72 h)': the others can still be recorded in time."""
    late = sum(i.left < timedelta() for i in m.unrecorded)
    over = f" ({late} of them over the 72 h)" if late else ""
    return [f"{len(m.unrecorded)} held, not recorded{over}"] if m.unrecorded else []


def _regraded(m: Morning) -> list[str]:
    """'2 re-graded (1 to HIGH)'."""
    high = sum(changes[-1].grade == "high" for _, changes in m.regraded)
    return [f"{len(m.regraded)} re-graded{f' ({high} to HIGH)' if high else ''}"] if m.regraded else []


def _missing(m: Morning) -> str:
    """' (1 UNGRADED, 2 HIGH, 1 for more than 72 h)': a duty manager looks for these first."""
    counts = {
        "UNGRADED": children(x for x in m.missing if grade_at(x, m.now) is None),
        "HIGH": children(x for x in m.missing if grade_at(x, m.now) == "high"),
        "for more than 72 h": children(x for x in m.missing if m.now - x.start_at > LONG),
    }
    shown = [f"{n} {words}" for words, n in counts.items() if n]
    return f" ({', '.join(shown)})" if shown else ""


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


def _warnings(m: Morning | Headline) -> tuple[str, ...]:
    confirmed = freshness.confirmations(m.sources, m.since, m.now)
    return (*freshness.warnings(m.sources, m.now, exact=isinstance(m, Morning)), *confirmed)


def _footer(m: Morning | Headline, shown: str) -> tuple[str, ...]:
    return (
        f"{CLASSIFICATION} · {shown} · not for publication",
        f"Window {clock.say(m.since)} to {clock.say(m.until)}.",
        " · ".join(freshness.say(s, m.now) for s in m.sources),
    )


# Sections


def _said_section(m: Morning, rows: int) -> list[Section]:
    """List what was said in chat where the police's file is too old to be used."""
    lines = [_missing_row(x, m) for x in m.missing if was_said(x, m.now)]
    return [capped(SAID_ALONE, lines, rows, "open")] if lines else []


def _unknown(m: Morning, source: str, title: str) -> Section:
    lines = tuple(freshness.say(s, m.now) for s in m.sources if s.source == source)
    return Section(f"{title}: not known", lines)


def _interview_sections(m: Morning, p: Partnership, rows: int) -> list[Section]:
    """Unowned first, for no worker sees to them; those with an owner follow by time left."""
    overdue = [interview_row(i, p, m.now) for i in m.overdue if not i.unowned]
    due = [interview_row(i, p, m.now) for i in m.due_soon if not i.unowned]
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
        capped("No owner", [interview_row(i, p, m.now) for i in m.unowned], rows, "interviews"),
        capped("Overdue, with an owner", overdue, rows, "interviews overdue"),
        capped("Due in the next 24 hours, with an owner", due, rows, "interviews due"),
        Section("Return interviews, where they stand", (position, declined, *([] if m.record_times else [NO_TIMES]))),
        capped("Held, not recorded", [_held_row(i, p, m.now) for i in held], rows, "interviews unrecorded"),
        *([capped(OVER, over, rows, "interviews")] if over else []),
        *([capped(HOSTED, elsewhere, rows, "interviews hosted")] if elsewhere else []),
    ]


def _unattended_section(m: Morning, p: Partnership, rows: int) -> list[Section]:
    if not m.unattended or m.back is None or not m.usable("interviews"):
        return []
    title = f"{RUN_OUT} (back {clock.say_short(m.back)})"
    return [capped(title, [interview_row(i, p, m.now) for i in m.unattended], rows, "interviews")]


def _held_row(i: OpenInterview, p: Partnership, now: datetime) -> Row:
    """An interview that was held and is not written up yet: the 72 hours are for recording too."""
    unknown = (NO_TIME,) if i.episode.interview.date_only else ()
    words = (record_time_left(i), *unknown, owner_of(i, p), spoken(i.episode.area), *in_chat(i, p, now))
    return Row(i.episode.child_ref, words, interview_mark(i))


def _police_sections(m: Morning, p: Partnership, rows: int, private: bool) -> list[Section]:
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
        capped("Missing now", missing, rows, "open", "Nobody.", m.children_missing),
        *([capped(whereabouts, away, rows, "open", count=children(m.away))] if away else []),
        *([capped(REGRADED, regraded, rows, "open")] if regraded else []),
        capped("Reported", reported, rows, "open", "0 children reported missing in the window."),
        *([capped(LATE, late, rows, "open")] if late else []),
        capped("Returned", returned, rows, "interviews", "Nobody returned in the window."),
        *([capped("Void", void, len(void), "", count=len(m.voided))] if void else []),
        *([capped(turned, adults, rows, "today")] if adults else []),
        capped("Rules met in this window (counts, not risk)", _crossing_rows(m), rows, "open"),
        _called(m, p, rows),
    ]


def _called(m: Morning, p: Partnership, rows: int) -> Section:
    return capped(ESCALATIONS, [row for _, row in _escalation_rows(m, p)], rows, "open")


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
    """One row a child: each rule with a call made or missing for it, and the acknowledgement of each agency.

    The calls are the bot's own facts: with a police file that is too old those that were made are told all the same.
    """
    rows = []
    for absence in absences(m.missing, frozenset()):
        raised = [r for x in absence.records for r in m.raised.get(x.id, ())]
        rules = rules_called(absence, raised, m.starts, p, m.now)
        if found := [rule for rule in rules if rule.called or m.usable("police")]:
            mark, first = DONE if all(rule.answered for rule in found) else "🔔", absence.records[0]
            rows.append((first, Row(first.child_ref, tuple(rule.words for rule in found), mark)))
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
