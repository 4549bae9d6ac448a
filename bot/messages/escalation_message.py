"""Calls to one person: the recorded facts, why you, the rules, the time to acknowledge, the other agency (level 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply, Row, first_primary
from bot.messages.episode_lines import DONE, GRADE_MARKS, contradicted, so_far
from bot.rules.access.permissions import Grant, Scope, decide, holders, roles_today
from bot.rules.catalogue import _, code_words, n_
from bot.rules.episodes.doubts import START
from bot.rules.episodes.risk_flags import GRADE_ORDER, GRADE_WORDS, doubt_words, feared_grade, grade_at
from bot.rules.escalations.calls import Absence, Call, Raised, Situation, calls, triggers_met
from bot.rules.escalations.ladder import next_role
from bot.rules.escalations.strategy import STAGE_WORDS, Question
from bot.rules.figures import repeat_triggers
from bot.rules.interviews.steps import InterviewStep
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.text.area_names import spoken
from bot.rules.time import clock

#: Decisions in one reminder; the rest is one command away.
MOST = 8
NOBODY_YET = _("nobody called yet")
NO_JUDGEMENT = _("Rules of your partnership on recorded facts. The police grade risk; the bot grades nothing.")
WORDS = {
    "considered": _("considered"),
    "threshold_met": _("threshold met"),
    "threshold_not_met": _("threshold not met"),
    "discussion_held": _("strategy discussion held"),
}


def role_words(role: str) -> str:
    return code_words(role)


def moment(when: datetime, now: datetime) -> str:
    """'09:12' today, with the day where it is another one."""
    return clock.say_close(when, now)


def rule_name(p: Partnership, rule: str) -> str:
    """The rule in the partnership's words; one that its file no longer has is called by its id."""
    found = p.escalation(rule)
    return found.name if found else rule


def vacant_words(call: Call, area: str, p: Partnership, now: datetime) -> Iterator[str]:
    """Yield each role of a call that no person was called for: 'nobody holds detective lead of police'."""
    for r in call.tiers:
        if not r.person:
            those = holders(p, r.role, now, agency=r.agency, area=area)
            vacant = _("nobody could be called as") if those else _("nobody holds")
            yield _(
                "{vacant} {role_words} of {agency}",
                vacant=vacant,
                role_words=role_words(r.role),
                agency=code_words(r.agency),
            )


def next_tier(named: Sequence[Call], p: Partnership) -> str:
    """The role that is called next for these rules; empty where the last one is called again."""
    last = named[0].called or named[0].tiers[-1]
    return next_role(p, last.agency, [c.first.rule for c in named], last.role)


def acknowledged_at(call: Call) -> datetime:
    """Return when a call was acknowledged; of one that is over without it, when it was made."""
    done = call.acknowledged or call.first
    return done.acknowledged_at or done.at


def newest(raised: Iterable[Raised]) -> list[Call]:
    """Of each rule and agency the call that counts: the newest crossing, and none that was put right."""
    found: dict[tuple[str, str], Call] = {}
    for call in calls(r for r in raised if r.crossing > 0):
        found[call.first.rule, call.first.agency] = call
    return [c for c in found.values() if not c.put_right]


def not_called(
    absence: Absence, made: Sequence[Call], starts: Mapping[int, Sequence[datetime]], p: Partnership, now: datetime
) -> list[str]:
    """Return the rules, by name, that a child meets by now and for which no call was made: a fault to be said."""
    called = {c.first.rule for c in made}
    met = (t.rule for t in triggers_met(absence, starts, p, now))
    return [rule_name(p, rule.id) for rule in met if rule.id not in called]


def rule_words(
    rule: str, records: Sequence[Episode], p: Partnership, now: datetime, starts: Sequence[datetime] | None = None
) -> str:
    """Return a rule that is met as short as the facts allow: never a grade of the bot's own (R24).

    A repeat rule has its days where the `starts` of the child are given.
    """
    found = p.escalation(rule)
    condition = found.condition if found else ""
    if condition == "special":
        return ", ".join(_special(records, now)) or rule_name(p, rule)
    if condition == "repeat" and starts is not None:
        begun = {x.start_at for x in records}
        fired = [c for rule in p.repeat_rules[:1] for c in repeat_triggers(starts, rule, now) if c.fired_at in begun]
        days = ", ".join(clock.say_day_near(s, now) for s in fired[0].starts) if fired else ""
        return _("{p} ({days})", p=rule_name(p, rule), days=days or _("the starts on record have changed since"))
    return rule_name(p, rule)


