"""Count what went wrong in a simulated year of calls, from the world's own facts and from what was delivered.

Nothing here asks the bot's rules: what a message says is read from its text as a person reads it, and what was known
is what an export, or somebody in chat, had told by then.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from statistics import median

from bot.rules.time.clock import from_london, instants, local_day, to_london

INTERVIEW = timedelta(hours=72)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
HOLIDAYS = frozenset(
    map(
        date.fromisoformat,
        (
            "2017-04-14",
            "2017-04-17",
            "2017-05-01",
            "2017-05-29",
            "2017-08-28",
            "2017-12-25",
            "2017-12-26",
            "2018-01-01",
        ),
    )
)
#: When the role duty can be told, every day; a deadline that ends before it works again can be told to nobody.
DUTY_FROM, DUTY_UNTIL = time(8), time(22)
STALE = {"police": timedelta(hours=12), "interviews": timedelta(hours=24)}
#: A call for "3 in 90 days" about a child who is back ends by itself after so long.
LAPSES = timedelta(days=7)
#: The fixed sentences, with and without the word that a partnership is one for practice.
SENTENCES = (
    "A safeguarding call waits for you in chat. Please acknowledge it there.",
    "DRILL, only a test: a test call waits for you in chat. No child is missing. Please acknowledge it there.",
)
CHANNELS = frozenset({"county-digest", "north-digest", "county-counts"})

ANSWERED = "people called after an acknowledgement for the same fact"
NOBODY_NEXT = "calls past their time with nobody called next within a tick"
TOO_LATE = "deadlines whose first word to anybody came after them, although somebody could be told"
NOT_CLEAR = "'All clear' said with something missing, due, overdue, rejected, stale or outstanding"
TOGETHER = "people of one agency called at one moment for one child, but for the first"
TEXT_LATE = "SMS sent after the acknowledgement in chat"
TEXT_OTHER = "SMS with anything but the fixed sentence"
NOT_LISTED = "calls in a gap of the rota to another than the listed holder"
UNSAID = "gaps of a rota that no notice named before they began"
MEASURES = (ANSWERED, NOBODY_NEXT, TOO_LATE, NOT_CLEAR, TOGETHER, TEXT_LATE, TEXT_OTHER, NOT_LISTED, UNSAID)


#: An absence, an agency, and a rule by its name.
Fact = tuple[int, str, str]
Times = defaultdict[Fact, list[datetime]]


# What happened


@dataclass
class Gone:
    """One absence as it was, and when what became known; all instants."""

    number: int
    child: int
    start: datetime
    back: datetime
    reported: datetime
    grades: list[tuple[datetime, str]] = field(default_factory=list)
    closed_at: datetime = FAR  # in the police's records
    void_at: datetime | None = None
    again_at: datetime | None = None  # reported a second time
    says_missing: bool = False
    says_back: bool = False
    held: datetime | None = None
    said_held: datetime | None = None
    recorded: datetime | None = None
    into: int | None = None  # one talk for this one and that
    known: datetime | None = None
    known_back: datetime | None = None  # by an export or by what was said
    filed_back: datetime | None = None  # by the police's export, or by the council's alone of one the police has not
    in_police: bool = False
    adult_at: datetime | None = None  # turned 18 while missing: no interview, and no list of children
    known_void: datetime | None = None
    known_held: datetime | None = None
    known_recorded: datetime | None = None
    said_missing: datetime | None = None
    said_back: datetime | None = None
    told_grades: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def due(self) -> datetime:
        return self.back + INTERVIEW

    def times_high(self, now: datetime) -> int:
        """Count the times that the grade had become high in what the exports told by now."""
        told = [grade == "high" for when, grade in self.told_grades if when <= now]
        return sum(high and not before for before, high in zip([False, *told], told, strict=False))

    def grade(self, now: datetime) -> str:
        told = [grade for when, grade in self.told_grades if when <= now]
        return told[-1] if told else ""


@dataclass(frozen=True)
class Called:
    """A call as its message says it: of one child, to a role of one agency, until then, for these rules."""

    ref: str
    agency: str
    role: str
    rules: tuple[str, ...]
    number: int
    until: datetime
    words: str

    @property
    def asks(self) -> bool:
        return re.search("strategy decision (is asked for )?by ", self.words, re.I) is not None


#: The rule that calls at once, and how its facts are said.
SPECIAL = "Under 13, child protection plan, UASC or graded high: any report"
_FACTS = ("under 13", "child protection plan", "UASC", "graded high", "missing since when")
_ONE = re.compile(r"(OX-[A-Z0-9]{4,6}): please acknowledge (?:by (.+)|now \(due by (.+)\))$")
#: The first line of a child in a message of several.
_HEAD = re.compile(r"^\S+ (OX-[A-Z0-9]{4,6}) · .+ · (?:by (.+)|now \(due by (.+)\))$")
_ROLE = re.compile(r"you are called(?: again)? \((.+?) of (police|council)\)\.", re.I)
_RULES = re.compile(r"Rules met: (.+)$", re.M)
_MOMENT = re.compile(r"(?:\w{3} (\d+) (\w{3})(?: (\d{4}))? )?(\d\d):(\d\d)(?: (BST|GMT))?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REF = re.compile(r"OX-[A-Z0-9]{4,6}")


def moment(words: str, now: datetime) -> datetime:
    """Read '21:01' of today, or 'Wed 5 Jul 07:01', in London time."""
    found = _MOMENT.fullmatch(words)
    assert found is not None, words
    day, month, year, hour, minute, zone = found.groups()
    there = to_london(now).date()
    if day:
        there = date(int(year or there.year), _MONTHS.index(month) + 1, int(day))
    wall = datetime.combine(there, time(int(hour), int(minute)))
    return instants(wall)[zone == "GMT"] if zone else from_london(wall)


@dataclass(frozen=True)
class Post:
    """One message as it arrived."""

    at: datetime
    to: str
    title: str
    text: str
    buttons: tuple[str, ...] = ()

    @cached_property
    def calls(self) -> Sequence[Called]:
        """The calls that it asks to acknowledge: of one child, or a block a child in the order of the buttons."""
        if (one := _ONE.match(self.title)) is not None:
            return [self._called(one, self.text, self.buttons)]
        if not re.match(r"(1 call waits|\d+ calls): please acknowledge ", self.title):
            return ()
        lines = self.text.split("\n")
        heads = [(n, found) for n, line in enumerate(lines) if (found := _HEAD.match(line)) is not None]
        ends = [*(n for n, _ in heads[1:]), len(lines)]
        blocks = ["\n".join(lines[n:end]) for (n, _), end in zip(heads, ends, strict=True)]
        pairs = zip(heads, blocks, self.buttons, strict=True)
        return [self._called(found, block, (button,)) for (_, found), block, button in pairs]

    def _called(self, head: re.Match[str], words: str, buttons: Sequence[str]) -> Called:
        said, named = _ROLE.search(words), _RULES.search(words)
        numbered = next((b for b in buttons if b.startswith("escalations ")), None)
        assert said is not None, words
        assert named is not None, words
        assert numbered is not None, words
        rules = dict.fromkeys(_rule(part) for part in named[1].split(" · "))
        when = moment(head[2] or head[3], self.at)
        return Called(head[1], said[2], said[1], tuple(rules), int(numbered.split()[1]), when, words)


def _rule(words: str) -> str:
    """Return a rule by its name: its days are left out, and facts that call at once are that rule."""
    return SPECIAL if words.startswith(_FACTS) else re.sub(r" \([^()]*\)$", "", words)


@dataclass(frozen=True)
class Ack:
    """An acknowledgement that was accepted, with the rules that its message named."""

    at: datetime
    ref: str
    agency: str
    rules: tuple[str, ...]
    number: int


@dataclass(frozen=True)
class Gap:
    """A span of a rota without anybody, and who is listed behind it."""

    role: str
    agency: str
    listed: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Instant:
    """One export that was loaded."""

    source: str
    at: datetime
    rejected: bool


@dataclass(frozen=True)
class Text:
    """One SMS that the provider took."""

    at: datetime
    to: str
    words: str
    reference: str


@dataclass
class Record:
    """Everything that happened and was delivered."""

    gone: list[Gone]
    gaps: list[Gap]
    phones: Mapping[str, str]
    refs: dict[int, str] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    ticks: list[datetime] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    loads: list[Instant] = field(default_factory=list)
    away: list[tuple[str, date, date]] = field(default_factory=list)
    decided: list[tuple[datetime, str]] = field(default_factory=list)
    drills_done: dict[str, datetime] = field(default_factory=dict)
    ends: datetime = FAR

    @cached_property
    def calls(self) -> list[tuple[Post, Called]]:
        return [(p, c) for p in self.posts for c in p.calls]

    @cached_property
    def asks(self) -> list[tuple[datetime, Gone]]:
        """The strategy decisions that calls asked for."""
        return [(p.at, self.of_number[c.number]) for p, c in self.calls if c.asks]

    @cached_property
    def by_ref(self) -> dict[str, list[Gone]]:
        found: dict[str, list[Gone]] = defaultdict(list)
        for one in self.gone:
            if one.child in self.refs:
                found[self.refs[one.child]].append(one)
        return found

    @cached_property
    def of_number(self) -> dict[int, Gone]:
        """The absence that each call is about, by the call's number."""
        return {call.number: self._about(post, call) for post, call in self.calls}

    @cached_property
    def answered(self) -> dict[Fact, list[datetime]]:
        """The times at which each agency acknowledged each rule of an absence."""
        found: dict[Fact, list[datetime]] = defaultdict(list)
        for a in self.acks:
            for rule in a.rules:
                found[self.of_number[a.number].number, a.agency, rule].append(a.at)
        return found

    def _about(self, post: Post, call: Called) -> Gone:
        """Return the newest absence of the child whose start the message gives, else the newest of all."""
        begun = [one for one in self.by_ref[call.ref] if one.start <= post.at]
        named = [one for one in begun if any(f"{to_london(m):%H:%M}" in call.words for m in (one.start, one.reported))]
        return (named or begun)[-1]


