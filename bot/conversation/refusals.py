"""The texts of every refusal, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.reply import Button, Reply
from bot.rules.access.permissions import Reason
from bot.rules.catalogue import _
from bot.rules.text.small_words import say_places

ASK_ADMINISTRATOR = _("I can't answer you. Please ask your administrator.")

WHAT_YOU_CAN_ASK = Button(_("What you can ask"), "help")

#: The title of each refusal; that of a child who is not shown is in `not_shown`.
TITLES: Mapping[Reason, str] = {
    "role": _("Not in your role"),
    "area": _("Outside your areas"),
    "unlisted_place": _("Not in this place"),
    "place_area": _("Another area than this channel's"),
    "place_level": _("Ask me in private"),
    "locked": _("Look-ups are locked"),
    "reason_needed": _("A reason is needed"),
    "reason_unfit": _("That reason can't be used"),
    "quota": _("Too many children outside your areas"),
    "handle": _("Button no longer valid"),
    "not_recorded": _("Not recorded, so not answered"),
}

NOTHING_LOADED = Reply(
    _("Nothing is loaded"),
    0,
    (_("No export has been loaded yet: this is not zero, it is not known."), _("Load the three exports first.")),
    status="failed",
)


def not_shown() -> Reply:
    """Return the one answer for "no such child" and "not yours": the same bytes, so that they are indistinguishable."""
    lines = (
        _("I can't show that reference. Either there is no such child, or the child is outside what you may see."),
        _("If you need it for your work, ask your manager."),
    )
    return Reply(_("Not shown"), 0, lines, status="refused")


def not_known(places: Sequence[int]) -> str:
    """Name the places of the words that were not understood, never the words: they may be a child's name."""
    return _("I don't know {places} of that.", places=say_places(places))


def no_names(prefix: str, level: int | None = 2) -> str:
    """Ask for the reference; its example only where references may be shown."""
    like = _(" (like {prefix}-7QK4)", prefix=prefix) if level else ""
    return _("Please use the reference{like}, not a name. I have not kept what you typed.", like=like)


def refusal(reason: Reason, areas: Sequence[str] = (), detail: str = "") -> Reply:
    """Return the text of a reason code. `areas` are those of the person or channel, `detail` a time or a number.

    A person who may ask nothing gets the same text whatever the reason; the audit trail has the reason.
    """
    if reason == "not_found":
        return not_shown()
    text = {
        "role": _(
            "Your role does not include this{it}.",
            it=_(": it is for the role {detail}", detail=detail) if detail else "",
        ),
        "area": _("That is outside your areas. You can ask for: {areas}.", areas=", ".join(areas) or _("no area yet")),
        "unlisted_place": _(
            "This place is not on the partnership's list, so I answer nothing here. Ask me in private."
        ),
        "place_area": _("This channel is for: {areas}. Ask me in private.", areas=", ".join(areas)),
        "place_level": _("This place is not private enough for that. Ask me in private."),
        "locked": _(
            "Look-ups are locked for you until {detail}: too many references were not found. "
            "Your administrator has been told.",
            detail=detail,
        ),
        "reason_needed": _(
            'Say why you need this child\'s record. It is recorded: child REFERENCE because "why you need it now"'
        ),
        "reason_unfit": _(
            "That reason can't be used. Say in words why you need this child's record now, "
            "in at least {detail} characters and at most 200, without personal details: no "
            "date, address, postcode, e-mail, telephone or NHS number, and please no name. I "
            "have not kept what you typed.",
            detail=detail,
        ),
        "quota": _(
            "You have opened {detail} children outside your areas in the last 30 days, and "
            "may open no more. The strategic leads have been told. For a child at risk now, "
            "ring the duty desk.",
            detail=detail,
        ),
        "handle": _("This button is no longer valid. Please ask again."),
        "not_recorded": _(
            "I could not record your question, so I can't answer it. Please try again in a "
            "minute; if it happens again, tell your administrator."
        ),
    }
    shown = (WHAT_YOU_CAN_ASK,) if reason in ("role", "area") else ()
    lines = (text.get(reason, ASK_ADMINISTRATOR),)
    return Reply(TITLES.get(reason, _("Not answered")), 0, lines, buttons=shown, status="refused")