def _special(records: Sequence[Episode], now: datetime) -> Iterator[str]:
    """Yield the facts on record that call at once; of a child with another of them, a high grade is a rule apart."""
    recorded = {
        _("under 13"): any(x.under_13 for x in records),
        _("child protection plan"): any(x.cp for x in records),
        _("UASC"): any(x.uasc for x in records),
        _("missing since when is not known"): all(START in x.doubts for x in records),
    }
    yield from (name for name, is_so in recorded.items() if is_so)
    if not any(recorded.values()) and any(feared_grade(x, now) == "high" for x in records):
        yield _("graded high")


def grade_words(records: Sequence[Episode], now: datetime) -> tuple[str, str]:
    """Return the mark and the word of the police's grade. One of two records may have it."""
    graded = next((grade for x in records if (grade := grade_at(x, now)) is not None), None)
    unread = graded is None and any(x.grade_before for x in records)
    return GRADE_MARKS[graded], _("grade not readable") if unread else GRADE_WORDS[graded]


def who_words(records: Sequence[Episode]) -> str:
    """Return the age band and whose child: 'under 13, looked after'. Of a child who turned 18, that and no age."""
    first = records[0]
    age = _("under 13") if any(x.under_13 for x in records) else first.age_band
    adult = any(x.left_as_adult for x in records)
    facts = {
        _("looked after"): any(x.lac for x in records),
        _("child protection plan"): any(x.cp for x in records),
        _("UASC"): any(x.uasc for x in records),
    }
    return ", ".join((_("18 by now") if adult else age, *(name for name, is_so in facts.items() if is_so)))


def length_words(records: Sequence[Episode], now: datetime, *, short: bool = False) -> str:
    """Return 'missing 14 h, since 18:20', or its `short` form; for a child who is back, from when on."""
    first = records[0]
    since = moment(first.start_at, now)
    if all(START in x.doubts for x in records):
        return _("missing, since when not known")
    if not any(x.open_at(now) for x in records):
        return _("missing from {since}", since=since)
    return _(
        "missing {now}{since}",
        now=clock.say_hours(now - first.start_at),
        since="" if short else _(", since {since}", since=since),
    )


def told(step: InterviewStep, p: Partnership, now: datetime, *, private: bool) -> str:
    """'threshold met, because exploitation: team manager of council, Wed 5 Jul 09:12'."""
    why = _(", because {detail}", detail=step.detail) if step.detail else ""
    what = WORDS.get(step.kind, step.kind)
    person = p.person(step.by)
    held = roles_today(person, clock.local_day(now)) if person else ()
    role = role_words(held[0].role) if held else _("a role that has ended")
    by = (
        _("{role} of {agency}", role=role, agency=code_words(person.agency))
        if person
        else _("somebody no longer listed")
    )
    return f"{what}{why}: {by}{f' ({step.by})' if private else ''}, {clock.say_near(step.said_at, now)}"


def by_when(q: Question, now: datetime) -> str:
    """The last day in time, and whether it is over."""
    late = _(", OVERDUE") if q.stage == "decision" and q.decide_by <= now else ""
    return f"{clock.say_day_near(q.decide_by - timedelta(seconds=1), now)}{late}"


def stage(q: Question, p: Partnership, now: datetime, *, private: bool) -> str:
    """Return the stage of the decision, with its newest step."""
    newest = q.held or q.decided or q.considered
    return "; ".join((STAGE_WORDS[q.stage], *([told(newest, p, now, private=private)] if newest else [])))


def history(q: Question | None, p: Partnership, now: datetime, *, private: bool) -> Iterator[str]:
    """Everything that is known of the decision on one episode."""
    if q is None:
        yield _("No rule has asked for a strategy decision on this episode, and nobody has said one.")
        return
    rules = ", ".join(rule_name(p, rule) for rule in q.rules)
    if rules:
        yield _(
            "Asked for by: {rules}, {asked_at}; by the end of {by_when}.",
            rules=rules,
            asked_at=clock.say_near(q.asked_at, now),
            by_when=by_when(q, now),
        )
    said = [told(s, p, now, private=private) for s in (q.considered, q.decided, q.held) if s is not None]
    yield from (f"{line[0].upper()}{line[1:]}." for line in said)
    yield f"{STAGE_WORDS[q.stage][0].upper()}{STAGE_WORDS[q.stage][1:]}."