@dataclass
class Measured:
    """Each measure with its cases, what was looked at, and the rest in sentences."""

    wrong: dict[str, list[str]]
    seen: Counter[str]
    said: list[str]


# What is counted


def measure(r: Record) -> Measured:
    found = Measured({name: [] for name in MEASURES}, Counter(), [])
    for count in (_answered, _nobody_next, _deadlines, _clear, _together, _texts, _rota, _messages):
        count(r, found)
    return found


def _when(moment: datetime) -> str:
    return f"{to_london(moment):%a %d %b %H:%M}"


def _answered(r: Record, found: Measured) -> None:
    """Count calls for a rule that the agency had acknowledged, unless its fact began anew since."""
    done: dict[tuple[int, str, str], Ack] = {}
    events: list[tuple[datetime, int, Ack | tuple[Post, Called]]] = [(a.at, 0, a) for a in r.acks]
    events += [(post.at, 1, (post, call)) for post, call in r.calls]
    for now, _, what in sorted(events, key=lambda e: e[:2]):
        if isinstance(what, Ack):
            one = r.of_number[what.number]
            done |= {(one.number, what.agency, rule): what for rule in what.rules}
            continue
        post, call = what
        one = r.of_number[call.number]
        found.seen["calls delivered"] += 1
        for rule in call.rules:
            ack = done.get((one.number, call.agency, rule))
            if ack is not None and not _anew(rule, one, ack.at, now):
                case = f"{_when(now)} {post.to} for absence {one.number}: {rule} (acknowledged {_when(ack.at)})"
                found.wrong[ANSWERED].append(case)


