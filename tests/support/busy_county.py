"""An invented county of today with many channels in Slack and Teams: its partnership file, exports and people.

The exports are the practice county's, with every date moved, so that its morning is today's. It is no practice: its
clock is the real one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.practice import PRACTICE_NOW, write_exports
from bot.settings import PRACTICE_FILE
from tests.support.slack.workspace import Channel, Workspace
from tests.support.slack.workspace import Person as SlackPerson
from tests.support.teams.scene import TEAM, TEAM_GROUP
from tests.support.teams.tenancy import Conversation, Tenancy
from tests.support.teams.tenancy import Person as TeamsPerson

LONDON = ZoneInfo("Europe/London")
#: Rules of delivery, short enough for a run of minutes.
DELIVERY = {
    "settle_seconds": "4",
    "timeout_seconds": "1.5",
    "lease_seconds": "10",
    "sweep_minutes": "[0.2, 0.6, 1.2]",
    "update_seconds": "20",
    "alarm_minutes": "3",
}
#: Members of every channel: people who may read references of every area.
READERS = ("lead", "coordinator", "police", "police-lead")
#: Nobody's hours are quiet, on whatever day and at whatever hour the run is.
HOURS = "start = 23:59:00\nend = 00:00:30\nworking_days = []\nduty_hours = [00:01:00, 23:58:00]\n"
_DATES = (re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b"), re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"))


@dataclass(frozen=True)
class Place:
    """A channel of the county, and the moment of its one digest."""

    id: str
    platform: str
    destination: str
    due_at: datetime


@dataclass(frozen=True)
class County:
    """What the run knows of its own: places, accounts of people by platform, and the files in its folder."""

    folder: Path
    places: tuple[Place, ...]
    slack: dict[str, str]
    teams: dict[str, str]
    exports: dict[str, Path]
    taken_at: datetime

    @property
    def partnership(self) -> Path:
        return self.folder / "partnership.toml"

    def people_slack(self, made: Workspace) -> None:
        """Put the people and channels into an invented Slack."""
        made.put(*(SlackPerson(account) for account in self.slack.values()))
        members = [*(self.slack[name] for name in READERS if name in self.slack), made.bot_user]
        made.put(*(Channel(p.destination, p.id, members=members) for p in self.places if p.platform == "slack"))

    def people_teams(self, made: Tenancy) -> None:
        """Put the people and channels into an invented Teams."""
        made.put(*(TeamsPerson(account, name) for name, account in self.teams.items()))
        ours = [self.teams[name] for name in READERS if name in self.teams]
        for p in self.places:
            if p.platform == "teams":
                made.put(Conversation(p.destination, "channel", ours, TEAM, TEAM_GROUP, "private"))
        made.put(Conversation(TEAM, "channel", ours, TEAM, TEAM_GROUP))


def build(folder: Path, channels: int, begins: datetime, minutes: float) -> County:
    """Write the county: its digests are due evenly over so many minutes, on Slack and Teams in turn."""
    moved_by = begins.astimezone(LONDON).date() - PRACTICE_NOW.astimezone(LONDON).date()
    if begins.astimezone(LONDON).time() < time(8):
        moved_by -= timedelta(days=1)  # the morning of the exports has been
    exports = _moved(write_exports(folder / "practice"), folder, moved_by)
    workers = _workers(exports["interviews"])
    slack: dict[str, str] = {}
    teams: dict[str, str] = {}
    places = tuple(_place(n, begins + timedelta(minutes=minutes) * n / max(1, channels)) for n in range(channels))
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^\[practice\]\n.*?(?=^\[|^# ----)", "", text)
    text = re.sub(r"(?ms)^\[\[(?:channels|rota)\]\]\n.*?(?=^\[|^# ----|^# Who)", "", text)
    text = text.replace('name = "Practice Oxfordshire"', 'name = "Invented Busyshire"')
    text = text.replace("history_start = 2016-07-01", f"history_start = {date(2016, 7, 1) + moved_by}")
    text = re.sub(r"(?ms)^\[quiet_hours\]\n.*?^bank", f"[quiet_hours]\n{HOURS}bank", text)
    text = re.sub(r"(?m)^duty_hours = .*#.*\n", "", text)
    text = re.sub(r"expires = 2018", f"expires = {begins.year + 1}", text)
    text = re.sub(r"acknowledge_minutes = \d+", "acknowledge_minutes = 2", text)
    for name, value in DELIVERY.items():
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    reminded = begins + timedelta(minutes=minutes / 4)
    text = re.sub(r"(?m)^reminder_time = \S+", f"reminder_time = {_wall(reminded)}", text)
    listed = re.findall(r'(?m)^\[\[people\]\]\nid = "(.+)"', text)
    for n, name in enumerate(listed):
        text = text.replace(
            f'[[people]]\nid = "{name}"\n', f'[[people]]\nid = "{name}"\n{_account(n, name, slack, teams)}', 1
        )
    for n, code in enumerate(workers, len(listed)):
        who = f"worker-{code.lower()}"
        if f'"{code}"' not in text:
            text += f'\n[[people]]\nid = "{who}"\n{_account(n, who, slack, teams)}role = "allocated_worker"\n'
            text += f'agency = "council"\nareas = ["{_area(code)}"]\nworker_code = "{code}"\n'
    text += "".join(map(_section, places))
    made = County(folder, places, slack, teams, exports, _taken(begins, moved_by))
    made.partnership.write_text(text, encoding="utf-8")
    return made


def _account(n: int, name: str, slack: dict[str, str], teams: dict[str, str]) -> str:
    """Give each other person an account in Slack, and the rest in Teams; return the line of the file."""
    if n % 2:
        teams[name] = f"33333333-cccc-4ccc-8ccc-{n:012d}"
        return f'teams_id = "{teams[name]}"\n'
    slack[name] = f"U0{re.sub('[^A-Z0-9]', '', name.upper())}"
    return f'slack_id = "{slack[name]}"\n'


def _place(n: int, due_at: datetime) -> Place:
    platform = ("slack", "teams")[n % 2]
    destination = f"C0BUSY{n:04d}" if platform == "slack" else f"19:busy{n}@thread.tacv2"
    return Place(f"channel-{n:03d}", platform, destination, due_at)


def _section(place: Place) -> str:
    number = int(place.id[-3:])
    areas = '"north", "south", "central"' if number // 2 % 2 else '"north"'
    return (
        f'\n[[channels]]\nid = "{place.id}"\nname = "Channel {number}"\nlevel = {int(number % 4 != 3)}\n'
        f'areas = [{areas}]\nplatform = "{place.platform}"\ndestination = "{place.destination}"\n'
        f'digest = {{ time = {_wall(place.due_at)}, cutoff = 23:59:59, days = "every" }}\n'
    )


def _wall(moment: datetime) -> str:
    """Return a time of day in London; at night, when a digest may not be due, midnight or the evening before it."""
    local = moment.astimezone(LONDON)
    if local.hour < 2:
        return "00:00:00"
    return "22:00:00" if local.hour == 23 else f"{local:%H:%M:%S}"


def _taken(begins: datetime, moved_by: timedelta) -> datetime:
    local = datetime.combine(PRACTICE_NOW.date() + moved_by, time(7, 41), LONDON)
    return min(local.astimezone(UTC), begins)


def _moved(files: dict[str, Path], folder: Path, by: timedelta) -> dict[str, Path]:
    """Write the exports anew with every date moved."""
    return {source: _rewritten(file, folder / f"{source}.csv", by) for source, file in files.items()}


def _rewritten(file: Path, to: Path, by: timedelta) -> Path:
    text = file.read_text(encoding="utf-8")
    text = _DATES[0].sub(lambda m: f"{date(int(m[3]), int(m[2]), int(m[1])) + by:%d/%m/%Y}", text)
    text = _DATES[1].sub(lambda m: f"{date(int(m[1]), int(m[2]), int(m[3])) + by:%Y-%m-%d}", text)
    to.write_text(text, encoding="utf-8")
    return to


def _workers(interviews: Path) -> Sequence[str]:
    with interviews.open(encoding="utf-8", newline="") as file:
        return sorted({row["worker"] for row in csv.DictReader(file) if row["worker"]})


def _area(code: str) -> str:
    return {"N": "north", "S": "south", "C": "central", "D": "disability"}.get(code[2:3], "out_of_county")
