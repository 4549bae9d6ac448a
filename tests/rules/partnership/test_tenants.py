"""Tenants of a channel in Teams, as the partnership file names them."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from bot.rules.partnership.partnership import Channel, Digest

TENANT = "22222222-bbbb-4bbb-8bbb-000000000003"


def channel(**changes: Any) -> Channel:
    known: dict[str, Any] = {"platform": "teams", "destination": "19:north@thread.tacv2"}
    return Channel("north-digest", "North", 1, ("north",), Digest(time(8), time(12)), **known | changes)


def test_none_are_allowed_but_those_that_are_named() -> None:
    assert channel().tenants == ()
    assert channel(tenants=(TENANT, TENANT.upper())).tenants == (TENANT, TENANT.upper())


@pytest.mark.parametrize(
    "wrong", ["", "police.example.org", TENANT[:-1], f"{TENANT}0", f" {TENANT}", TENANT[:-1] + "g"]
)
def test_a_name_or_half_an_id_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no tenant id"):
        channel(tenants=(TENANT, wrong))


@pytest.mark.parametrize(("platform", "destination"), [("slack", "C012AB3CD"), ("offline", "")])
def test_elsewhere_there_are_none(platform: str, destination: str) -> None:
    assert channel(platform=platform, destination=destination).tenants == ()
    with pytest.raises(ValueError, match="leave them out on another platform"):
        channel(platform=platform, destination=destination, tenants=(TENANT,))