def _anew(rule: str, one: Gone, since: datetime, now: datetime) -> bool:
    of_grade = rule.startswith(("Graded high", "Under 13"))
    return of_grade and one.times_high(now) > one.times_high(since)


def _nobody_next(r: Record, found: Measured) -> None:
    """Count calls whose time was over, unanswered and still needed, with nobody called in the next tick.

    A rule of an absence that is over climbs on with those of the child's next one: a message of either that names it is
    the next call, and answers for it.
    """
    posted: dict[Fact, list[tuple[Post, Called]]] = defaultdict(list)
    for post, call in r.calls:
        for rule in call.rules:
            posted[r.of_number[call.number].number, call.agency, rule].append((post, call))
    numbered = {one.number: one for one in r.gone}
    acked = _of_children(r.answered, numbered)
    following = _of_children({key: [post.at for post, _ in those] for key, those in posted.items()}, numbered)
    missed: dict[int, str] = {}
    for key, calls in posted.items():
        one, rule = numbered[key[0]], key[2]
        of_child = (one.child, key[1], rule)
        for post, call in calls:
            at = bisect_left(r.ticks, call.until)
            tick = r.ticks[at] if at < len(r.ticks) else FAR
            if tick == FAR or any(post.at <= a <= tick for a in acked[of_child]):
                continue
            found.seen["calls whose time was over"] += 1
            again = any(post.at < when <= tick for when in following[of_child])
            if not (again or _is_over(rule, one, calls[0][0].at, tick)):
                missed[call.number] = f"{_when(tick)} after {post.to} for absence {one.number}: {rule}"
    found.wrong[NOBODY_NEXT] += missed.values()


def _of_children(of_absences: Mapping[Fact, Sequence[datetime]], numbered: Mapping[int, Gone]) -> Times:
    """Return the times by child, agency and rule."""
    found: Times = defaultdict(list)
    for (number, agency, rule), times in of_absences.items():
        found[numbered[number].child, agency, rule] += times
    return found


