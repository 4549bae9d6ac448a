"""Practice data: invented exports of police and council that reproduce the published figures of 2016-17."""

from bot.practice.calendar import CHILDREN_TAKEN_AT, INTERVIEWS_TAKEN_AT, POLICE_TAKEN_AT, PRACTICE_NOW, TAKEN_AT
from bot.practice.exports import CHECKSUMS, is_practice_file, write_exports

__all__ = [
    "CHECKSUMS",
    "CHILDREN_TAKEN_AT",
    "INTERVIEWS_TAKEN_AT",
    "POLICE_TAKEN_AT",
    "PRACTICE_NOW",
    "TAKEN_AT",
    "is_practice_file",
    "write_exports",
]
