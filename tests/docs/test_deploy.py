"""deploy/README.md has every environment variable that the program reads, every figure of monitoring, every address."""

from __future__ import annotations

import ast
import re
from typing import get_args

from bot.chat.slack.manifest import PATH
from bot.chat.teams import credentials as teams
from bot.rules.delivery.health import DeliveryFigures, SourceHealth
from bot.rules.partnership.partnership import Condition
from bot.rules.time.trusted import LastTick
from bot.server.http.metrics import Metrics
from bot.settings import ROOT
from tests.support.factories import NOW

PAGE = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
SOURCE = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot").rglob("*.py"))
VARIABLE = re.compile("BOT_[A-Z_]+", re.ASCII)


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def variables() -> dict[str, str]:
    """Each variable of the table, and whether it is a secret."""
    rows = re.findall(r"^\| (`BOT_[^|]+) \| (\w+) \| [^|]+ \|$", section("Environment variables"), re.MULTILINE)
    return {name: secret for names, secret in rows for name in VARIABLE.findall(names)}


def test_every_environment_variable_that_is_read_is_in_the_table_and_no_other() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "bot").rglob("*.py")]
    texts = {n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    read = {text for text in texts if isinstance(text, str) and VARIABLE.fullmatch(text)}
    assert len(read) > 12
    assert set(variables()) == read


def test_what_may_come_in_a_file_is_called_a_secret() -> None:
    """`secret` reads a variable or the file that NAME_FILE names."""
    by_name = set(re.findall(r"\b(?:secret|_key)\([\w.]+, \"(BOT_\w+)\"", SOURCE))
    (in_slack,) = re.findall(r"secret\(environ, name\) or \"\" for name in \(([A-Z_, ]+)\)", SOURCE)
    in_teams = re.findall(r"\bsecret\(environ, in_teams\.([A-Z_]+)\)", SOURCE)
    values = dict(re.findall(r"^([A-Z_]+): Final = \"(BOT_\w+)\"", SOURCE, re.MULTILINE))
    secrets = by_name | {values[name] for name in in_slack.split(", ")} | {vars(teams)[name] for name in in_teams}
    assert in_teams
    assert {name for name, secret in variables().items() if secret == "yes"} == secrets


def test_every_figure_of_monitoring_is_explained() -> None:
    source = SourceHealth("police", "ok", 1.0, 1, 0, 0, 0, too_few_rows=False, file_refused=False)
    figures = DeliveryFigures(data=(source,), tick_age=1.0, last_tick=LastTick(NOW, NOW, NOW))
    text = Metrics(lambda: figures, (), (), lambda: {"police": 1.0}, ("digest",)).text().decode()
    names = {
        name if kind != "counter" or name.endswith("_total") else f"{name}_total"
        for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
        if not name.endswith("_created")
    }
    assert len(names) > 15
    assert set(re.findall(r"missing_[a-z_]+", section("Alarms"))) == names


def test_every_address_is_in_the_table() -> None:
    routes = (ROOT / "bot" / "server" / "http" / "routes.py").read_text(encoding="utf-8")
    served = re.findall(r"@app\.get\(\"([^\"]+)\"", routes)
    assert len(served) == 4
    table = section("The service and its health")
    assert re.findall(r"^\| `(/[^`]+)` \|", table, re.MULTILINE) == [*served, PATH, teams.PATH]


def test_every_condition_of_a_rule_is_explained() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("Escalation rules"), re.MULTILINE)[1:] == list(get_args(Condition))
