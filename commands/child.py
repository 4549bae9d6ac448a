"""child: one child's risk status as professionals recorded it, in private. No score is computed."""

from bot.command import Ask, Command, Refused, Unclear
from bot.reply import Reply
from bot.report.child import describe
from bot.rules.words import looks_like_reference, normalise_reference


def run(ask: Ask) -> Reply:
    """The same answer for no such child and for a child outside the grant, so that nothing can be learnt from it."""
    grant = ask.grant("child")
    spoken = " ".join(ask.words)
    prefix = ask.partnership.reference_prefix
    ref = normalise_reference(spoken, prefix)
    if ref is None:
        raise _no_reference(spoken, prefix)
    ask.log.subject = ref
    child = ask.facts.child(ref, ask.now)
    if child is None or not grant.covers(child.relation):
        raise Refused("not_found")
    return describe(child, grant.parts(child.relation), ask.partnership, ask.facts.freshness(ask.now), ask.now)


def _no_reference(spoken: str, prefix: str) -> Exception:
    """A slip in a reference is never put right: a near miss would be another child."""
    if not spoken:
        return Unclear(f"Which child? Give the reference, like {prefix}-7QK4.")
    if looks_like_reference(spoken, prefix):
        return Refused("not_found")
    return Unclear(f"Please use the reference (like {prefix}-7QK4), not a name. I have not kept what you typed.")


COMMAND = Command(
    name="child",
    summary="One child's recorded status: grades, rules met, interview, with the evidence",
    usage="child REFERENCE",
    examples=("child OX-7QK4",),
    actions=("child",),
    run=run,
)