@dataclass(frozen=True, slots=True)
class Told:
    """One call of a message: of one child, by all rules that it names. `records` are those of the child's absence."""

    number: int
    rows: Sequence[Raised]
    named: Sequence[Call]
    records: Sequence[Episode] = ()

    @property
    def x(self) -> Episode:
        """The record that met the first rule."""
        return next((r for r in self.records if r.id == self.rows[0].episode_id), self.records[0])

    @property
    def agency(self) -> str:
        return self.rows[0].agency

    @property
    def end(self) -> datetime:
        return min(r.acknowledge_by for r in self.rows)

    @property
    def settled(self) -> bool:
        return not any(c.open for c in self.named)

    @property
    def following(self) -> Raised | None:
        """The tier called after this one that has not answered in its time yet; None where there is none."""
        later = [r for c in self.named if (r := c.waits) is not None and r.message > self.number]
        return max(later, key=lambda r: r.id, default=None)

    @property
    def stage(self) -> str:
        """The outcome of the call as a code; empty while it waits for its reader alone."""
        if self.settled:
            return _("{value} over", value=self.number)
        return _("{value} to {following}", value=self.number, following=self.following.id) if self.following else ""


def worst_first(told: Iterable[Told], now: datetime) -> list[Told]:
    """Sort by what waits, then ungraded and HIGH before others, then by the time to acknowledge."""

    def rank(t: Told) -> tuple[int, int, datetime, int]:
        grades = [grade for x in t.records if (grade := grade_at(x, now)) is not None]
        stage = 2 if t.settled else 1 if t.following else 0
        return stage, GRADE_ORDER[grades[0] if grades else None], t.end, t.number

    return sorted(told, key=rank)


def message(
    told: Sequence[Told], s: Situation, person: Person | None, p: Partnership, age: tuple[str, ...] = ()
) -> Reply:
    """Compose the calls to one person: of one child in full, of several a block a child, the worst first.

    `age` is the age of the police's data in words.
    """
    found = worst_first(told, s.now)
    if not found:  # a child who died is not mentioned any more
        return Reply(_("Nothing more is asked"), 2, (_("This call is over."),))
    if len(found) == 1:
        return _settled(found[0], p, s.now) if found[0].settled else _one(found[0], s, person, p, age)
    waiting = [t for t in found if not t.stage]
    passed = [t for t in found if t.following and not t.settled]
    title = _("{n} calls: nothing more is asked", n=len(found))
    if waiting:
        several = len(waiting) > 1
        end = by_words(min(t.end for t in waiting), s.now, _("the first ") if several else "")
        title = _(
            "{calls}: please acknowledge {end}",
            calls=_("{n} calls", n=len(waiting)) if several else _("1 call waits"),
            end=end,
        )
    elif passed:
        title = _("{n} calls passed on: you can still acknowledge", n=len(passed))
    lines = tuple(line for t in found for line in _block(t, s, p, first=t is found[0]))
    footer = (_next_of_each([*waiting, *passed], p, s.now), NO_JUDGEMENT, *age) if waiting or passed else ()
    return Reply(title, 2, lines, footer=footer)


def _one(t: Told, s: Situation, person: Person | None, p: Partnership, age: tuple[str, ...]) -> Reply:
    """Compose the call of one child."""
    x, now = t.x, s.now
    passed = t.following is not None
    title = _(
        "{ref}: {passed} acknowledge", ref=x.child_ref, passed=_("passed on, you can still") if passed else _("please")
    )
    buttons = [Button(_("Acknowledge"), f"escalations {t.number} acknowledge", primary=True)]
    # No button where the look-up would be refused as outside their area, and counted as a miss.
    grant = decide(person, "member", "child", 2, p, clock.local_day(now)) if person else None
    scope = grant.scope((x.area,)) if isinstance(grant, Grant) else None
    if isinstance(scope, Scope) and scope.cases_of is None:
        buttons.append(Button(_("Look up {ref}", ref=x.child_ref), f"child {x.child_ref}"))
    grade = " ".join(grade_words(t.records, now))
    head = (grade, who_words(t.records), length_words(t.records, now), spoken(x.area))
    return Reply(
        title=title if passed else f"{title} {by_words(t.end, now)}",
        level=2,
        text=(
            " · ".join(head),
            *_how_it_stands(x, now),
            _passed_on(t, now) if passed else _why_you(t, now),
            _rules_met(t, s, p),
            *_not_confirmed(t, s, p),
            *_decision(t, now),
        ),
        footer=(" · ".join((*_others(t, s, p), _what_next(t, p, now))), NO_JUDGEMENT, *age),
        buttons=tuple(buttons),
    )


