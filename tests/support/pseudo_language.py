"""Print as JSON what the practice morning says with every sentence of the catalogue in a language that nobody speaks.

`python -m tests.support.pseudo_language`. A sentence is put between « and », and each of its letters gets an accent:
what does not pass through the catalogue keeps its plain letters. The language is set before anything else is imported.
"""

from __future__ import annotations

import gettext
import json
import re
import sys

from bot.rules import catalogue

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ACCENTED = "ÀƁÇÐÈƑĜĤÌĴĶĹṀÑÒÞǪŔŚŢÙṼŴẊÝŻàƀçðèƒĝĥìĵķĺṁñòþǫŕśţùṽŵẋýż"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


class PseudoLanguage(gettext.NullTranslations):
    """A language whose every sentence is marked; the placeholders stay."""

    def gettext(self, message: str) -> str:
        pieces = _PLACEHOLDER.split(message)
        return f"«{''.join(p if p.startswith('{') else p.translate(_ACCENTS) for p in pieces)}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def main() -> None:
    catalogue.LANGUAGE = PseudoLanguage()
    from tests.bench.messages import morning

    json.dump([(shown.name, shown.texts) for shown in morning()], sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
