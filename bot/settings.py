"""The environment, secrets and keys too, checked before anything runs."""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.partnership_file import SettingsError as SettingsError
from bot.partnership_file import read_partnership
from bot.rules.partnership.installation import Installation
from bot.rules.partnership.partnership import Partnership

ROOT = Path(__file__).resolve().parent.parent
PRACTICE_FILE = ROOT / "deploy" / "practice.toml"
#: The part of the data folder for a practice partnership, apart from a real one's.
PRACTICE_FOLDER = "practice"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of every verb: database URL, partnership, and the folder for files beside the database.

    A practice partnership's folder is not a real one's: see `App.home` for the files of one database.
    """

    database_url: str = field(repr=False)  # it may hold a password
    partnership_file: Path
    partnership: Partnership
    data_folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)  # read again for the keys


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `BOT_DATABASE_URL` (or its file) and `BOT_PARTNERSHIP`; SettingsError in plain words.

    `postgresql://` means psycopg 3, so that an administrator need not know the driver's name.
    """
    env = os.environ if environ is None else environ
    file = Path(env.get("BOT_PARTNERSHIP") or PRACTICE_FILE)
    given, partnership = secret(env, "BOT_DATABASE_URL"), read_partnership(file)
    data = ROOT / "data" / PRACTICE_FOLDER if partnership.practice else ROOT / "data"
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg://", given or default_database(data))
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("BOT_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return Settings(url, file, partnership, data, env)


def default_database(data_folder: Path) -> str:
    """Return the database's address where `BOT_DATABASE_URL` is not set."""
    return f"sqlite:///{data_folder / 'bot.sqlite'}"


def replica_name(environ: Mapping[str, str]) -> str:
    """Return this replica's name: `BOT_REPLICA`, else host and process id."""
    name = environ.get("BOT_REPLICA") or f"{socket.gethostname()[:50]}-{os.getpid()}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name, re.ASCII):
        raise SettingsError("BOT_REPLICA: at most 64 letters, digits, dots, dashes and underscores.")
    return name


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """Read a secret from the variable NAME, or from the file that NAME_FILE names; None where neither is set."""
    given, file = environ.get(name), environ.get(f"{name}_FILE")
    if given and file:
        raise SettingsError(f"{name} and {name}_FILE are both set: leave one.")
    return secret_in(Path(file), f"{name}_FILE") if file else given or None


def secret_in(file: Path, called: str) -> str:
    """Read the one line of a file that is its owner's alone; SettingsError, which never quotes the file."""
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{called}: cannot read {file}: {getattr(fault, 'strerror', 'it is no text')}.") from None
    if mode & 0o077 and os.name != "nt":  # Windows has no such modes
        raise SettingsError(
            f"{called}: others may read {file}. Make it its owner's alone: chmod 600 {file} "
            "(a secret of a container: mode 0400, and its uid)."
        )
    if not text.strip():
        raise SettingsError(f"{called}: {file} is empty.")
    return text


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the audit trail and of encrypted fields; `repr` has neither, so that no traceback shows them."""

    audit: bytes = field(repr=False)
    data: bytes = field(repr=False)


def home(data_folder: Path, made: Installation) -> Path:
    """Return the folder of one database's keys, heads, outbox and rejects, so that none reads another's.

    A practice database older than the stamp has them in the folder of a real partnership.
    """
    if made.folder:
        return data_folder / "databases" / made.folder
    is_older = made.adopted and made.practice and data_folder.name == PRACTICE_FOLDER
    return data_folder.parent if is_older else data_folder


def read_keys(environ: Mapping[str, str], data_folder: Path, database_url: str, *, practice: bool = False) -> Keys:
    """Read BOT_AUDIT_KEY and BOT_DATA_KEY (or the files they name), else the database's own files, made on first use.

    Replicas on PostgreSQL must share their keys, so there they have to be given, except for practice data.
    """
    folder = data_folder / "keys" if practice or database_url.startswith("sqlite:") else None
    return Keys(_key(environ, "BOT_AUDIT_KEY", folder, "audit.key"), _key(environ, "BOT_DATA_KEY", folder, "data.key"))


def _key(environ: Mapping[str, str], name: str, folder: Path | None, file_name: str) -> bytes:
    """Read one key. In the folder, a new key is made where there is no file; without a folder it has to be given."""
    given = secret(environ, name)
    if given is not None:
        return _from_hex(name, given)
    if folder is None:
        raise SettingsError(
            f"{name} is not set, and every replica on PostgreSQL needs the same one. Make it once "
            f"(openssl rand -hex 32), keep it apart from the database's backups, and hand it over as {name} "
            f"or in a file named by {name}_FILE."
        )
    file = folder / file_name
    if not file.exists():
        # Written under another name, then linked: two processes that start together use the first key.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{file_name}.{secrets.token_hex(8)}"
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # the other process was first
        finally:
            draft.unlink()
    return _from_hex(str(file), secret_in(file, str(file)))


def _from_hex(name: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise SettingsError(
            f"{name}: a key is {2 * KEY_BYTES} hexadecimal digits, such as `openssl rand -hex 32` makes."
        )
    return found