def _block(t: Told, s: Situation, p: Partnership, *, first: bool) -> Iterator[str]:
    """Yield the lines of one child in a message of several: a row with its button, and why."""
    x, now = t.x, s.now
    if t.settled:
        yield Row(x.child_ref, (_outcome(t, now),), DONE if any(c.acknowledged for c in t.named) else "")
        return
    mark, grade = grade_words(t.records, now)
    label = _("Acknowledge {all}{ref}", all=_("all of ") if len(t.rows) > 1 else "", ref=x.child_ref)
    button = Button(label, f"escalations {t.number} acknowledge", primary=first)
    yield Row(x.child_ref, (grade,) if t.following else (grade, by_words(t.end, now)), mark, (button,))
    hosted = ("hosted",) if x.hosted else ()
    yield " · ".join((who_words(t.records), length_words(t.records, now, short=True), spoken(x.area), *hosted))
    yield from _how_it_stands(x, now, short=True)
    asked = decide_by(t)
    decision = (
        _(" Strategy decision by {asked}.", asked=clock.say_day_near(asked - timedelta(seconds=1), now))
        if asked
        else ""
    )
    yield f"{_passed_on(t, now) if t.following else _why_you(t, now)}{decision} {_rules_met(t, s, p)}"


def by_words(end: datetime, now: datetime, which: str = "") -> str:
    """Return 'by 09:29', or 'now (due by 08:28)' where that is over."""
    return (
        _("now (due by {moment})", moment=moment(end, now))
        if end <= now
        else _("{which}by {moment}", which=which, moment=moment(end, now))
    )


def _rules_met(t: Told, s: Situation, p: Partnership) -> str:
    starts = s.starts.get(t.x.child_id, ())
    named = [rule_words(r.rule, s.records(r.episode_id) or t.records, p, s.now, starts) for r in t.rows]
    return _("Rules met: {fromkeys}", fromkeys=" · ".join(dict.fromkeys(named)))


def decide_by(t: Told) -> datetime | None:
    """Return the end of the time for the strategy decision that a call asks for; None where it asks for none."""
    return min((c.first.decide_by for c in t.named if c.open and c.first.decide_by is not None), default=None)


def _decision(t: Told, now: datetime) -> Iterator[str]:
    if (asked := decide_by(t)) is not None:
        until = clock.say_day_near(asked - timedelta(seconds=1), now)
        yield _(
            "A strategy decision is asked for by the end of {until}: strategy {ref} considered.",
            until=until,
            ref=t.x.child_ref,
        )


def _passed_on(t: Told, now: datetime) -> str:
    later = t.following
    if later is None:
        return ""
    at = moment(later.at, now)
    if later.person == t.rows[0].person:
        return _("You were called again at {at}. You can acknowledge here too.", at=at)
    return _(
        "Passed on to the {role_words} at {at}. You can still acknowledge.", role_words=role_words(later.role), at=at
    )


def _others(t: Told, s: Situation, p: Partnership) -> Iterator[str]:
    """Yield the person whom the other agency called for these rules, and the answer: 'Council: director, no answer'."""
    rules = {r.rule for r in t.rows}
    about = {x.id for r in t.rows for x in s.records(r.episode_id)} | {r.episode_id for r in t.rows}
    others = [c for c in newest(r for r in s.raised if r.episode_id in about) if c.first.rule in rules]
    said: dict[str, str] = {}
    for c in others:
        if c.first.agency != t.agency and (c.open or c.first.agency not in said):
            said[c.first.agency] = agency_words([c], t.x.area, p, s.now)
    yield from (f"{agency.capitalize()}: {words}" for agency, words in said.items())


