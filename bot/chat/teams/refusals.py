"""Teams' codes of refusal, and what each means for a message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.delivery.refused import Cause

_CODES: Mapping[Cause, tuple[str, ...]] = {
    "archived": ("TeamArchived", "ChannelArchived"),
    "no_channel": ("ConversationNotFound", "TeamNotFound", "ChannelNotFound", "NotFound", "http_404"),
    "not_in_it": ("BotNotInConversationRoster", "not_installed", "ForbiddenOperationException"),
    "may_not_post": ("MessageWritesBlocked", "Forbidden", "http_403"),
    "not_reached": ("ConversationBlockedByUser", "MemberNotFoundInConversation"),
    "token": (
        *("Unauthorized", "http_401", "token_refused", "BotNotRegistered", "BotDisabledByAdmin"),
        *("InvalidAuthenticationToken", "AuthorizationFailed"),
    ),
    "permission": ("Authorization_RequestDenied", "InsufficientPermissions"),
    "limit": ("QuotaExceeded",),
    "too_long": ("MessageSizeTooBig", "RequestEntityTooLarge", "http_413"),
    "form": ("BadSyntax", "BadArgument", "BadFormat", "ContentTypeNotSupported", "http_400", "http_415"),
}
_CAUSES: Mapping[str, Cause] = {code: cause for cause, codes in _CODES.items() for code in codes}
#: In private these mean that the app is not there for the person.
_NOBODY = frozenset({"no_channel", "not_in_it", "may_not_post"})


def cause(code: str, *, to_person: bool = False) -> Cause:
    """Return the cause behind a code; "refused" for one that is not in the table."""
    found = _CAUSES.get(code, "refused")
    return "not_reached" if to_person and found in _NOBODY else found
