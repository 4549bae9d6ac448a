"""The ids of everything in a message that can be pressed, in one table: each has a listener, and a test says so.

An id is one of these words, alone or with a colon and a number after it (ids of one message must differ).
"""

from __future__ import annotations

from typing import Final

#: Runs the command behind the handle in its value.
PRESS: Final = "press"
#: The same, after a form was filled in where the command asks for one.
FORM: Final = "form"
#: An overflow menu: the chosen option's value is "press HANDLE" or "form HANDLE".
CHOOSE: Final = "choose"
#: Another page of the same answer: "more:2" is the second; its value is the handle of the command.
MORE: Final = "more"
#: Says who would read the answer in this channel; SHARE_NOW then posts it there.
SHARE: Final = "share"
SHARE_NOW: Final = "share_now"
#: Takes a private answer away at once.
HIDE: Final = "hide"
#: Shows App Home anew.
REFRESH: Final = "refresh"

EVERY: Final = (PRESS, FORM, CHOOSE, MORE, SHARE, SHARE_NOW, HIDE, REFRESH)

#: What a submitted form is called, and the shortcut on a message.
FILLED: Final = "filled"
LOOK_UP: Final = "look_up_reference"