def agency_words(of: Sequence[Call], area: str, p: Partnership, now: datetime) -> str:
    """Return how one agency's calls stand: 'director, not yet, next 09:29', 'director, acknowledged 09:12'."""
    waiting = [c for c in of if c.open]
    if not waiting:
        done = max((c for c in of if c.acknowledged), key=acknowledged_at, default=None)
        if done is None or done.acknowledged is None:
            return "over"
        return _(
            "{role_words}, acknowledged {moment}",
            role_words=role_words(done.acknowledged.role),
            moment=moment(acknowledged_at(done), now),
        )
    last = max((r for c in waiting if (r := c.called) is not None), key=lambda r: r.id, default=None)
    vacant = tuple(dict.fromkeys(words for c in waiting for words in vacant_words(c, area, p, now)))
    if last is None:
        return ", ".join(vacant) or _("nobody called")
    following = next_tier([c for c in waiting if c.called == last], p)
    when = _("now") if last.acknowledge_by <= now else moment(last.acknowledge_by, now)
    then = (
        _("nobody else to call")
        if last.next_raised
        else _("{next} {when}", next=_("next") if following else _("again"), when=when)
    )
    return ", ".join((role_words(last.role), _("not yet"), then, *vacant))


def _what_next(t: Told, p: Partnership, now: datetime) -> str:
    """Return what follows where nobody acknowledges: 'next: detective lead, 09:29'."""
    last = t.following or t.rows[0]
    then = next_tier(t.named, p)
    who = role_words(then) if then else _("called again, and both duty desks told")
    return _("next: {who}, {moment}", who=who, moment=moment(last.acknowledge_by, now))


def _next_of_each(told: Sequence[Told], p: Partnership, now: datetime) -> str:
    """Return what follows, once for all children; where it is not the same for all, each with its children."""
    children: dict[str, list[str]] = {}
    for t in told:
        children.setdefault(_what_next(t, p, now), []).append(t.x.child_ref)
    if len(children) == 1:
        return next(iter(children))
    return " · ".join(f"{', '.join(refs)} {then}" for then, refs in children.items())


def _outcome(t: Told, now: datetime) -> str:
    """Return how a call ended: 'acknowledged 09:12 by the duty team manager of council', or that it is over."""
    done = max((c for c in t.named if c.acknowledged), key=acknowledged_at, default=None)
    if done is None or done.acknowledged is None:
        return _("over, nothing more is asked")
    return _(
        "acknowledged {moment}, {role_words} of {agency}",
        moment=moment(acknowledged_at(done), now),
        role_words=role_words(done.acknowledged.role),
        agency=code_words(t.agency),
    )


def _not_confirmed(t: Told, s: Situation, p: Partnership) -> Iterator[str]:
    """Say of a rule on a confirmed grade that it is named before the confirmation."""
    if s.absence(t.records[0].id) is None:
        return
    met = triggers_met(Absence(tuple(t.records)), s.starts, p, s.now, s.highs)
    names = {m.rule.id for m in met}
    for r in t.rows:
        rule = p.escalation(r.rule)
        if rule is not None and rule.condition == "high" and rule.id not in names:
            yield _("The high grade is not confirmed yet: you are called for it now, and not again when it is.")


def ran_out(calls_: Sequence[tuple[str, str, str]]) -> str:
    """Tell administrators and duty desks of calls that no tier answered: numbers, and nothing of a child.

    Each has its agency, its area, and the role that is called again.
    """
    by_agency = Counter(agency for agency, _, _ in calls_)
    counts = ", ".join(f"{agency} {n}" for agency, n in sorted(by_agency.items(), reverse=True))
    again = dict.fromkeys(
        _("{role_words} of {agency}", role_words=role_words(role), agency=code_words(agency))
        for agency, _unused, role in calls_
        if role
    )
    alone = sum(not role for _, _, role in calls_)
    noun = n_("call", "calls", len(calls_))
    said = [_("{n} {noun} ran out of tiers ({counts}). Ring both duty desks.", n=len(calls_), noun=noun, counts=counts)]
    if again:
        said.append(_("Called again: {again}.", again=", ".join(again)))
    if alone:
        said.append(
            _("For {alone} of them nobody can be called any more.", alone=alone)
            if again
            else _("Nobody else can be called.")
        )
    return " ".join((*said, _("Duty desks see them with: escalations.")))


