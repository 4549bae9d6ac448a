"""Where things are chosen: the environment (secrets too) and the partnership file, checked before anything runs."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import secrets
import socket
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.rules.partnership.installation import Installation
from bot.rules.partnership.partnership import Partnership
from bot.rules.text.secret_patterns import looks_like_a_secret

ROOT = Path(__file__).resolve().parent.parent
PRACTICE_FILE = ROOT / "deploy" / "practice.toml"
#: In the data folder: whatever belongs to a practice partnership, apart from a real one's.
PRACTICE_FOLDER = "practice"


class SettingsError(Exception):
    """The environment or the partnership file is wrong; the text says where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every verb: database URL, partnership, and the folder for whatever is kept beside the database.

    A practice partnership's folder is not a real one's: see `App.home` for the files of one database.
    """

    database_url: str = field(repr=False)  # it may hold a password
    partnership_file: Path
    partnership: Partnership
    data_folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)  # where the keys are asked for


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `BOT_DATABASE_URL` (or its file) and `BOT_PARTNERSHIP`; SettingsError in plain words."""
    env = os.environ if environ is None else environ
    file = Path(env.get("BOT_PARTNERSHIP") or PRACTICE_FILE)
    given, partnership = secret(env, "BOT_DATABASE_URL"), read_partnership(file)
    data = ROOT / "data" / PRACTICE_FOLDER if partnership.practice else ROOT / "data"
    return Settings(_with_driver(given or default_database(data)), file, partnership, data, env)


def default_database(data_folder: Path) -> str:
    """Where the database lies unless `BOT_DATABASE_URL` says otherwise."""
    return f"sqlite:///{data_folder / 'bot.sqlite'}"


def replica_name(environ: Mapping[str, str]) -> str:
    """What this process is called among several: `BOT_REPLICA`, else its host and number."""
    name = environ.get("BOT_REPLICA") or f"{socket.gethostname()[:50]}-{os.getpid()}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name, re.ASCII):
        raise SettingsError("BOT_REPLICA: at most 64 letters, digits, dots, dashes and underscores.")
    return name


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """A secret from the variable NAME, or from the file that NAME_FILE names; None where neither is set."""
    given, file = environ.get(name), environ.get(f"{name}_FILE")
    if given and file:
        raise SettingsError(f"{name} and {name}_FILE are both set: leave one.")
    return secret_in(Path(file), f"{name}_FILE") if file else given or None


def secret_in(file: Path, called: str) -> str:
    """The one line of a file that is its owner's alone; SettingsError without a word of what is in it."""
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


def _with_driver(url: str) -> str:
    """`postgresql://` means psycopg 3 here, so that nobody has to know the driver's name."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("BOT_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return url


def read_partnership(file: Path) -> Partnership:
    """The checked partnership file; SettingsError lists every fault with its place."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SettingsError(f"BOT_PARTNERSHIP: cannot read {file}: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file.name}: not valid TOML: {fault}") from fault
    return check_partnership(content, file.name)


def check_partnership(content: Mapping[str, Any], file_name: str) -> Partnership:
    """A Partnership from plain data; see `read_partnership`."""
    _refuse_secrets(content, file_name)
    try:
        return TypeAdapter(Partnership).validate_python(content)
    except ValidationError as fault:
        lines = [_sentence(error["type"], error["loc"], error["msg"]) + _near(error) for error in fault.errors()]
        raise SettingsError("\n".join(f"{file_name}: {line}" for line in lines)) from fault


def _refuse_secrets(content: Mapping[str, Any], file_name: str) -> None:
    """The file is copied, sent and committed. The place is said, never the value (which may be a key's name)."""
    if places := list(_secrets(content, "")):
        raise SettingsError(
            "\n".join(
                f"{file_name}: {place}: looks like a token, a key or a password. Take it out, have it replaced where "
                "it was made, and hand it over in the environment or in a file (NAME_FILE)."
                for place in places
            )
        )


def _secrets(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str) and looks_like_a_secret(value):
        yield place
    if isinstance(value, Mapping):
        for n, (key, inner) in enumerate(value.items(), 1):
            hidden = looks_like_a_secret(str(key))
            inside = f"{place}.{f'key {n}' if hidden else key}".lstrip(".")
            yield from [inside] if hidden else _secrets(inner, inside)
    elif isinstance(value, list):
        for n, inner in enumerate(value, 1):
            yield from _secrets(inner, f"{place}.{n}")


def _sentence(kind: str, place: tuple[int | str, ...], message: str) -> str:
    """One fault as a person would say it: place first, then what to do."""
    parts = place[:-1] if place and place[-1] == "[key]" else place
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in parts)
    if kind == "unexpected_keyword_argument":
        return f"{where}: unknown key {place[-1]!r}. {_did_you_mean(place)}"
    if kind in {"missing", "missing_argument"}:
        return f"{where}: is missing"
    text = message.removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


def _near(error: ErrorDetails) -> str:
    """The word that was probably meant, where only certain words may stand."""
    given = error["input"]
    if error["type"] != "literal_error" or not isinstance(given, str):
        return ""
    near = difflib.get_close_matches(given, re.findall("'([^']+)'", error["msg"]), 1, 0.6)
    return f". Did you mean {near[0]!r}?" if near else ""


def _did_you_mean(place: tuple[int | str, ...]) -> str:
    known = _keys_at(place[:-1])
    near = difflib.get_close_matches(str(place[-1]), known, 1, 0.6)
    return f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}"


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """The keys allowed at a place of the file, read from the dataclasses themselves."""
    section: Any = Partnership
    for part in place:
        if isinstance(part, str):
            section = typing.get_type_hints(section).get(part, section)
        section = _inner(section)
    if not dataclasses.is_dataclass(section):
        return []
    return [field.name for field in dataclasses.fields(section)]


def _inner(hint: Any) -> Any:
    """The dataclass inside `tuple[X, ...]` or `X | None`."""
    for argument in (hint, *typing.get_args(hint)):
        if dataclasses.is_dataclass(argument):
            return argument
    return hint


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
