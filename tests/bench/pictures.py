"""Make README's pictures from the practice page: python -m tests.bench.pictures [FOLDER].

Without a folder they go to deploy/pictures. References of children differ each time, for every load invents them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from bot.settings import ROOT, read_settings
from tests.support.browser import DESK, PHONE, Morning, Served, chromium, morning, serving

FOLDER = ROOT / "deploy" / "pictures"
#: As many colours as a page of text needs.
COLOURS = 128
#: The whole page fits in, so that the line to type in is below everything.
HEIGHT = 900


@dataclass(frozen=True)
class Picture:
    """A picture of a place, after a command where one is given.

    Only the last `messages` are on it, without the line to type in; a `whole` page has everything.
    """

    name: str
    person: str
    place: str
    command: str = ""
    messages: int = 1
    width: int = PHONE
    whole: bool = False


PICTURES = (
    Picture("digest", "lead", "county-digest"),
    Picture("call", "police-lead", "private"),
    Picture("figures", "lead", "private", "stats north", messages=2),
    Picture("practice-page", "lead", "county-digest", width=DESK, whole=True),
)


def make(browser: Browser, served: Served, folder: Path) -> list[Path]:
    """Draw every picture into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with morning(browser, served) as begun:
        return [_draw(begun, picture, folder / f"{picture.name}.png") for picture in PICTURES]


def _draw(begun: Morning, picture: Picture, file: Path) -> Path:
    window = begun.window(picture.person, picture.place, width=picture.width, scale=2)
    if picture.command:
        window.ask(picture.command)
    if picture.whole:
        window.page.set_viewport_size({"width": picture.width, "height": HEIGHT})
    window.open(picture.place)  # read once before: nothing is marked as new
    if picture.whole:
        window.page.screenshot(path=file, full_page=True)
    else:
        window.page.evaluate(LAST, picture.messages)
        window.main.screenshot(path=file)
    with Image.open(file) as drawn:
        drawn.quantize(COLOURS).save(file, optimize=True)
    return file


#: Takes everything away from the conversation but its last messages.
LAST = """count => {
  const main = document.querySelector("main");
  const kept = [...main.querySelectorAll(":scope > article")].slice(-count);
  main.replaceChildren(...kept);
  kept[0].style.borderTop = "0";
}"""


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder: Path = given.parse_args().folder
    with chromium() as browser, serving(read_settings({})) as served:
        for file in make(browser, served, folder):
            with Image.open(file) as drawn:
                print(f"{file.name:20}{drawn.width:>6} x {drawn.height:<6}{file.stat().st_size / 1000:>7.0f} kB")


if __name__ == "__main__":
    main()
