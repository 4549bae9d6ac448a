"""A look that nobody reviewed in two working days: administrators and leads are told, once, whichever replica ticks."""

from __future__ import annotations

from bot.jobs import notices, overdue_reviews
from bot.rules.effects import OpenBreakGlass
from tests.support.factories import at, hours
from tests.support.job_scene import Scene


def test_the_alarm_is_raised_once_and_sent(bot: Scene) -> None:
    since = at("Wed 5 Jul 2017 10:00")
    bot.say(
        OpenBreakGlass("north-worker", "OX-2223", "south", "a reason that is long enough", since, since + hours(0.5), 3)
    )
    bot.now = at("Fri 7 Jul 2017 23:59")
    bot.tick(overdue_reviews.JOB, notices.JOB)
    assert bot.alarms() == []
    bot.now = at("Sat 8 Jul 2017 00:00")
    for name in ("a", "b", "a"):
        bot.tick(overdue_reviews.JOB, notices.JOB, name=name)
    assert len(bot.alarms()) == 1
    assert "was not reviewed within 2 working days" in bot.chat.to("admin")[0].text
    assert len(bot.chat.to("lead")) == len(bot.chat.to("police-lead")) == 1
