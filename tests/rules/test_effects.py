"""Notices: what a reader must still be allowed, to be shown one of a kind."""

from __future__ import annotations

from bot.rules.effects import NEEDED_FOR


def test_each_kind_of_notice_has_the_right_that_its_reader_needs() -> None:
    """Leads review looks, administrators unlock and mend, and who records steps accepts a hand-over."""
    assert NEEDED_FOR == {
        "break_glass": "review",
        "quota": "review",
        "unreviewed": "review",
        "locked": "admin",
        "vacant": "admin",
        "alarm": "admin",
        "drill": "admin",
        "hand_over": "interview_update",
        "asked": "interview_update",
    }
