"""Write the template of what chat says, from which a translation begins: `python -m tests.support.catalogue`."""

from __future__ import annotations

import ast
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot import __version__
from bot.rules.effects import Verdict
from bot.rules.interviews.state import StateName
from bot.rules.interviews.steps import DETAILS, InterviewKind, StrategyKind, WorkKind
from bot.rules.model import Grade, Kind
from bot.rules.partnership.roles import Agency, Role
from tests.support.sentences import ROOT, catalogued, sources

TEMPLATE = ROOT / "bot" / "locale" / "bot.pot"
HOW = "run: python -m tests.support.catalogue"
_LISTS = (Agency, Role, StateName, Kind, Grade, InterviewKind, WorkKind, StrategyKind, Verdict)
#: Codes that are said as words (`code_words`).
CODES = (*(code for each in _LISTS for code in get_args(each)), *(code for each in DETAILS.values() for code in each))
#: Lines of a header that say when and with what it was written: the same sentences give the same file.
_DATED = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Language-Team')


def sentences(root: Path = ROOT) -> Catalog:
    """Collect the sentences of the whole source."""
    found = Catalog(project="missing-children-bot", version=__version__, fuzzy=False, header_comment=_HEADER)
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        # Babel's own reader takes an f-string among the values for a sentence that it cannot read.
        for texts in catalogued(ast.parse(path.read_text(encoding="utf-8"))):
            found.add(texts if len(texts) > 1 else texts[0], locations=[(name, 0)])
    for code in CODES:
        found.add(code.replace("_", " "), locations=[("a word of a fixed list", 0)])
    return found


_HEADER = f"""\
# What the bot says in chat. Begin a translation from it, as bot/README.md says.
# To write it again, {HOW}"""


def template(root: Path = ROOT) -> str:
    """Return the template: sentences in order of files and lines, each with the files that say it."""
    file = BytesIO()
    write_po(file, sentences(root), width=120, include_lineno=False)
    return "".join(x for x in file.getvalue().decode().splitlines(keepends=True) if not x.startswith(_DATED))


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(template(), encoding="utf-8")
    print(f"{len(sentences())} sentences in {TEMPLATE.relative_to(ROOT)}")
