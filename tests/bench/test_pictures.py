"""README's pictures can be made at any time, and are small enough to be loaded at once."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from bot.settings import read_settings
from tests.bench import pictures
from tests.support.browser import chromium, serving

LARGEST = 200_000


def test_every_picture_is_made_and_small(tmp_path: Path) -> None:
    with chromium() as browser, serving(read_settings({})) as served:
        files = pictures.make(browser, served, tmp_path)
    assert [file.stem for file in files] == [picture.name for picture in pictures.PICTURES]
    for file, picture in zip(files, pictures.PICTURES, strict=True):
        with Image.open(file) as drawn:
            assert drawn.width == 2 * picture.width
        assert file.stat().st_size < LARGEST


def test_the_pictures_of_the_documents_are_those_that_are_made() -> None:
    assert {file.name for file in pictures.FOLDER.iterdir()} == {f"{picture.name}.png" for picture in pictures.PICTURES}
