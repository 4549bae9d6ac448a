"""The digest as it is posted: two lines and what is to be done first in the channel; each area in the thread under it.

What was listed stays listed through the day: a line that has been dealt with says so (chat.md §4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.conversation.reply import Reply, Section
from bot.messages.digest import SAID, compose
from bot.messages.digest_lead import lead
from bot.messages.episode_lines import interview_line, open_line, owner_of
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.model import Episode
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import Morning
from bot.rules.time import clock

#: What the channel itself shows; the rest stands in the thread.
FIRST = 5
FIRST_OF_ALL = "To do first"
BEFORE = "before"

Item = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Lead:
    """A digest's first message, and what it lists: section and number of the episode, in order."""

    reply: Reply
    items: tuple[Item, ...]
    done: int = 0


@dataclass(frozen=True, slots=True)
class Since:
    """What has happened since it was posted: the items it listed, and what became of those that are done."""

    items: tuple[Item, ...]
    episodes: Mapping[int, Episode]
    done: Mapping[int, str]
    closing: bool = False


def compose_lead(
    m: Morning, p: Partnership, channel: Channel, slot: datetime, back: datetime | None, since: Since | None = None
) -> Lead:
    """The first message of a digest with references (level 1), as posted or as it stands since.

    `slot` is when it was due, `back` (before a weekend or holiday) when people are at work again.
    """
    name, rows = channel.name, channel.digest.rows
    whole = compose(m, p, name, rows)
    title = f"Missing children digest, {name}, {clock.say(slot)}"
    if whole.status == "failed":
        return Lead(replace(whole, title=title), ())
    before, first = _due_before(m, back), _first(m, back)
    listed = since.items if since else (*before[:rows], *first[:FIRST])
    lines = _ItemLines(m, p, since)
    sections = (
        lines.section(_before(back), listed, BEFORE, len(before)),
        lines.section(FIRST_OF_ALL, listed, "", len(first)),
        *(s for s in whole.sections if s.title.startswith("Escalation") and s.lines != ("None.",)),
    )
    done = sum(number in since.done for _, number in listed) if since else 0
    text = (*lead(m), *_closing(since, done))
    shown = tuple(s for s in sections if s.lines)
    return Lead(replace(whole, title=title, text=text, facts=(), sections=shown), tuple(listed), done)


def compose_area(m: Morning, p: Partnership, name: str, channel: Channel) -> Reply | None:
    """One area in the thread: all of its sections that a channel wants; None where there is nothing to say.

    What is zero is in the two lines at the top, and needs no section of its own.
    """
    whole = compose(m, p, name, channel.digest.rows)
    if whole.status == "failed" or not _anything(m):
        return None  # of a failure the first message has told
    sections = tuple(s for s in whole.sections if not _is_empty(s) and _is_wanted(s, channel.digest.sections))
    text = whole.text if len(channel.areas) > 1 else ()  # else it would say what stands above it
    return replace(whole, title=name, text=text, facts=(), sections=sections, footer=(), buttons=())


def _is_empty(section: Section) -> bool:
    return section.title.endswith(": 0")


def _anything(m: Morning) -> bool:
    return any((m.missing, m.away, m.reported, m.late, m.returned, m.interviews, m.held, m.declined, m.rulings))


#: What a channel may choose, and the titles it stands for.
_TITLES: dict[str, tuple[str, ...]] = {
    "interviews": ("No owner", "Overdue", "Due in", "Return interviews", "Held, not recorded"),
    "missing": ("Missing now", "Away from placement", "Missing, reported", "Turned 18"),
    "changes": ("Reported", "Late entries", "Returned"),
    "rules": ("Rules met", "Escalation"),
    "gaps": ("Gaps",),
}


def _is_wanted(section: Section, wanted: Sequence[str]) -> bool:
    """Every channel is told who left its lists by a person's word, whatever it chose."""
    return section.title.startswith(SAID) or any(section.title.startswith(_TITLES[w]) for w in wanted or _TITLES)


def _due_before(m: Morning, back: datetime | None) -> list[Item]:
    """Interviews whose time ends before people are back: today is the last day on which somebody can see to them."""
    if back is None:
        return []
    return [(BEFORE, i.episode.id) for i in m.interviews if i.undone and not i.overdue and m.now + i.left < back]


def _first(m: Morning, back: datetime | None) -> list[Item]:
    """Unowned first, then overdue, due soon, and missing; what is forgotten would hide what can be saved."""
    taken = {number for _, number in _due_before(m, back)}
    todo = [
        *(("no owner", i) for i in m.unowned if not i.forgotten),
        *(("overdue", i) for i in m.overdue if not i.unowned and not i.forgotten),
        *(("due", i) for i in m.due_soon if not i.unowned),
    ]
    waiting = [(section, i.episode.id) for section, i in todo if i.episode.id not in taken]
    return [*waiting, *(("missing", x.id) for x in m.missing)]


def _before(back: datetime | None) -> str:
    return f"Before people are back on {clock.say_short(back)}, these fall due" if back else ""


def _closing(since: Since | None, done: int) -> tuple[str, ...]:
    if since is None or not since.closing or not since.items:
        return ()
    left = len(since.items) - done
    return (f"Closed for today: {done} of {len(since.items)} handled, {left} carried over.",)


@dataclass(frozen=True, slots=True)
class _ItemLines:
    """How each item reads now."""

    m: Morning
    p: Partnership
    since: Since | None

    def section(self, title: str, items: Sequence[Item], only: str, count: int) -> Section:
        """The items of one section, and how many more the thread has."""
        chosen = [number for section, number in items if (section == BEFORE) == (only == BEFORE)]
        hidden = max(0, count - len(chosen)) if self.since is None else 0
        more = (f"… and {hidden} more in the thread",) if chosen and hidden else ()
        return Section(title, (*map(self._line, chosen), *more), hidden if chosen else 0)

    def _line(self, number: int) -> str:
        if self.since and number in self.since.done:
            x = self.since.episodes[number]
            return f"✓ {x.child_ref} · {self.since.done[number]} · {x.area}"
        interview = next((i for i in self.m.interviews if i.episode.id == number), None)
        return interview_line(interview, self.p, self.m.now) if interview else self._missing(number)

    def _missing(self, number: int) -> str:
        found = next((x for x in self.m.missing if x.id == number), None)
        found = found or (self.since.episodes[number] if self.since else None)
        return open_line(found, (), self.m.now) if found else ""


def became_of(item: Item, x: Episode, i: OpenInterview | None, p: Partnership, now: datetime) -> str | None:
    """What became of a line since it was posted, in a few words; None while it still waits.

    `i` is its interview if that still expects something.
    """
    section, _ = item
    if section == "missing":
        return None if x.open_at(now) else f"no longer missing, since {clock.say_near(x.until_at, now)}"
    if i is None:
        return "done: nothing more is expected"
    if i.closed or i.state.name == "held":
        return i.state.name
    if section == "no owner" and not i.unowned:
        return f"taken by {owner_of(i, p)}"
    return None


def signature(reply: Reply, since: Since | None) -> str:
    """Of all that is worth a change: not the hours left, which are others at every look."""
    done = sorted(since.done.items()) if since else []
    called = [s.lines for s in reply.sections if s.title.startswith("Escalation")]
    return sha256(repr((reply.text, done, called)).encode()).hexdigest()
