"""What a message that somebody wants looked up turned out to hold: no reference, or several to choose from."""

from __future__ import annotations

from bot.conversation.reply import Button, Reply


def found_in_message(refs: tuple[str, ...]) -> Reply:
    """Nothing is said of whether there is such a child: a button asks, as typing would."""
    if not refs:
        text = ("No reference stands in that message. I have not kept what it says.",)
        return Reply("Nothing to look up", 0, text, status="unclear")
    buttons = tuple(Button(f"Look up {ref}", f"child {ref}", form=True) for ref in refs)
    return Reply("Which reference?", 2, (f"{len(refs)} references stand in that message.",), buttons=buttons)