def _is_over(rule: str, one: Gone, first: datetime, now: datetime) -> bool:
    """Tell whether nothing asks for a call any more, by what the police's exports had told."""
    if one.known_void and one.known_void <= now:
        return True
    if rule.startswith("3 in"):
        return first + LAPSES <= now
    grown_up = one.adult_at is not None and one.adult_at <= now and not rule.startswith("Turned 18")
    if grown_up or (one.filed_back and one.filed_back <= now):
        return True
    if rule.startswith("No grade"):
        return bool(one.grade(now))
    flagged = one.child % 6 == 1 or one.child % 9 == 2
    if rule.startswith("Graded high") or (rule.startswith("Under 13") and not flagged):
        return one.grade(now) != "high"
    return False


NOT_KNOWN = "deadlines that nobody could know: no export, and nobody in chat, said the return before them"
HELD = "deadlines of interviews that were known to be held before them"
SAID = "deadlines with a word to a person before them"
AT_NIGHT = "deadlines that nobody could be told of: known, and over, in the same night"
AGAIN = "deadlines over while the child was missing again: the interview waits for the return"


def _deadlines(r: Record, found: Measured) -> None:
    """Count deadlines without a word to a person before them, where somebody could know and be told."""
    words: dict[str, list[Post]] = defaultdict(list)
    for post in r.posts:
        if post.to not in CHANNELS and not post.calls:
            for ref in set(_REF.findall(post.text)):
                words[ref].append(post)
    for one in r.gone:
        if one.known_void or one.adult_at or one.due > r.ends:
            continue
        found.seen["deadlines of return interviews"] += 1
        if why := _why_fine(one, words.get(r.refs.get(one.child, ""), ()), r):
            found.seen[why] += 1
        else:
            known = _when(one.known_back or one.due)
            found.wrong[TOO_LATE].append(f"absence {one.number} back {_when(one.back)}, known {known}")


def _why_fine(one: Gone, words: Sequence[Post], r: Record) -> str:
    """Return why a deadline is none that came before its first word; empty where it is."""
    known, due = one.known_back, one.due
    if known is None or known >= due:
        return NOT_KNOWN
    if one.known_held and one.known_held <= due:
        return HELD
    if any(known <= p.at <= due and _names(p, one) for p in words):
        return SAID
    if _duty_time(known, due) < timedelta(hours=1):
        return AT_NIGHT
    return AGAIN if any(o.child == one.child and one.start < o.start < due for o in r.gone) else ""


def _names(post: Post, one: Gone) -> bool:
    """Tell whether a line of the message is of this interview, by its deadline."""
    local = to_london(one.due)
    return f"{local:%a} {local.day} {local:%b}" in post.text and f"{local:%H:%M}" in post.text


def _duty_time(since: datetime, until: datetime) -> timedelta:
    """Return how long the role duty, or anybody at work, could be told between these."""
    total, day = timedelta(), local_day(since)
    while day <= local_day(until):
        opens, closes = (from_london(datetime.combine(day, t)) for t in (DUTY_FROM, DUTY_UNTIL))
        total += max(timedelta(), min(until, closes) - max(since, opens))
        day += timedelta(days=1)
    return total


#: The title of a digest's first message.
DIGEST = re.compile(r".+ · \w{3} \d+ \w+, \d\d:\d\d")


def _clear(r: Record, found: Measured) -> None:
    """Count digests that say "All clear" with anything left to do in their areas."""
    for post in r.posts:
        if post.to not in CHANNELS or not DIGEST.fullmatch(post.title):
            continue
        found.seen["digests"] += 1
        if "All clear" in post.text:
            found.seen["digests that said 'All clear'"] += 1
            here = [one for one in r.gone if post.to != "north-digest" or one.child % 3 == 0]
            for why in (*_left(here, post.at), *_unread(r, post.at), *_undecided(r, here, post.at)):
                found.wrong[NOT_CLEAR].append(f"{_when(post.at)} {post.to}: {why}")


def _left(here: Sequence[Gone], now: datetime) -> Iterator[str]:
    for one in here:
        if one.known is None or one.known > now or (one.known_void and one.known_void <= now):
            continue
        is_adult = one.adult_at is not None and one.adult_at <= now
        if not is_adult and (one.known_back is None or one.known_back > now):
            yield f"absence {one.number} is missing"
        elif is_adult:
            continue
        elif one.known_recorded is None or one.known_recorded > now:
            yield f"absence {one.number}: interview due {_when(one.due)} not recorded"


