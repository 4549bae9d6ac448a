"""Slack's codes of refusal, and what each means for a message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.delivery.refused import Cause

_CODES: Mapping[Cause, tuple[str, ...]] = {
    "archived": ("is_archived",),
    "no_channel": ("channel_not_found",),
    "not_in_it": ("not_in_channel",),
    "may_not_post": (
        *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        *("restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_reply_to_message"),
        *("ekm_access_denied", "method_not_supported_for_channel_type", "enterprise_is_restricted"),
    ),
    "not_reached": ("user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "messages_tab_disabled"),
    "token": (
        *("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required"),
        *("team_access_not_granted", "team_added_to_org", "team_not_found", "two_factor_setup_required"),
        *("access_denied", "accesslimited", "not_allowed_token_type"),
    ),
    "permission": ("missing_scope", "no_permission"),
    "limit": ("message_limit_exceeded",),
    "too_long": ("msg_too_long", "msg_blocks_too_long"),
    "form": (
        *("invalid_blocks", "invalid_blocks_format", "no_text", "markdown_text_conflict"),
        *("invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_json"),
    ),
}
_CAUSES: Mapping[str, Cause] = {code: cause for cause, codes in _CODES.items() for code in codes}


def cause(code: str) -> Cause:
    """Return the cause behind a code; "refused" for one that is not in the table."""
    return _CAUSES.get(code, "refused")
