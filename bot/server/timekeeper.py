"""The keeper of the time: it reads every clock at each tick, and gives the time that the replica goes by.

Between two ticks the monotonic clock is its witness: a clock that jumps in the middle of a tick is not followed, so
that no claim ends and no message is missed by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from bot.chat.platform_time import PlatformTime, machine, monotonic
from bot.logs.setup import log, unexpected
from bot.rules.time.trusted import ClockVerdict, Readings, judge, near
from bot.store.database import Database, reading
from bot.store.delivery import ledger, replicas

#: A look is the measure of the clock for so long: a replica that does not tick does not know of jumps since.
LOOK_LASTS = timedelta(minutes=15)


class Teller(Protocol):
    """A platform that tells its own time."""

    @property
    def own_time(self) -> PlatformTime:
        """The time of the platform's own clock."""

    def ask_time(self) -> None:
        """Have the platform answer something, for the time in its answer; nothing where it does not."""


class LastLook(NamedTuple):
    """The time to go by at a look, the monotonic seconds then, how far the clock was ahead, and if it was confirmed."""

    now: datetime
    monotonic: float
    off: timedelta
    confirmed: bool


@dataclass
class Timekeeper:
    """The time of one replica. `shown` reads the ledger's clock; `tellers` are the platforms by name."""

    tellers: Callable[[], Mapping[str, Teller]] = dict
    shown: Callable[[Any], datetime] = ledger.clock
    machine: Callable[[], datetime] = machine
    monotonic: Callable[[], float] = monotonic
    _look: LastLook | None = field(default=None, init=False)

    def look(self, database: Database) -> ClockVerdict:
        """Judge the clock, and go by the verdict until the next look.

        Platforms are asked for the time, outside any transaction, where their answer would settle more.
        """
        verdict = self._judged(database)
        if verdict.asks and self._asked():
            verdict = self._judged(database)
        self._look = LastLook(verdict.now, self.monotonic(), verdict.off, verdict.confirmed)
        if verdict.reason or verdict.told:
            log("the clock is not as it was", outcome="in doubt" if verdict.reason else "known")
        return verdict

    def at(self, shown: datetime) -> datetime:
        """Return the time to go by where a clock shows `shown`; the same before the first look and long after one."""
        look = self._look
        if look is None or (passed := self._since(look)) > LOOK_LASTS:
            return shown
        carried = look.now + passed
        return shown - look.off if near(shown - look.off, carried) else carried

    def _since(self, look: LastLook) -> timedelta:
        return timedelta(seconds=self.monotonic() - look.monotonic)

    def _judged(self, database: Database) -> ClockVerdict:
        with reading(database) as connection:
            last, shown = replicas.last_tick(connection), self.shown(connection)
        look = self._look
        said = {name: each.own_time.now() for name, each in self.tellers().items()}
        return judge(
            Readings(
                shown,
                self.machine(),
                last,
                look.now + self._since(look) if look else None,
                look is not None and look.confirmed,
                {name: at for name, at in said.items() if at is not None},
            )
        )

    def _asked(self) -> bool:
        """Ask every platform; False without any."""
        tellers = self.tellers()
        for each in tellers.values():
            try:
                each.ask_time()
            except Exception as fault:  # calls go on by what the other clocks say
                unexpected(fault)
        return bool(tellers)