def _unread(r: Record, now: datetime) -> Iterator[str]:
    for source, age in STALE.items():
        loads = [x for x in r.loads if x.source == source and x.at <= now]
        if not loads or now - loads[-1].at > age:
            yield f"{source} stale"
        elif loads[-1].rejected:
            yield f"{source} had a rejected row"


def _undecided(r: Record, here: Sequence[Gone], now: datetime) -> Iterator[str]:
    for asked, one in r.asks:
        done = any(asked < when <= now and ref == r.refs.get(one.child) for when, ref in r.decided)
        if asked <= now and one in here and not done and not one.known_void:
            yield f"absence {one.number}: a strategy decision is outstanding"


def _together(r: Record, found: Measured) -> None:
    at_once: dict[tuple[datetime, str, str], set[str]] = defaultdict(set)
    for post, call in r.calls:
        at_once[post.at, call.ref, call.agency].add(post.to)
    for (when, ref, agency), people in at_once.items():
        found.wrong[TOGETHER] += [f"{_when(when)} {agency}: {', '.join(sorted(people))} for {ref}"] * (len(people) - 1)


def _texts(r: Record, found: Measured) -> None:
    """Count SMS to people whose calls were all acknowledged, and SMS that say anything of their own."""
    for text in r.texts:
        sentence = text.words.removeprefix("PRACTICE, no real call. ")
        if sentence not in SENTENCES:
            found.wrong[TEXT_OTHER].append(f"{_when(text.at)} {text.to}: {text.words}")
        theirs = [(p, c) for p, c in r.calls if p.to == text.to and p.at <= text.at < p.at + timedelta(hours=36)]
        if sentence == SENTENCES[0] and not any(_waits(r, p, c, text.at) for p, c in theirs):
            found.wrong[TEXT_LATE].append(f"{_when(text.at)} {text.to}")
    found.seen["SMS taken by the provider"] = len(r.texts)
    found.seen["SMS taken twice"] = len(r.texts) - len({(t.to, t.reference) for t in r.texts})


def _waits(r: Record, post: Post, call: Called, now: datetime) -> bool:
    """Tell whether a rule of the call was not acknowledged by now."""
    number = r.of_number[call.number].number
    known = (r.answered.get((number, call.agency, rule), ()) for rule in call.rules)
    return any(not any(post.at <= a <= now for a in times) for times in known)


def _rota(r: Record, found: Measured) -> None:
    notices = [p for p in r.posts if p.to == "admin" and "Gap in the rota" in p.text]
    for gap in r.gaps:
        if gap.begins > r.ends:
            continue
        found.seen["gaps of a rota"] += 1
        local = to_london(gap.begins)
        words = f"{gap.role.replace('_', ' ')} of {gap.agency}: nobody"
        begins = f"from {local:%a} {local.day} {local:%b} {local:%H:%M}"
        if not any(p.at < gap.begins and words in p.text and begins in p.text for p in notices):
            found.wrong[UNSAID].append(f"{words} {begins}")
        for post, call in r.calls:
            is_of = call.role == gap.role.replace("_", " ") and call.agency == gap.agency
            if is_of and gap.begins <= post.at < gap.ends:
                found.seen["calls in a gap of the rota"] += 1
                gone = any(who == gap.listed and a <= local_day(post.at) <= b for who, a, b in r.away)
                if post.to != gap.listed and not gone:
                    found.wrong[NOT_LISTED].append(f"{_when(post.at)} {post.to} as {call.role}")


def _messages(r: Record, found: Measured) -> None:
    """Say how many messages people had on a day."""
    per: Counter[tuple[str, date]] = Counter()
    kinds: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for post in r.posts:
        if post.to not in CHANNELS:
            key = (post.to, local_day(post.at))
            per[key] += 1
            kinds[key][re.sub(r"\d+|: .*", "", post.title).strip()] += 1
    if not per:
        return
    (who, day), most = per.most_common(1)[0]
    what = ", ".join(f"{count} {kind!r}" for kind, count in kinds[who, day].most_common())
    days = (local_day(r.ticks[-1]) - local_day(r.ticks[0])).days + 1
    people = {person for person, _ in per}
    every = [per[person, local_day(r.ticks[0]) + timedelta(days=n)] for person in people for n in range(days)]
    found.said += [
        f"Messages a person and day: {sum(per.values()):,}; median of days with any {median(per.values()):g}, of all "
        f"days {median(every):g}; highest {most}: {who}, {day:%a %d %b}: {what}",
        *(f"  {who}, {day:%a %d %b}: {count}" for (who, day), count in per.most_common(5)[1:]),
    ]
