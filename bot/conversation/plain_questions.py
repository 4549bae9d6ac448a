"""Read a question in people's own words as a command, by rule: every word is known, or nothing is read.

Commands declare their other words (`Command.words`). The words of a question narrow the commands that can be meant to
those that all of them may belong to; small words are left out. What is left in two ways is asked. A word that is not
known is never left out: it may turn the meaning round, or be a child's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation.command import Command
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area, Partnership
from bot.rules.text.area_names import Whole, area_words, find_areas, normalise_reference, suggest
from bot.rules.text.small_words import BEFORE_PERIOD, BESIDE_AREA, OWN_AREA, SMALL, STATING, bare
from bot.rules.time.period import BETWEEN, SeveralReadings, longest_period

#: Names of an area that are everyday words or letters: in a sentence they name none.
_SHORTEST_NAME = 4
#: Words of the longest question: hostile text stays cheap.
_LONGEST_QUESTION = 40
#: Unknown words among which slips are looked for: with more of them it was another question.
_MOST_UNKNOWN = 4
#: Letters too many or too few of a slip: a longer word that holds a command's name is another word.
_LONGEST_SLIP = 2
#: Words before a reason, which is the person's own.
_BECAUSE = "because"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a question: the command, its words, and the same as it could have been typed."""

    command: Command
    words: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The ways a question can be read, and the places (from 1) of the words that are not known.

    `exchanged` is False where a question was typed as a command takes it, but for case and punctuation.
    """

    ways: tuple[Way, ...] = ()
    unknown: tuple[int, ...] = ()
    exchanged: bool = False
    own_area: bool = False
    #: The number of references that the question has, or needs, in place of one.
    children: int = 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of words and its meaning: a phrase of commands, a period, an area, a reference, or nothing known."""

    at: int
    length: int
    phrase: str = ""
    number: str = ""
    period: Period | None = None
    area: Area | Whole | None = None
    reference: str = ""
    small: bool = False
    #: "and", "v" or a dash between two areas or periods: it is left out without a word.
    joint: bool = False
    #: "my team", without its name.
    own_area: bool = False

    @property
    def known(self) -> bool:
        meaning = (self.phrase, self.period, self.area, self.reference, self.small, self.joint, self.own_area)
        return any(meaning)


