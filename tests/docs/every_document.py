"""Read the documents of the repository: their lines to run, their commands in chat, their links and headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.conversation.command import PRIVATE, Request
from bot.rules.queries.facts import Gap
from bot.rules.text.area_names import ALPHABET
from bot.settings import ROOT
from bot.store.queries.record_differences import KINDS
from tests.support.asking import COMMANDS, desk
from tests.support.factories import NOW, episode, hours, interview, person, reference
from tests.support.memory_facts import MemoryFacts

#: Lines that a document may have: its reader's patience.
LIMITS = {
    "README.md": 250,
    "commands/README.md": 350,
    "deploy/duty.md": 65,
    "deploy/README.md": 490,
    "deploy/operate.md": 200,
    "deploy/data.md": 250,
    "deploy/slack.md": 150,
    "deploy/teams.md": 200,
    "deploy/privacy.md": 170,
    "deploy/report.md": 85,
    "deploy/SECURITY.md": 40,
    "bot/README.md": 150,
    "tests/README.md": 120,
}
#: Printed by the program, or a history; neither is checked for length or for commands.
OTHERS = ("deploy/CHANGELOG.md", "deploy/partnership.md")
#: Verbs of deploy/dev itself; running them here would start these tests again.
OWN_VERBS = ("test", "lint", "lock")
#: The reference of every example.
EXAMPLE = "OX-7QK4"
#: What stands for a reader's own word in a command.
PLACEHOLDERS = {"REFERENCE": EXAMPLE, "REASON": '"seen at the station by two police officers"', "NUMBER": "2017-4711"}


@dataclass(frozen=True)
class Line:
    """One line for a shell: the words after `./deploy/dev` (or `python -m bot`), and whether it can be run here."""

    words: tuple[str, ...]
    complete: bool

    @property
    def verb(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def runs(self) -> bool:
        """Return True for a line that ends by itself, needs nothing of the reader's own and changes nothing outside."""
        goes_on = (self.verb == "serve" and "--once" not in self.words) or "--web" in self.words
        theirs = any(re.fullmatch(r"[A-Z][A-Z_-]+|/.*", word) for word in self.words)
        return self.complete and not goes_on and not theirs


@dataclass(frozen=True)
class Document:
    path: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8").replace("\\|", "|")  # a pipe inside a table

    @cached_property
    def prose(self) -> str:
        """The text without its code blocks."""
        return re.sub(r"```.*?```", "", self.text, flags=re.DOTALL)

    @property
    def lines(self) -> list[Line]:
        """Every line of the shell blocks that starts the bot, in order."""
        blocks = re.findall(r"```sh\n(.*?)```", self.text, re.DOTALL)
        return [line for block in blocks for text in block.splitlines() for line in _line(text)]

    @property
    def mentioned_lines(self) -> list[Line]:
        """Every line in backticks that starts the bot; those that show a choice are no lines to type."""
        return [line for code in self.code if not set(code) & set("[|…") for line in _line(code)]

    @property
    def code(self) -> list[str]:
        return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", self.prose)]

    @property
    def commands(self) -> list[str]:
        """Every command in backticks that begins with `/missing`, without it."""
        slashed = [code.removeprefix("/missing").strip() for code in self.code if code.startswith("/missing ")]
        return [command for command in slashed if command != "..."]

    @property
    def examples(self) -> list[str]:
        """Every text in backticks that begins with the name of a command, has more words, and shows no choice."""
        some = [code.split() for code in self.code if not set(code) & set("[|")]
        return [" ".join(words) for words in some if words[0] in COMMANDS and len(words) > 1]

    @property
    def links(self) -> list[str]:
        """Every link to a file, a picture or a heading of the repository."""
        found = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", self.prose)
        return [link for link in found if "://" not in link]

    @property
    def headings(self) -> set[str]:
        """The anchors of the headings, as the platform that shows them makes them."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-") for title in titles}

    def leads_to(self, link: str) -> bool:
        name, _, heading = link.partition("#")
        target = ((ROOT / self.path).parent / name).resolve() if name else (ROOT / self.path).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            return False
        return not heading or heading in Document(str(target.relative_to(ROOT))).headings


def _line(text: str) -> Iterator[Line]:
    """Yield the line that a text is, if it starts the bot; what a shell does with its output is left out."""
    found = re.match(r"((?:[A-Z_]+=\S+ )*)(?:sudo .*?)?(?:\S*deploy/dev|\S*python -m bot)(?: (.*))?$", text.strip())
    if found is None:
        return
    words = shlex.split(found[2] or "", comments=True)
    ends = [n for n, word in enumerate(words) if word in (">", ">>", "|", "||", "&&", ";")]
    words = words[: ends[0]] if ends else words
    extra = bool(words) and words[0] == "--with"
    yield Line(tuple(words[2:] if extra else words), complete=not found[1] and not extra)


def documents() -> list[Document]:
    """Return every document that people read: those of the folders, in order."""
    files = [
        ROOT / "README.md",
        *(f for room in ("bot", "commands", "deploy", "tests") for f in (ROOT / room).glob("*.md")),
    ]
    return [Document(str(f.relative_to(ROOT))) for f in sorted(files)]


def own_documents() -> list[Document]:
    """Return the documents whose commands and length are checked."""
    return [d for d in documents() if d.path not in OTHERS]


def _facts() -> Iterator[MemoryFacts]:
    """Yield the child of every example twice: missing again, and back; an interview is open each time."""
    number = 0
    for letter in EXAMPLE.removeprefix("OX-"):
        number = number * len(ALPHABET) + ALPHABET.index(letter)
    assert reference(number) == EXAMPLE
    back = NOW - hours(24)
    over = episode(number, NOW - hours(30), back, interview=interview(back, worker="W-N01"), worker="W-N01")
    gaps = tuple(Gap(kind, of.what, 0, of.advice) for kind, of in KINDS.items())
    yield MemoryFacts([over, episode(number, NOW - hours(20), worker="W-N01")], gaps=gaps)
    yield MemoryFacts([over], gaps=gaps)


def understood(command: str) -> bool:
    """Return True for a command that the bot answers, of a child missing or of one back, late on the day.

    A form for what the command lacks is an answer, and so is a refusal where nobody may do it.
    """
    for placeholder, word in PLACEHOLDERS.items():
        command = re.sub(rf"\b{placeholder}\b", word, command)
    return any(_answered(command, facts) for facts in _facts())


def _answered(command: str, facts: MemoryFacts) -> bool:
    for who in ("coordinator", "lead", "police", "north-manager"):
        reply = desk(facts).answer(Request(person(who), PRIVATE, command, NOW + hours(12), forms=True))
        if reply.status == "unclear" and reply.form is None:
            return False
    return True
