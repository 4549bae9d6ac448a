"""help: the commands that a person can run in this place, with an example of each."""

from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Reply, Table
from bot.rules.access.permissions import roles_today
from bot.rules.text.area_names import suggest
from bot.rules.text.small_words import bare
from bot.rules.time.clock import local_day
from bot.rules.time.period import EXAMPLES


def run(ask: Ask) -> Reply:
    """List the runnable commands from their own definitions, so that none is promised that would be refused."""
    commands = ask.desk.runnable(ask.request)
    words = [bare(w) for w in ask.words]
    topic = next((c for word in words for c in commands if word in (c.name, *c.aliases)), None)
    known, _ = ask.desk.find(" ".join(words[:1]))
    if topic is None and known is None and (near := suggest(" ".join(words[:1]), [c.name for c in commands])):
        raise Unclear("I don't know that command.", f"help {near}")
    if topic is not None:
        lines = (f"{topic.summary}.", f"Usage: {topic.usage}")
        mine = [e for e in topic.examples if ask.may(topic.example_needs.get(e, "help"))]
        examples = list(dict.fromkeys(_for(ask, e) for e in mine))
        buttons = tuple(Button(f"Run: {e}"[:75], e) for e in examples[:3])
        table = Table("Examples", ("Example",), tuple((e,) for e in examples))
        return Reply(f"Help: {topic.name}", 0, lines, tables=(table,), buttons=buttons)
    you, roles = "", []
    if (actor := ask.request.actor) is not None:
        for held in roles_today(actor, local_day(ask.now)):
            areas = f" for {', '.join(held.areas)}" if held.areas else ""
            roles.append(f"{held.role.replace('_', ' ')}{areas}")
        you = f"You are {actor.id}, {'; '.join(roles)}."
    example = f" like {ask.partnership.reference_prefix}-7QK4" if ask.request.place.level else ""
    rows = tuple((c.usage, c.summary, _for(ask, c.examples[0])) for c in commands)
    return Reply(
        title="What you can ask here",
        level=0,
        text=(you,),
        tables=(Table("Commands", ("Command", "What it answers", "Example"), rows),),
        footer=(
            f"Areas: {', '.join(a.id for a in ask.partnership.areas)}, all. "
            f"Periods: {EXAMPLES}; Q2 or june is the last one over.",
            f"Children are references{example}: please never type a name.",
        ),
        buttons=tuple(
            Button(c.name.capitalize(), _for(ask, c.examples[0])) for c in commands if c.name in ("today", "interviews")
        ),
    )


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
    summary="What you can ask here",
    usage="help [COMMAND]",
    examples=("help", "help stats"),
    actions=("help",),
    run=run,
    words=dict.fromkeys(
        ("what can i ask", "what can you do", "what can you answer", "what may i ask", "commands", "how do i use"), ""
    ),
    aliases=("?", "-h", "--help", "cymorth"),
)