class QuestionReader:
    """Read questions for one partnership and its commands."""

    def __init__(self, commands: Sequence[Command], partnership: Partnership) -> None:
        self._commands = {c.name: c for c in commands}
        self._partnership = partnership
        names = [(c.name, _spelt(w), "") for c in commands for w in (c.name, *c.aliases)]
        names += [(c.name, "partial", "partial") for c in commands if "[partial]" in c.usage]
        names += [(c.name, _spelt(w), means) for c in commands for w, means in c.words.items() if w]
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for name, phrase, means in names:
            if len(phrase) < 2:  # "?" and "-h" are punctuation in a sentence
                continue
            self._phrases.setdefault(tuple(phrase.split()), []).append((name, means))
        self._longest = max(len(p) for p in self._phrases)

    def read(self, tokens: Sequence[str], now: datetime, may: Callable[[Command], bool]) -> Reading:
        """Read the words of a question, for a person who may run some of the commands."""
        typed, tokens = tokens, [t.strip("?!;").rstrip(".,") or t for t in tokens]
        if len(tokens) > _LONGEST_QUESTION:
            return Reading()
        pieces = self._pieces(tokens, now)
        references = [p for p in pieces if p.reference]
        if len({p.reference for p in references}) > 1:
            return Reading(children=2)
        if references and (own := self._own_words(typed, pieces, references[0])):
            return own
        unknown = tuple(i + 1 for p in pieces if not p.known for i in range(p.at, p.at + p.length))
        if unknown:
            return Reading(unknown=unknown)
        ways = self._ways(tokens, pieces)
        named = self._named(tokens)
        if named and named in self._meant(pieces) and (named.takes_reference or not references):
            ways = [w for w in ways if w.command is named]  # a command's own name, said first, means that command
        if len(ways) > 1:
            ways = [w for w in ways if may(w.command)] or ways
        exchanged = len(ways) == 1 and self._exchanges(ways[0].command, tokens, pieces)
        needs = not ways and not references and any(c.needs_reference for c in self._meant(pieces))
        own_area = any(p.own_area for p in pieces)
        return Reading(tuple(ways), (), exchanged or own_area, own_area, 0 if needs else 1)

    def mended(
        self, tokens: Sequence[str], unknown: Sequence[int], now: datetime, may: Callable[[Command], bool]
    ) -> str:
        """Return the question with its slips put right, where that can be read in one way; else nothing."""
        if not 0 < len(unknown) <= _MOST_UNKNOWN:
            return ""
        names = [c for c in self._commands.values() if may(c)]
        phrases = [p for p, of in self._phrases.items() if any(self._commands[name] in names for name, _ in of)]
        known = {w for p in phrases for w in p if w not in ("REF", "N")}
        known |= {w for name in area_words(self._partnership) for w in name.split()}
        others = sorted(w for w in known if len(w) >= _SHORTEST_NAME)
        again = [*tokens]
        for place in unknown:
            word = bare(tokens[place - 1])
            if word in known:  # part of a phrase that another word's slip has broken
                continue
            near = (suggest(word, sorted(c.name for c in names)) if place == 1 else None) or suggest(word, others)
            if near is None or near == word or abs(len(near) - len(word)) > _LONGEST_SLIP:
                return ""
            again[place - 1] = near
        found = self.read(again, now, may)
        if len(found.ways) == 1:
            return found.ways[0].said if may(found.ways[0].command) else ""
        named = self._named(again)
        return named.name if named in names and found.children == 0 and len(again) == 1 else ""

    def _named(self, tokens: Sequence[str]) -> Command | None:
        """Return the command whose name or alias is the first word."""
        first = bare(tokens[0]) if tokens else ""
        return next((c for c in self._commands.values() if first in (c.name, *c.aliases)), None)

    # -- the pieces of a question --

    def _pieces(self, tokens: Sequence[str], now: datetime) -> list[_Piece]:
        """Cut a question into runs of known words, the longest at each place; of equals a period before a phrase."""
        words = [bare(t) for t in tokens]
        pieces: list[_Piece] = []
        at = 0
        exact = self._named(tokens) is not None
        while at < len(tokens):
            own_area = tuple(words[at : at + 2]) in OWN_AREA
            piece = _Piece(at, 2, own_area=True) if own_area else self._longest_run(tokens, words, at, now)
            piece = piece or self._reference(tokens, at)
            if piece is None:
                piece = _Piece(at, 1, joint=not words[at])
            pieces.append(piece)
            at += piece.length
        pieces = self._with_areas(tokens, words, pieces, exact)
        return [self._small(p, i, words, pieces) for i, p in enumerate(pieces)]

    def _reference(self, tokens: Sequence[str], at: int) -> _Piece | None:
        """Find a well-formed reference, in one word or two; without its dash only one with a digit or in capitals."""
        prefix = self._partnership.reference_prefix
        for length in (2, 1):
            text = re.sub("['\u2019]s$", "", " ".join(tokens[at : at + length]).strip(".,;:!?\"'()"))
            found = normalise_reference(text, prefix) if at + length <= len(tokens) else None
            dashed = length == 1 and found is not None and not text[len(prefix)].isalnum()
            if found and (dashed or text.isupper() or any(c.isdigit() for c in text[len(prefix) :])):
                return _Piece(at, length, reference=found)
        return None

    def _longest_run(self, tokens: Sequence[str], words: Sequence[str], at: int, now: datetime) -> _Piece | None:
        """Find the longer of a period and a phrase; of equals the period, but a command's name at the beginning."""
        phrase = self._phrase(tokens, words, at)
        if at == 0 and phrase is not None and phrase.length == 1:
            return phrase
        try:
            period, used = longest_period(tokens, at, now, self._partnership.year_begins)
        except SeveralReadings as several:  # the command that takes it asks which
            period, used = several.readings[0], several.used
        if period is None or (phrase and phrase.length > used):
            return phrase
        return _Piece(at, used, period=period)

    def _phrase(self, tokens: Sequence[str], words: Sequence[str], at: int) -> _Piece | None:
        """Find the longest phrase of a command that begins here."""
        run: list[str] = []
        numbers: list[str] = []
        reference, best, length = "", None, 0
        while len(run) < self._longest and at + length < len(tokens):
            if piece := self._reference(tokens, at + length):
                run.append("REF")
                reference, length = piece.reference, length + piece.length
            else:
                number = re.fullmatch(r"(k=)?([0-9]{1,4})", words[at + length], re.ASCII)
                run.append(f"{number[1] or ''}N" if number else words[at + length])
                numbers += [number[2]] if number else []
                length += 1
            if tuple(run) in self._phrases:
                number_of = numbers[0] if numbers else ""
                best = _Piece(at, length, phrase=" ".join(run), number=number_of, reference=reference)
        return best

    def _with_areas(
        self, tokens: Sequence[str], words: Sequence[str], pieces: list[_Piece], exact: bool
    ) -> list[_Piece]:
        """Find areas among the words that are not known yet, in each run of them."""
        found: list[_Piece] = []
        waiting: list[_Piece] = []

        def settle() -> None:
            run = [words[p.at] or tokens[p.at] for p in waiting]
            areas = {f.at: f for f in find_areas(run, self._partnership)} if run else {}
            i = 0
            while i < len(waiting):
                f = areas.get(i)
                if f and (exact or isinstance(f.area, Whole) or len("".join(run[i : i + f.length])) >= _SHORTEST_NAME):
                    found.append(_Piece(waiting[i].at, f.length, area=f.area))
                    i += f.length
                else:
                    found.append(waiting[i])
                    i += 1
            waiting.clear()

        for piece in pieces:
            if piece.known and not (piece.joint and waiting):
                settle()
                found.append(piece)
            else:
                waiting.append(piece)
        settle()
        return found

    @staticmethod
    def _small(p: _Piece, i: int, words: Sequence[str], pieces: Sequence[_Piece]) -> _Piece:
        """Mark a word that may be left out: a small one, "area" beside an area, "and" between two areas or periods."""
        if p.known:
            return p
        word = words[p.at]
        before, after = (pieces[j] if 0 <= j < len(pieces) else None for j in (i - 1, i + 1))
        beside = word in BESIDE_AREA and any(n is not None and n.area for n in (before, after))
        beside |= word in BEFORE_PERIOD and after is not None and after.period is not None
        between = (
            word in BETWEEN
            and before is not None
            and after is not None
            and bool((before.area and after.area) or (before.period and after.period))
        )
        return replace(p, small=word in SMALL or beside, joint=between)

    # -- the ways to read them --

    def _meant(self, pieces: Sequence[_Piece]) -> list[Command]:
        """Return the commands to which every phrase belongs; without a phrase those that need none."""
        phrases = [p.phrase for p in pieces if p.phrase]
        if not phrases:
            return [c for c in self._commands.values() if "" in c.words]
        belong = [{name for name, _ in self._phrases[tuple(p.split())]} for p in phrases]
        helping = [
            name for names in belong for name in names if self._commands[name].takes_command and len(phrases) > 1
        ]
        if helping:
            others = [names - set(helping) for names in belong if names - set(helping)]
            return [self._commands[helping[0]]] if others and len(set.intersection(*others)) == 1 else []
        return [self._commands[name] for name in self._commands if all(name in names for names in belong)]

    def _ways(self, tokens: Sequence[str], pieces: Sequence[_Piece]) -> list[Way]:
        """Return a way for each command that can take all that is there."""
        references = list(dict.fromkeys(p.reference for p in pieces if p.reference))
        areas = list(dict.fromkeys("all" if isinstance(p.area, Whole) else p.area.id for p in pieces if p.area))
        periods = [p for p in pieces if p.period]
        words = [bare(t) for t in tokens]
        ways = []
        for c in self._meant(pieces):
            if (
                (bool(references) and not c.takes_reference)
                or (not references and c.needs_reference)
                or (bool(references) and bool(areas))
                or (bool(areas) and not c.takes_area)
                or (len(areas) > 1 and (not c.takes_areas or "all" in areas))
            ):
                continue
            # "friday" and "last 30 days" may be words of the command's own, and are no period then.
            own = {p: self._own_phrase(c, tokens, words, p) for p in periods}
            periods_of = [p for p in periods if own[p] is None]
            pieces_of = [*pieces, *(o for o in own.values() if o)]
            if not c.needs_periods <= len(periods_of) <= c.takes_periods:
                continue
            options = [*dict.fromkeys(o for p in pieces_of if p.phrase for o in self._option(c, p))]
            typed = [t for p in periods_of for t in tokens[p.at : p.at + p.length]]
            labels = [p.period.label for p in periods_of if p.period]
            given = (*references, *options, *areas, *typed)
            ways.append(Way(c, given, " ".join((c.name, *references, *options, *areas, *labels))))
        return ways

    def _own_phrase(self, c: Command, tokens: Sequence[str], words: Sequence[str], p: _Piece) -> _Piece | None:
        """Return the phrase of the command that has the same words as a period."""
        found = self._phrase(tokens, words, p.at)
        if found is None or found.length != p.length or found.phrase == c.name:
            return None
        return found if any(name == c.name for name, _ in self._phrases[tuple(found.phrase.split())]) else None

    def _option(self, c: Command, p: _Piece) -> Iterator[str]:
        """Yield the command's words that a phrase means."""
        of = dict(self._phrases[tuple(p.phrase.split())])
        if c.name in of:
            yield from (w.replace("N", p.number) for w in of[c.name].split())
        elif c.takes_command:
            yield from list(of)[:1]

    def _own_words(self, tokens: Sequence[str], pieces: Sequence[_Piece], reference: _Piece) -> Reading | None:
        """Read "REF held at 16:15" and "interview for REF held at 16:15": what follows is the command's own."""
        before = [p for p in pieces if p.at < reference.at]
        if reference.phrase:
            return None
        rest = [*tokens[reference.at + reference.length :]]
        low = " ".join(bare(t) for t in rest)
        stated = (p.phrase or p.joint or (p.small and bare(tokens[p.at]) in STATING) for p in before)
        if not rest or not all(stated):
            return None
        named = [p.phrase for p in before if p.phrase]
        for c in self._commands.values():
            # "interview" or "return interview" before it: "status of REF held" is no step.
            if not c.takes_reference or not all(p in (c.name, *c.aliases) or p.endswith(f" {c.name}") for p in named):
                continue
            if c.follows_reference(" ".join(rest)) or (low.split()[:1] == [_BECAUSE] and named):
                way = Way(c, (reference.reference, *rest), f"{c.name} {reference.reference}, with what you said of it")
                return Reading((way,), exchanged=self._exchanges(c, tokens, before))
        return None

    def _exchanges(self, c: Command, tokens: Sequence[str], pieces: Sequence[_Piece]) -> bool:
        """Return True where words are left out, or stand for others than a command is typed with."""
        names = (c.name, *c.aliases)
        phrases = [p for p in pieces if p.phrase and p.phrase not in names]
        return (
            bare(tokens[0]) not in names
            or any(p.small for p in pieces)
            or any(
                list(self._option(c, p)) != " ".join(bare(t) for t in tokens[p.at : p.at + p.length]).split()
                for p in phrases
            )
        )


def _spelt(phrase: str) -> str:
    """Return a phrase as `bare` leaves each of its words; REF and N are kept."""
    return " ".join(w if w in ("REF", "N", "k=N") else bare(w) for w in phrase.split())
