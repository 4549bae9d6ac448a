"""The catalogue of what chat says: every sentence passes through `_` or `n_`, so that Welsh is a translation alone.

English is the source and needs no file. A process speaks one language, set before anything else is imported, so that
constants pass through it like any other sentence. Values have names in a sentence, for a translation may move them.
"""

from __future__ import annotations

import gettext
import re
from datetime import date

#: The language of this process.
LANGUAGE = gettext.NullTranslations()


def _(message: str, /, **values: object) -> str:
    """Translate a sentence and fill in its values: `_("{ref} is back.", ref=ref)`. No value is read as a format."""
    text = LANGUAGE.gettext(message)
    return text.format(**values) if values else text


def n_(one: str, many: str, n: int, /, **values: object) -> str:
    """Translate a sentence that counts, in the language's form for `n`: `n_("{n} child", "{n} children", 2)`."""
    return LANGUAGE.ngettext(one, many, n).format(**{"n": n, **values})


def code_words(code: str) -> str:
    """Translate a word of a fixed list by its code: 'duty_inspector' is "duty inspector" in English."""
    return LANGUAGE.gettext(code.replace("_", " ")) if code else ""


#: The names that a moment is written with, for the template.
_NAMES = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")),
    *(_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")),
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August")),
    *(_("September"), _("October"), _("November"), _("December")),
    *(_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("Jun"), _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec")),
)
_NAMED = re.compile("%[aAbB]")


def date_words(moment: date, pattern: str) -> str:
    """Write a moment like `strftime`, with the names of days and months in this language."""
    return moment.strftime(_NAMED.sub(lambda name: LANGUAGE.gettext(moment.strftime(name[0])), pattern))
