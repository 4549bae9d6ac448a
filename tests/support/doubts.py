"""A bot with a police export that lists the open records, and questions by people of the practice partnership."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.settings import read_settings
from bot.store.database import reading
from bot.store.schema.records import child, metadata
from tests.support import exports
from tests.support.copied import filled
from tests.support.factories import at

MONDAY = at("Mon 3 Jul 2017 07:41")
TUESDAY = at("Tue 4 Jul 2017 07:41")
WEDNESDAY = at("Wed 5 Jul 2017 07:41")
BECAUSE = 'because "the carer rang the duty desk at noon"'


def missing(number: int = 1, **changes: str) -> exports.Row:
    """Return a police record of a child missing since Sunday evening."""
    ended = dict.fromkeys(("found_at", "returned_at", "prevention_interview_at", "end_reason"), "")
    times = {"last_seen_at": "02/07/2017 20:00", "reported_at": "02/07/2017 21:00", "risk_at": "02/07/2017 22:00"}
    refs = {"occurrence_ref": f"OCC-{number}", "police_ref": f"NOM-{number}", "birth_date": "01/02/2003"}
    return exports.police(**{**ended, **times, **refs, **changes})


@dataclass
class Bot:
    app: App
    folder: Path

    def load(self, source: str, taken_at: datetime, *rows: exports.Row) -> None:
        """Load a file of these rows, with the same columns where there are none."""
        file = self.folder / f"{source}-{taken_at:%d%H%M}.csv"
        exports.write(file, rows or [missing() if source == "police" else exports.INTERVIEW])
        if not rows:
            file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
        self.app.load(source, file, taken_at)

    def ask(
        self, text: str, who: str = "police", now: datetime = WEDNESDAY, *, forms: bool = False, export: bool = False
    ) -> Reply:
        """Answer in private; `export` as a file, where lists are tables with a column for each fact."""
        request = self._request(text, who, PRIVATE, now, forms)
        return terminal.answer(self.app, replace(request, export=export))

    def typed(self, text: str, who: str = "police", now: datetime = WEDNESDAY) -> Reply:
        """Answer words that were typed where a form can ask for what lacks."""
        request = replace(self._request(text, who, PRIVATE, now, forms=False), lacking=True)
        return terminal.answer(self.app, request)

    def in_channel(self, text: str, who: str = "police", now: datetime = WEDNESDAY) -> Reply:
        return terminal.answer(self.app, self._request(text, who, Place("county-digest", 1), now, forms=False))

    def _request(self, text: str, who: str, place: Place, now: datetime, forms: bool) -> Request:
        return Request(self.app.person(who), place, text, now, forms=forms)

    def said(self, text: str, who: str = "police", now: datetime = WEDNESDAY) -> str:
        return as_text(self.ask(text, who, now))

    def ref(self, number: int = 1) -> str:
        with reading(self.app.database) as connection:
            query = select(child.c.ref).where(child.c.police_ref == f"NOM-{number}")
            return str(connection.execute(query).scalar_one())

    def rows(self, table: str) -> Sequence[dict[str, Any]]:
        found = metadata.tables[table]
        with reading(self.app.database) as connection:
            return [dict(r._mapping) for r in connection.execute(select(found).order_by(*found.primary_key.columns))]

    def listed(self, number: int = 1, now: datetime = WEDNESDAY) -> bool:
        return self.ref(number) in self.said("open", now=now)


@contextmanager
def bot_on(url: str, folder: Path, covers: str = "open", council: str = "") -> Iterator[Bot]:
    settings = read_settings({"BOT_DATABASE_URL": url})
    chosen = settings.partnership.sources
    sources = replace(
        chosen,
        police=replace(chosen.police, covers=covers, refuse_after_hours=200),
        interviews=replace(chosen.interviews, covers=council),
    )
    partnership = replace(settings.partnership, sources=sources)
    with closing(App(replace(settings, data_folder=folder, partnership=partnership))) as app:
        yield Bot(app, folder)


@contextmanager
def bot_with(load: Callable[[Bot], None], url: str, folder: Path, covers: str = "open") -> Iterator[Bot]:
    """Yield a bot with the files that `load` loads; on SQLite once a process, then from a copy of its folder."""

    def fill() -> None:
        with bot_on(url, folder, covers) as first:
            load(first)

    if url.startswith("sqlite"):
        filled(folder, load, fill)
    else:
        fill()
    with bot_on(url, folder, covers) as found:
        yield found
