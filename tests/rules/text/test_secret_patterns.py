"""Secrets in a text: found by their form, and no id or name taken for one."""

from __future__ import annotations

import pytest

from bot.rules.text.secret_patterns import PASSWORD, TOKEN, looks_like_a_secret

RUN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"  # 38 letters of both cases


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("xoxb-" + "made-up", True),
        ("XAPP-1-made-up", True),
        ("eyJ" + "hbGciOi.x.y", True),
        ("EYJhbGciOi", False),
        ("Bearer " + "made.up", True),
        ("-----BEGIN PRIVATE KEY-----", True),
        ("postgresql://bot:" + "made-up@db/bot", True),
        ("postgresql://db/bot", False),
        ("password=" + "made-up", True),
        ("AccountKey=" + "x", True),
        ("gh" + "p_" + "a1" * 10, True),
        ("akia" + "a1" * 8, True),
        ("a" * 31, False),
        ("0123456789abcdef" * 2, True),
        ("0123456789abcdef" * 2 + "g", False),
        (RUN + "123", True),
        (RUN + "12", False),  # forty, and two digits: it may be a long name
        (RUN.lower() + "123", False),
        (RUN.upper() + "123", False),
        (RUN[:36] + "123", False),  # one short of forty
        ("19:" + RUN + "123", False),
        ("28:" + RUN + "123", False),
        ("29:" + RUN + "123", False),
        ("30:" + RUN + "123", True),
        ("OX-7QK4", False),
        ("", False),
    ],
)
def test_forms_of_a_secret(text: str, secret: bool) -> None:
    assert looks_like_a_secret(text) is secret


def test_what_is_taken_out_of_an_address_is_its_password_alone() -> None:
    url = "postgresql://bot:" + "made-up" + "@db/bot"
    found = PASSWORD.search(url)
    assert found is not None
    assert found[0] == "bot:" + "made-up"
    assert TOKEN.search(url) is None
