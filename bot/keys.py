"""The two keys of a bot: one signs the audit trail, one seals birth dates. From the environment, or made once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.rules.partnership.installation import Installation
from bot.settings import PRACTICE_FOLDER, SettingsError, secret, secret_in

LENGTH = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Never shown, not even in a traceback: `repr` has neither."""

    audit: bytes = field(repr=False)
    data: bytes = field(repr=False)


def home(data_folder: Path, made: Installation) -> Path:
    """Where the keys, heads, outbox and rejects of one database lie, so that none reads another's.

    Those of a practice database from before there was a stamp lie where a real partnership's do.
    """
    if made.folder:
        return data_folder / "databases" / made.folder
    is_older = made.adopted and made.practice and data_folder.name == PRACTICE_FOLDER
    return data_folder.parent if is_older else data_folder


def read_keys(environ: Mapping[str, str], data_folder: Path, database_url: str, *, practice: bool = False) -> Keys:
    """BOT_AUDIT_KEY and BOT_DATA_KEY (or the files they name), else files of the database's own, made on first use.

    Several replicas on PostgreSQL must share their keys, so there they have to be given; practice data need not.
    """
    own_files = practice or database_url.startswith("sqlite:")

    def key(name: str, file: str) -> bytes:
        given = secret(environ, name)
        if given is not None:
            return _from_hex(name, given)
        if own_files:
            return made_once(data_folder / "keys" / file)
        raise SettingsError(
            f"{name} is not set, and every replica on PostgreSQL needs the same one. Make it once "
            f"(openssl rand -hex 32), keep it apart from the database's backups, and hand it over as {name} "
            f"or in a file named by {name}_FILE."
        )

    return Keys(audit=key("BOT_AUDIT_KEY", "audit.key"), data=key("BOT_DATA_KEY", "data.key"))


def _from_hex(name: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != LENGTH:
        raise SettingsError(f"{name}: a key is {2 * LENGTH} hexadecimal digits, such as `openssl rand -hex 32` makes.")
    return found


def made_once(path: Path) -> bytes:
    """The key in a file, which is made if it is not there."""
    if not path.exists():
        _make(path)
    return _from_hex(str(path), secret_in(path, str(path)))


def _make(path: Path) -> None:
    """Written whole under another name, then linked: of two processes that begin together both use the first key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(number, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(LENGTH) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # the other process was first
    finally:
        draft.unlink()
