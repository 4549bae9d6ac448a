"""The check that listed people are members in Slack: a message to a deactivated account seems to arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.chat.slack.accounts import standing_of
from bot.chat.slack.identity import Me
from bot.chat.slack.web_api import Api, ApiResponse, Failed
from bot.rules.access.permissions import Membership
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.partnership.partnership import Person

#: Slack account -> entitled or not; None where Slack did not answer. An account that is not listed is missing.
Readers = Mapping[str, bool | None]
NAME = "slack people"
_DO = "Take them off the list (people deactivate ID), or correct their id (people link ID --slack-id U...)"


def of_people(
    bot: Api, us: ApiResponse, people: Sequence[Person], entitled: Mapping[str, bool]
) -> tuple[Finding, Readers]:
    """Check every active person with a Slack id, with one call each."""
    wrong: dict[str, str] = {}
    readers: dict[str, bool | None] = {}
    asked = [p for p in people if p.slack_id and p.active]
    for person in asked:
        said = _standing(bot, us, person.slack_id)
        readers[person.slack_id] = None if said == "not asked" else said == "" and entitled.get(person.id, False)
        if said:
            wrong[person.id] = said
    return _found(len(asked), wrong), readers


def _found(asked: int, wrong: Mapping[str, str]) -> Finding:
    if asked == 0:
        return look(NAME, "nobody who is listed has a Slack id", "Add them: people link ID --slack-id U... --as ADMIN")
    details = [f"{who}: {said}" for who, said in wrong.items()]
    if unasked := sum(said == "not asked" for said in wrong.values()):
        text = f"Slack did not say of {unasked} of {asked} people who they are"
        return fault(NAME, text, "See the scopes above, and ask again", *details)
    if wrong:
        return look(NAME, f"{len(wrong)} of {asked} cannot be reached or answered", _DO, *details)
    return ok(NAME, f"all {asked} who have a Slack id are members")


def _standing(bot: Api, us: ApiResponse, account: str) -> str:
    """Return the fault of an account; "" for a member of our workspace."""
    try:
        user: Any = bot.asked("users.info", {"user": account}).get("user")
    except Failed as no:
        return "Slack knows no such id" if no.code in ("user_not_found", "user_not_visible") else "not asked"
    if not isinstance(user, dict):
        return "not asked"
    me = Me(str(us.get("team_id")), str(us.get("user_id")), str(us.get("bot_id")), us.get("enterprise_id"))
    return _WRONG.get(standing_of(user, me), "")  # by the same rule as for a caller


_WRONG: Mapping[Membership, str] = {
    "deactivated": "deactivated in Slack",
    "guest": "a guest in Slack",
    "elsewhere": "of another organisation",
    "bot": "a bot",
}
