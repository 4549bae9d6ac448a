"""Notices about a channel: its readers and its level before an answer is shared there, and the welcome to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.catalogue import _, n_
from bot.rules.delivery.delivery import digest_slots
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.time.clock import say_near

_SHARED_LEVELS = {0: _("Counts alone are shown"), 1: _("References and counts are shown")}


def shared_with(destination: Destination, channel: Channel, partnership: Partnership) -> Reply:
    """Return one or two sentences to be read before an answer is shared; a refusal where it cannot be."""
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        text = (
            _("Others than this partnership read this channel, or it cannot be learnt who does: nothing is shared."),
        )
        return Reply(_("Not shared"), 0, text, status="refused")
    most = partnership.disclosure.threshold
    hidden = _(
        "{shared_levels}; of statistics, counts of 1 to {most} are hidden, and what gives them away.",
        shared_levels=_SHARED_LEVELS[min(level, 1)],
        most=most,
    )
    return Reply(_("Share with {channel}?", channel=channel.name), 0, (readers(destination), hidden))


def readers(d: Destination) -> str:
    """Describe the privacy of a channel, and count the members that are not entitled."""
    kind = {True: _("private"), False: _("not private"), None: _("perhaps not private")}[d.is_private]
    if d.members is None:
        return _("The channel is {kind}; who reads there cannot be learnt.", kind=kind)
    others = sum(m is not True for m in d.members)
    count = len(d.members)
    people = n_("1 member", "{n} members", count)
    entitled = _("every one listed") if not others else _("{others} of them not listed as entitled", others=others)
    return _("The channel is {kind}: {people}, {entitled}.", kind=kind, people=people, entitled=entitled)


_LEVELS = {0: _("counts alone"), 1: _("references and counts")}


def first_run(
    destination: Destination,
    channel: Channel | None,
    called: str,
    platform: str,
    partnership: Partnership,
    now: datetime,
    *,
    is_admin: bool,
) -> Reply:
    """Welcome for the person who invited the bot, in private. `called` is the platform's name of the channel."""
    if channel is None:
        return _not_listed(called, platform, partnership, is_admin=is_admin)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        lines = [_("I will post nothing there: others than this partnership read it, or I cannot learn who does.")]
    else:
        areas = ", ".join(partnership.area(a).short for a in channel.areas)
        if len(channel.areas) == len(partnership.areas):
            areas = _("the whole county")
        # Within three weeks: no holidays are longer.
        days = (now + timedelta(days=n) for n in range(22))
        found = (
            s.due_at for day in days for s in digest_slots(channel, partnership.calendar(), now, day) if s.due_at > now
        )
        first = next(found, None)
        every = _("every day") if channel.digest.days == "every" else _("every working day")
        times = _(
            "{every} at {time}{next}",
            every=every,
            time=f"{channel.digest.time:%H:%M}",
            next=_(", next {first}", first=say_near(first, now)) if first else "",
        )
        lines = [_("I post the digest of {areas} there: {times}.", areas=areas, times=times)]
        lines.append(
            _("As it is now it shows {levels}. {readers}", levels=_LEVELS[min(level, 1)], readers=readers(destination))
        )
        if level < channel.level:
            lines.append(
                _("The partnership file allows references; they need a private channel where all are entitled.")
            )
    return Reply(
        _("{channel}: I am here", channel=channel.name),
        0,
        tuple(lines),
        buttons=(Button(_("Preview it for me"), "today"),),
    )


def _not_listed(called: str, platform: str, partnership: Partnership, *, is_admin: bool) -> Reply:
    if not is_admin:
        text = (
            _("This channel is not on the partnership's list, so I say nothing there."),
            _("Ask your administrator."),
        )
        return Reply(_("Not listed"), 0, text)
    lines = (
        _("This channel is not on the partnership's list, so I say nothing there."),
        _("To have a digest there, write this into the partnership file and start the bot again:"),
        "[[channels]]",
        'id = "a-name-of-yours"',
        'name = "What people call it"',
        "level = 0  # counts; 1 is references, in a private channel where everybody is entitled",
        f"areas = [{', '.join(repr(a.id).replace(chr(39), chr(34)) for a in partnership.areas[:1])}]",
        f'platform = "{platform}"',
        f'destination = "{called}"',
        "digest = { time = 08:00:00, cutoff = 12:00:00 }",
    )
    return Reply(_("Not listed"), 0, lines)
