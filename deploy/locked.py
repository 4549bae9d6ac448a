"""Print the entries of the lock that the bot needs to run, and those of the extras named as arguments.

`deploy/requirements.txt` says below each entry which packages asked for it ("# via"); names in `pyproject.toml` begin.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def name_of(requirement: str) -> str:
    return re.split(r"[\[=<>~!; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def entries() -> list[tuple[str, str, set[str]]]:
    """Return name, whole entry and the names after "# via"; one package may have entries for several Pythons."""
    text = (ROOT / "deploy" / "requirements.txt").read_text(encoding="utf-8")
    found = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    return [(name_of(e), e, set(re.findall(r"^    #(?:  | via) (\S+)", e, re.MULTILINE))) for e in found]


def needed(extras: list[str]) -> str:
    """Return the entries that the project and these extras need, directly or through one another."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    offered = project["optional-dependencies"]
    if unknown := [extra for extra in extras if extra not in offered]:
        sys.exit(f"There is no extra called {unknown[0]}; there are: {', '.join(offered)}")
    names = {name_of(r) for r in [*project["dependencies"], *(r for e in extras for r in offered[e])]}
    locked = entries()
    while more := {name for name, _, via in locked if via & names} - names:
        names |= more
    return "".join(entry for name, entry, _ in locked if name in names)


if __name__ == "__main__":
    sys.stdout.write(needed(sys.argv[1:]))
