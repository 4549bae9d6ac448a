"""help: the commands that a person can run in this place, by what they are about; help on one of them, or a topic."""

from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Reply, Row, Section, Table
from bot.rules.access.permissions import roles_today
from bot.rules.catalogue import _, code_words
from bot.rules.disclosure.rounding import STEP, most_hidden
from bot.rules.text.area_names import suggest
from bot.rules.text.small_words import bare
from bot.rules.time.clock import local_day
from bot.rules.time.period import EXAMPLES

#: The commands by what they are about, each in one group.
GROUPS = {
    _("Today"): ("today", "open", "escalations", "strategy", "on-call", "unreported"),
    _("Children"): ("child", "said", "ended", "same", "age", "who-looked"),
    _("Return interviews"): ("interviews", "interview"),
    _("Figures"): (
        *("stats", "compare", "trend", "bands", "cohort", "concentration", "reporters"),
        *("lac", "placements", "report", "reports"),
    ),
    _("Me"): ("home", "away", "my-access"),
    _("The bot"): ("help", "sources", "deliveries", "drill", "reviews", "access-summary"),
}
#: The buttons: what most people ask, by its label.
ASKED_MOST = {
    _("Today"): "today",
    _("Missing now"): "open",
    _("My interviews"): "interviews mine",
    _("Stats"): "stats",
    _("One child"): "child",
}


def run(ask: Ask) -> Reply:
    """List the runnable commands from their own definitions, so that none is promised that would be refused."""
    commands = ask.desk.runnable(ask.request)
    words = [bare(w) for w in ask.words]
    topic = next((c for word in words for c in commands if word in (c.name, *c.aliases)), None)
    known, _unused = ask.desk.find(" ".join(words[:1]))
    if topic is None and known is None and (near := suggest(" ".join(words[:1]), [c.name for c in commands])):
        raise Unclear(_("I don't know that command."), f"help {near}")
    if topic is not None:
        lines = (f"{topic.summary}.", _("Usage: {usage}", usage=topic.usage))
        mine = [e for e in topic.examples if ask.may(topic.example_needs.get(e, "help"))]
        examples = list(dict.fromkeys(_for(ask, e) for e in mine))
        buttons = tuple(Button(f"Run: {e}"[:75], e) for e in examples[:3])
        table = Table(_("Examples"), (_("Example"),), tuple((e,) for e in examples))
        return Reply(_("Help: {topic}", topic=topic.name), 0, lines, tables=(table,), buttons=buttons)
    topics = _topics(ask)
    if words:
        found = next((name for word in words for name in topics if word in (name, name.rstrip("s"))), None)
        if found is None:
            raise Unclear(
                _("I have no help on that here. Topics are {topics}, and each command.", topics=", ".join(topics)),
                "help",
            )
        return Reply(_("Help: {found}", found=found), 0, topics[found])
    you, roles = "", []
    if (actor := ask.request.actor) is not None:
        for held in roles_today(actor, local_day(ask.now)):
            areas = _(" for {areas}", areas=", ".join(held.areas)) if held.areas else ""
            roles.append(f"{code_words(held.role)}{areas}")
        you = _("You are {actor}, {roles}.", actor=actor.id, roles="; ".join(roles))
    example = (
        _(" like {reference_prefix}-7QK4", reference_prefix=ask.partnership.reference_prefix)
        if ask.request.place.level
        else ""
    )
    by_name = {c.name: c for c in commands}
    groups = {title: [by_name[name] for name in names if name in by_name] for title, names in GROUPS.items()}
    most = {label: _for(ask, text) for label, text in ASKED_MOST.items() if text.split()[0] in by_name}
    return Reply(
        title=_("What you can ask here"),
        level=0,
        text=(you,),
        sections=tuple(
            Section(title, tuple(Row(_for(ask, c.examples[0]), (c.summary,)) for c in found))
            for title, found in groups.items()
            if found
        ),
        footer=(
            _(
                "More on each: help COMMAND. On {topics}: help {iter}.",
                topics=", ".join(topics),
                iter=next(iter(topics)),
            ),
            _("Children are references{example}: please never type a name.", example=example),
        ),
        buttons=tuple(Button(label, text, form=text == "child") for label, text in most.items()),
    )