def _why_you(t: Told, now: datetime) -> str:
    """Say the role of the reader, and who was called before and did not answer by when."""
    row = t.rows[0]
    you = _("{role_words} of {agency}", role_words=role_words(row.role), agency=code_words(row.agency))
    before = [r for c in t.named for r in c.tiers if r.person and r.id < min(r.id for r in t.rows)]
    times: dict[str, datetime] = {}
    for r in sorted(before, key=lambda r: r.acknowledge_by):
        times[_("you") if r.person == row.person else _("the {role_words}", role_words=role_words(r.role))] = (
            r.acknowledge_by
        )
    if not times:
        return _("You are called ({you}).", you=you)
    if len(times) == 1:
        ((who, by),) = times.items()
        said = _("{who} did not answer by {moment}", who=who, moment=moment(by, now))
    else:
        *most, last = (_("{who} (by {moment})", who=who, moment=moment(by, now)) for who, by in times.items())
        said = _("{most} and {last} did not answer", most=", ".join(most), last=last)
    again = _(" again") if "you" in times else ""
    return _("{said}, so you are called{again} ({you}).", said=said[0].upper() + said[1:], again=again, you=you)


def _settled(t: Told, p: Partnership, now: datetime) -> Reply:
    """Compose the message of a call that is over: each rule's acknowledgement and its time, or that it is over."""
    x = t.x
    asks = any(c.first.decide_by is not None for c in t.named)
    done = [c for c in t.named if c.acknowledged]
    lines = [f"{spoken(x.area)[0].upper()}{spoken(x.area)[1:]}: {_outcome(t, now)}."]
    if done and len(done) < len(t.named):
        lines += [
            f"{rule_name(p, c.first.rule)}: {c.first.agency}: {agency_words([c], x.area, p, now)}." for c in t.named
        ]
    if asks:
        lines.append(_("The strategy decision is asked for until it is said: strategy {ref}.", ref=x.child_ref))
    return Reply(f"{x.child_ref}: {'acknowledged' if done else 'over'}", 2, tuple(lines))


def owed(found: Sequence[tuple[Episode, Question]], p: Partnership, now: datetime) -> Reply:
    """Compose the reminder of the strategy decisions that one person owes, first due first."""
    rows = []
    for x, q in found[:MOST]:
        rules = ", ".join(rule_name(p, rule) for rule in q.rules)
        where = _("still missing") if x.open_at(now) else so_far(x)
        late = q.stage == "decision" and q.decide_by <= now
        words = (
            _("decide by {by_when}", by_when=by_when(q, now)),
            _("asked for by {rules}", rules=rules),
            where,
            p.area(x.area).short,
        )
        said = () if q.stage == "decision" else (STAGE_WORDS[q.stage],)
        button = Button(_("Decide") if q.stage == "decision" else _("Say held"), f"strategy {x.child_ref}")
        rows.append(Row(x.child_ref, (*words, *said), "⏰" if late else "⏳", (button,)))
    if len(found) > MOST:
        rows.append(Row(_("{n} more", n=len(found) - MOST), (), "", (Button(_("Show all"), "strategy"),)))
    waiting = n_("1 strategy decision is", "{n} strategy decisions are", len(found))
    return Reply(
        title=_("{waiting} asked of you.", waiting=waiting),
        level=2,
        text=tuple(first_primary(rows)),
        footer=(_("The return of the child ends no question. People decide; the bot never does."),),
    )


def _how_it_stands(x: Episode, now: datetime, *, short: bool = False) -> Iterator[str]:
    """Yield what else the reader has to know of the child; `short`: of several children."""
    if x.left_as_adult:
        yield _("The child leaves the list of missing children; the police's process for a missing adult goes on.")
        whose = _("the placing authority's") if x.hosted else _("the council's")
        if x.lac or x.hosted:
            yield _("Looked after: look at {whose} duties to a care leaver.", whose=whose)
        if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now:
            yield _("The council has recorded a return: find out which is right.")
    elif not x.open_at(now):
        yield _("The child is {so_far}.", so_far=so_far(x))
    if x.hosted and not short:
        yield (
            _(
                "Hosted: the placing authority leads for the child and has to be told; police "
                "and risk here are ours, so you are called all the same."
            )
        )
    if unsure := doubt_words(x, now):
        yield _("In doubt: {unsure}.", unsure=", ".join(unsure))
    yield from (_("The {line}: find out which is right.", line=line) for line in contradicted(x, now))
