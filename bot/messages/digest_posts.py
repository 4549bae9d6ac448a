"""A digest as it is posted: a first message that is grasped without scrolling, a part for each area, the day's changes.

An item listed in the morning stays listed through the day, and reads as done when it is; so do the parts of the thread.
The counts of the morning stay, those of now are beside them. What was corrected is taken out, and that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.conversation.reply import Button, Reply, Row, Section
from bot.messages.digest import (
    BEFORE,
    BEFORE_HELD,
    BUTTONS,
    CLASSIFICATION,
    DECISIONS,
    HELD,
    REGRADED,
    RUN_OUT,
    SAID,
    SAID_ALONE,
    WITHHELD_ROWS,
    ListedSection,
    adults_line,
    all_sections,
    also_line,
    calls_row,
    count_lines,
    doubt_lines,
    head_lines,
    hosted_line,
    is_known,
    lead_title,
    number_of,
    said_alone,
    title_at,
    withheld,
)
from bot.messages.episode_lines import (
    DONE,
    grade_word,
    owner_of,
    short_interview_row,
    short_row,
    was_said,
)
from bot.rules.catalogue import _, code_words
from bot.rules.delivery.posted_digest import COUNTED, Posted, PostedLine
from bot.rules.episodes.doubts import IDENTITY
from bot.rules.episodes.risk_flags import grade_at
from bot.rules.interviews.state import SOON, OpenInterview
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.queries.digest_content import Morning
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness

#: What a lead may hold: lines and characters. So many missing children are in it before anything gives way.
LINES, CHARACTERS, CHILDREN = 14, 900, 3
#: Interviews of a lead: at least so many and at most so many, and so many of them with a button.
INTERVIEWS, MOST_INTERVIEWS, PRESSABLE = 2, 5, 2
#: Other sections of posted lines: titles, the calls, plain words, and children named in a part of the thread.
HEADING, CALLS, WORDS, IN_A_PART = "heading", "calls", "words", "part"
#: The heading of interviews after those that can be saved.
THEN = _("Then these interviews")
#: Begins the section of an item that is in the thread alone, and counts among what was to do.
IN_THREAD = _("thread: ")
#: Sections that a channel may choose, and how their titles begin.
_TITLES: dict[str, tuple[str, ...]] = {
    "interviews": (
        RUN_OUT,
        _("No owner"),
        _("Overdue"),
        _("Due in"),
        _("Return interviews"),
        _("Held, not recorded"),
        _("Hosted"),
    ),
    "missing": (_("Missing now"), SAID_ALONE, _("Away from placement"), _("Missing, reported"), _("Turned 18")),
    "changes": (REGRADED, _("Reported"), _("Late entries"), _("Returned"), _("Void")),
    "rules": (_("Rules met"), _("Escalation"), DECISIONS),
    "gaps": (_("Gaps"),),
}


@dataclass(frozen=True, slots=True)
class Lead:
    """A post of a digest, and the lines that it shows or counts, in order."""

    reply: Reply
    lines: tuple[PostedLine, ...] = ()


def compose_lead(m: Morning, p: Partnership, channel: Channel, slot: datetime, back: datetime | None) -> Lead:
    """Compose the first message of a digest with references (level 1), within the limits of a lead.

    `slot` is the time at which it was due; `back`, before a weekend or holiday, that at which people work again: what
    falls due before then is today's work. A child whose grade is HIGH, who has none yet or who is not identified is
    always here; every other item that does not fit is in the thread, and counts among what was to do.
    """
    return _lead(m, p, lead_title(channel.name, slot), back, BUTTONS, _("in the thread"))


def compose_brief(m: Morning, p: Partnership, name: str, everything: str, updates: Set[int] | None) -> Reply:
    """Compose the digest as one person reads it first; `everything` is the command of the whole one.

    In private `updates` are the episodes whose interview this person may update; None where others read it too.
    """
    buttons = (*BUTTONS[:2], Button(_("Everything"), everything))
    return _lead(m, p, title_at(m, name), None, buttons, _("under Everything"), updates).reply


def _lead(
    m: Morning,
    p: Partnership,
    title: str,
    back: datetime | None,
    buttons: tuple[Button, ...],
    where: str,
    updates: Set[int] | None = None,
) -> Lead:
    """Compose a lead; `where` says in which place the rest is, `updates` are as for `compose_brief`."""
    if not is_known(m):
        return Lead(replace(withheld(m, p, "", 1), title=title), _withheld_lines(m, p))
    text = (*doubt_lines(m), *head_lines(m), *adults_line(m))
    listed = m.missing if m.usable("police") else [x for x in m.missing if was_said(x, m.now)]
    children_missing = _first_records(listed, m.now)
    fewest = min(len(children_missing), max(CHILDREN, sum(is_urgent(x, m.now) for x in children_missing)))
    heading, first, later = _todo_lists(m, p, back)
    least = min(INTERVIEWS, len(first))
    calls = _call_line(m, p)

    def built(missing: int, todo: int, then: int) -> tuple[PostedLine, ...]:
        return (
            *_missing_lines(children_missing, missing, m, where),
            *_interview_lines(heading, first, todo, p, m.now),
            *_interview_lines(THEN, later, then, p, m.now),
            calls,
        )

    def posted(lines: tuple[PostedLine, ...]) -> Reply:
        footer = _lead_footer(m, lines, where)
        return Reply(title, 1, text, sections=_sections(lines, updates), footer=footer, buttons=buttons)

    # As many children as fit beside the first interviews; then more of these; what is lost only where there is room.
    most = min(len(children_missing), max(fewest, LINES))
    size = next((n, least, 0) for n in range(most, fewest - 1, -1) if n == fewest or _fits(posted(built(n, least, 0))))
    more = [(size[0], n, 0) for n in range(least + 1, min(MOST_INTERVIEWS, len(first)) + 1)]
    more += [(size[0], min(MOST_INTERVIEWS, len(first)), n) for n in range(1, min(MOST_INTERVIEWS, len(later)) + 1)]
    for larger in more:
        if not _fits(posted(built(*larger))):
            break
        size = larger
    lines = built(*size)
    return Lead(posted(lines), (*lines, *_counted(m, lines)))


def _fits(reply: Reply) -> bool:
    """Return True for a reply within the limits of a lead, without its buttons."""
    lines = [reply.title, *reply.text, *reply.footer]
    for section in reply.sections:
        lines += [*([section.title] if section.title else []), *section.lines]
    return len(lines) <= LINES and sum(map(len, lines)) <= CHARACTERS


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
    title = _("Missing now: look at these first") if len(found) > most > 0 else _("Missing now")
    yield PostedLine(HEADING, 0, "", title if m.usable("police") else SAID_ALONE)
    for n, x in enumerate(found):
        row = short_row(x, m.now, m.grade_changes.get(x.id, ()))
        yield _line("missing", x, row) if n < most else _in_thread("missing", x, row)
    if rest := found[most:]:
        grades = Counter(grade_word(x, m.now) for x in rest)
        said = ", ".join(f"{n} {word}" if len(grades) > 1 else word for word, n in grades.items())
        yield PostedLine(
            WORDS,
            0,
            "",
            _("… {n}{more} {where}, {said}", n=len(rest), more=_(" more") if most else "", where=where, said=said),
        )


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
        when = _(" on {back}", back=clock.say_short(back)) if back else ""
        first = [(BEFORE_HELD if i.unrecorded else BEFORE, i) for i in before]
        rest = [i for i in (*due, *unowned, *overdue, *late, *forgotten) if i not in before]
        return _("Interviews due before people are back{when}", when=when), first, kinds(_each(rest))
    if due or unowned:
        heading = _("Interviews you can still save today") if due else _("Interviews that nobody owns")
        return heading, kinds(_each((*due, *unowned))), kinds(_each((*overdue, *late, *forgotten)))
    return _("Interviews overdue"), kinds(_each((*overdue, *late))), kinds(forgotten)


def _by_time_left(i: OpenInterview) -> tuple[timedelta, int]:
    return i.left, i.episode.id


def _each(found: Sequence[OpenInterview]) -> list[OpenInterview]:
    return list({i.episode.id: i for i in found}.values())


def _kind(i: OpenInterview) -> str:
    return HELD if i.unrecorded else _("no owner") if i.unowned else "overdue" if i.overdue else "due"


def _interview_lines(
    heading: str, found: Sequence[tuple[str, OpenInterview]], most: int, p: Partnership, now: datetime
) -> Iterator[PostedLine]:
    if most:
        yield PostedLine(
            HEADING,
            0,
            "",
            _("{heading}: {most} of {n}", heading=heading, most=most, n=len(found)) if len(found) > most else heading,
        )
    for n, (kind, i) in enumerate(found):
        row = short_interview_row(i, p, now)
        yield _line(kind, i.episode, row) if n < most else _in_thread(kind, i.episode, row)


def _in_thread(kind: str, x: Episode, row: str) -> PostedLine:
    return _line(f"{IN_THREAD}{kind}", x, row)


def _lead_footer(m: Morning, lines: Sequence[PostedLine], where: str) -> tuple[str, ...]:
    """Return one line: how much more there is and in which place, the age of the sources, and the classification."""
    more = len({x.number for x in lines if x.section.startswith(IN_THREAD) and not x.section.endswith("missing")})
    rest = (
        _("{interviews} and each", interviews=number_of(more, "{n} more interview", "{n} more interviews"))
        if more
        else _("Each")
    )
    thread = [_("{rest} area {where}", rest=rest, where=where)] if _has_parts(m) else []
    named = {"police": "police", "interviews": "council"}
    ages = ", ".join(f"{named[s.source]} {freshness.brief(s, m.now)}" for s in m.sources if s.source in named)
    return (" · ".join((*thread, ages, CLASSIFICATION)),)


def _is_undone(i: OpenInterview) -> bool:
    return i.undone and not i.overdue


def _line(section: str, x: Episode, row: str) -> PostedLine:
    return PostedLine(section, x.id, x.child_ref, str(row))


def as_line(posted: PostedLine, updates: Set[int] | None = None, *, pressable: bool = False) -> str:
    """Return a posted line as it is read: a row of its child with what can be done, or a sentence."""
    if posted.section == CALLS:
        mark, said = posted.words.split(" ", 1)
        subject, *others = said.split(" · ")
        see = (Button(_("See calls"), "escalations"),) if mark == "🔔" else ()
        return Row(subject, tuple(others), mark, see)
    if not posted.child_ref or posted.child_ref not in posted.words:
        return posted.words
    mark, words = posted.words.split(posted.child_ref, 1)
    buttons = _buttons(posted, updates) if pressable else ()
    return Row(posted.child_ref, (words.removeprefix(" · "),), mark.strip(), buttons)


def _buttons(posted: PostedLine, updates: Set[int] | None) -> tuple[Button, ...]:
    """Return the next step of a line: to take what nobody owns, to open the rest; none of what is done.

    In a channel, where everybody sees the same, the button says for whom it is.
    """
    if posted.section == "missing" or posted.words.startswith(DONE):
        return ()
    if updates is not None and posted.number not in updates:
        return ()
    interview = f"interview {posted.child_ref} #{posted.number}"
    if posted.words.startswith("⚠"):
        return (Button(_("Take it (manager)") if updates is None else _("Take it"), f"{interview} take"),)
    return (Button(_("Open"), interview),)


def _call_line(m: Morning, p: Partnership) -> PostedLine:
    """Return the line of calls of a post; without words where no call was made."""
    return PostedLine(CALLS, 0, "", str(calls_row(m, p) or ""))


def _sections(lines: Sequence[PostedLine], updates: Set[int] | None = None) -> tuple[Section, ...]:
    """Return the sections of posted lines, each begun by its heading; the calls have none."""
    found: list[tuple[str, list[str]]] = []
    pressable = PRESSABLE
    for x in lines:
        if x.section == HEADING:
            found.append((x.words, []))
        elif x.words and x.section not in (COUNTED, IN_A_PART) and not x.section.startswith(IN_THREAD):
            if x.section == CALLS or not found:
                found.append(("", []))
            row = as_line(x, updates, pressable=pressable > 0)
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
        what = number_of(n, "{n} line removed", "{n} lines removed")
        if was_counted:
            what = number_of(n, "{n} more that was counted was wrong", "{n} more that were counted were wrong")
        words.append(_("{what}, corrected {when}.", what=what, when=clock.say_close(when, slot)))
    return tuple(words)


def corrected_words(posted: Posted, slot: datetime) -> tuple[str, ...]:
    """Write that something was corrected where only counts may be seen, once however often it happens.

    Never how many nor in which count: with the counts of the morning, that would tell a small one.
    """
    if posted.corrected_at is None:
        return ()
    when = clock.say_close(posted.corrected_at, slot)
    return (
        _("Corrected {when}: some of what stood here was wrong. Ask for today to see how things are now.", when=when),
    )


def changed(posted: Posted, m: Morning, episodes: Mapping[int, Episode], p: Partnership) -> Posted:
    """Return a posted digest with its lines as they are at the same day's `m.now`, and the counts of now beside it.

    The counts of the morning, its window and its warnings stay. `episodes` are those of its lines.
    """
    beside: list[str] = []
    if not is_known(m):
        beside = [_("No figures now: no source is recent enough.")]
    else:
        # A doubt of the morning grows older by the hour: it is not said a second time.
        said = {line.partition(":")[0] for line in posted.text}
        beside = [line for line in doubt_lines(m) if line.partition(":")[0] not in said]
        beside += [line for line in adults_line(m) if line not in posted.text]
        beside += [
            _("Now: {line}{line2}", line=line[:1].lower(), line2=line[1:])
            for line in count_lines(m)
            if line not in posted.text
        ]
    return replace(posted, lines=_ticked(posted.lines, m, episodes, p), beside=tuple(beside))


def changed_part(posted: Posted, m: Morning, episodes: Mapping[int, Episode], p: Partnership) -> Posted:
    """Return a part of the thread with its lines as they are now; what the morning counted stays."""
    return replace(posted, lines=_ticked(posted.lines, m, episodes, p))


def _ticked(
    lines: Sequence[PostedLine], m: Morning, episodes: Mapping[int, Episode], p: Partnership
) -> tuple[PostedLine, ...]:
    waiting = {i.episode.id: i for i in (*m.elsewhere, *m.interviews)}
    calls = _call_line(m, p)
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
    known = _(", {late} newly overdue", late=late) if m.usable("interviews") else ""
    words = _(
        "Closed: {done} of {n} handled, {n2} carried over{known}.",
        done=done,
        n=len(items),
        n2=len(items) - done,
        known=known,
    )
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
    if not is_known(m) or not _has_parts(m):
        return None  # the first message has told of a failure
    titles = (SAID, *(title for chosen in channel.digest.sections or _TITLES for title in _TITLES[chosen]))
    listed = all_sections(m, p, channel.digest.rows, private=False)
    shown = [x for x in listed if not x.section.title.endswith(": 0") and x.section.title.startswith(titles)]
    text = (*doubt_lines(m), *head_lines(m)) if len(channel.areas) > 1 else ()  # of one area the lead has it already
    text = (*text, *also_line(m), *hosted_line(m), *(adults_line(m) if len(channel.areas) > 1 else ()))
    lines = tuple(line for each in shown for line in _posted(each))
    reply = Reply(name, 1, text, sections=tuple(each.section for each in shown))
    return Lead(reply, (*lines, *in_a_part(m, reply, lines)))


def _has_parts(m: Morning) -> bool:
    changed = (m.reported, m.late, m.returned, m.voided, m.regraded, m.held, m.rulings, m.unreported)
    return any((m.missing, m.away, *changed, m.interviews, m.elsewhere, m.declined, m.owed))


def _posted(listed: ListedSection) -> Iterator[PostedLine]:
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
    rest = _("The rest of this part was taken away with it: ask for today everything {name}.", name=name)
    left = Posted((rest,), (), tuple(x for x in posted.lines if x.number < 0), level=0)
    return left, Reply(name, 0, (*removed_words(left.lines, slot), *left.text))


def references_taken_away(title: str, posted: Posted, slot: datetime) -> tuple[Posted, Reply]:
    """Return what stands in place of a post whose readers may see no reference any more."""
    rest = _("Taken away: not everybody who reads here is known to be entitled to it. Ask for today in private.")
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
            return code_words(i.state.name) if i.closed else None
        return _("recorded") if x.interview.recorded_at else _("done: nothing more is expected")
    if section == "missing":
        return (
            None
            if x.open_at(now)
            else _("no longer missing, since {until_at}", until_at=clock.say_near(x.until_at, now))
        )
    if i is None:
        return _("done: nothing more is expected")
    if i.theirs:
        return _("taken over by the placing authority")
    if i.closed or i.unrecorded:
        return code_words(i.state.name)
    if section == "no owner" and not i.unowned:
        return _("taken by {i}", i=owner_of(i, p))
    return None


def _withheld_lines(m: Morning, p: Partnership) -> tuple[PostedLine, ...]:
    said = said_alone(m, WITHHELD_ROWS)
    return (*(_posted(said) if said else ()), _call_line(m, p))
