"""One installation, one partnership: guards against another partnership's file, and practice mixed with real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.rules.catalogue import _

#: In every answer and message of a practice partnership, with any contents of its database.
NOT_REAL = _("practice: not for real children")

_ANOTHER = "name another database in BOT_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Installation:
    """The stamp of a database, made once, on first use.

    `id` is random. `practice` is the kind of the partnership; `holds_practice` is set once practice exports were
    loaded. `adopted` says that it was in use before there was a stamp. `folder` is the name of its folder for keys,
    heads, outbox and rejects under `databases/`; empty where they lie in the data folder itself.
    """

    id: str
    partnership: str
    practice: bool
    holds_practice: bool
    adopted: bool
    folder: str
    stamped_at: datetime


@dataclass(frozen=True, slots=True)
class DatabaseContents:
    """The contents of a database without a stamp. `configured` is the digest of the partnership file last used."""

    loaded: bool = False
    practice: bool = False
    used: bool = False
    configured: str = ""


class InstallationFault(NamedTuple):
    """A fault and its remedy, together one sentence."""

    says: str
    do: str

    def __str__(self) -> str:
        return f"{self.says}: {self.do}."


def why_not(
    made: Installation, partnership: str, practice: bool, *, renaming: bool = False
) -> InstallationFault | None:
    """Return the reason against opening the database for this partnership, or None. `renaming` allows another name."""
    if made.practice and not practice:
        return InstallationFault(
            f'This database was made for practice ("{made.partnership}"), and the partnership file is not for practice',
            f"{_ANOTHER}; practice records and real ones are never mixed",
        )
    if practice and not made.practice:
        return InstallationFault(
            f'This database belongs to "{made.partnership}", and the partnership file is one for practice',
            f"name the file of that partnership in BOT_PARTNERSHIP, or {_ANOTHER}",
        )
    if made.partnership != partnership and not renaming:
        return InstallationFault(
            f'This database belongs to "{made.partnership}", and the partnership file is that of "{partnership}"',
            f"name the right file in BOT_PARTNERSHIP, or {_ANOTHER}, or, if the partnership is only called "
            "something else now, run: ./deploy/dev migrate --rename",
        )
    return None


def why_not_adopted(held: DatabaseContents, practice: bool, configured: str) -> InstallationFault | None:
    """Return the reason against taking over a database that was used before there was a stamp, or None.

    `configured` is the digest of the current partnership file.
    """
    if held.practice and not practice:
        return InstallationFault(
            "This database holds practice records, and the partnership file is not for practice",
            f"{_ANOTHER}, and load your exports there",
        )
    used_elsewhere = (held.loaded or held.configured) and held.configured != configured
    if practice and not held.practice and used_elsewhere:
        return InstallationFault(
            "This database was last used with another partnership file, and this one is for practice",
            f"name that file in BOT_PARTNERSHIP, or {_ANOTHER}",
        )
    return None


def why_not_loaded(made: Installation, is_practice_file: bool, loaded: bool) -> str | None:
    """Return the reason against loading a file, or None. `loaded` says that another file was loaded before."""
    if is_practice_file and not made.practice:
        return "these are practice records, and this database is not for practice"
    if is_practice_file and loaded and not made.holds_practice:
        return f"other files were loaded before, and practice records would be mixed with them: {_ANOTHER}"
    if made.holds_practice and not is_practice_file:
        return (
            'this database holds practice records and takes only files that "practice FOLDER" wrote, as they are: '
            f"{_ANOTHER} to try a file of your own"
        )
    return None