def _topics(ask: Ask) -> dict[str, tuple[str, ...]]:
    """Return what is explained beside the commands, by its word. `deploy/duty.md` is the morning in full."""
    digests = ", ".join(sorted({f"{c.digest.time:%H:%M}" for c in ask.partnership.channels}))
    return {
        "morning": (
            _("1. Calls: press Acknowledge on each 🔔 that you will act on. If you cannot, ring the next role."),
            _("2. The digest, in your channel at {times}. Does it begin with ⚠? Read that line first.", times=digests),
            _("3. Missing now, from the top: ⚫ has no grade: ask the police; then 🔴. One child: child REFERENCE."),
            _("4. Interviews you can still save today: ⚠ has no owner, press Take it; ⏳ has one, ring them."),
            _(
                "5. Your own reminder, in private at {time}. Through the day press Record on what was done.",
                time=f"{ask.partnership.delivery.reminder_time:%H:%M}",
            ),
            _("No digest? It comes late and says so; some channels have none at weekends. Ask for today meanwhile."),
            _("NOT KNOWN is not zero: look in the police and case systems, and tell your administrator."),
            _("Twice? Use either: what is done counts once. The second mostly goes within the hour."),
            _("No answer from the bot at all? Use the police and case systems, and ring your administrator."),
            _("Never type a name, birth date, address or police number in a channel."),
        ),
        "periods": (
            _("A period is one of {examples}. Q2 or june is the last one that is over.", examples=EXAMPLES),
            _("Periods are whole days in London time, both ends included; every answer names them."),
        ),
        "areas": (
            _("Areas are {areas}, and all.", areas=", ".join(a.id for a in ask.partnership.areas)),
            _("Several beside one another: stats north south."),
        ),
        "marks": (
            _("Grades, by the police: ⚫ no grade yet, 🔴 HIGH, 🟠 medium, ⚪ low."),
            _("Return interviews: ⏳ due, ⏰ overdue, ⚠ nobody owns it, ✓ done."),
            _("Calls: 🔔 called, and not acknowledged yet."),
            _("⚠ with other words: something about the data is in doubt, or somebody has to see to it."),
            _(
                "c: a count of 1 to {most}, or one that would tell such a count; not shown in a channel. Other counts "
                "are rounded to {step} there.",
                most=most_hidden(ask.partnership.disclosure.threshold),
                step=STEP,
            ),
        ),
        "privacy": (
            _("Children are references here. Names, dates of birth and addresses are in the case systems alone."),
            _("One child is shown to one person, in private, and each look is recorded: my-access shows yours."),
            _("A channel shows references only where everybody who reads there may see them, else counts."),
            _("Counts beyond one person are rounded, and small numbers are left out."),
            _("The leads' own words of a report are handed in on the server: they never go through chat."),
        ),
    }


def _for(ask: Ask, example: str) -> str:
    """Return the example with an area of this person in place of another's."""
    every_area = [a.id for a in ask.partnership.areas]
    held = ask.request.actor.roles if ask.request.actor else ()
    own = [a for h in held for a in h.areas]
    here = [a for a in own or every_area if ask.request.place.holds(a)]
    if not here or set(here) == set(every_area):
        return example
    others = {*every_area, "all"} - set(here)
    return " ".join(here[0] if word in others else word for word in example.split())


COMMAND = Command(
    name="help",
    summary=_("What you can ask here"),
    usage="help [COMMAND|TOPIC]",
    examples=("help", "help marks"),
    actions=("help",),
    run=run,
    words=dict.fromkeys(
        ("what can i ask", "what can you do", "what can you answer", "what may i ask", "commands", "how do i use"), ""
    ),
    aliases=("?", "-h", "--help", "cymorth"),
)
