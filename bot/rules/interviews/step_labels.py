"""Labels of interview steps: the lists that details are taken from, and steps as people read them.

Other words that people type are never stored, and never repeated to them.
"""

from __future__ import annotations

from bot.rules.interviews.state import NOT_POSSIBLE
from bot.rules.interviews.steps import CHANGED_MIND, InterviewStep
from bot.rules.time.clock import say

METHODS = ("phone", "in_person", "video", "text", "letter", "through_carer")
RESULTS = ("no_answer", "refused_now", "asked_later", "moved", "missing_again")
DECLINERS = ("child", "parent")
REOPENINGS = ("child_changed_mind", "new_information", "wrong_child", "wrong_time", "recorded_in_error", "other")
SNOOZINGS = (
    *("waiting_for_carer", "waiting_for_child", "waiting_for_school", "waiting_for_placement", "waiting_for_police"),
    *("booked", "child_unwell", "other"),
)

#: The words allowed as the detail of each step.
DETAILS: dict[str, tuple[str, ...]] = {
    "offered": METHODS,
    "attempt": RESULTS,
    "accepted": (CHANGED_MIND,),
    "declined": DECLINERS,
    "not_possible": tuple(sorted(NOT_POSSIBLE)),
    "reopened": REOPENINGS,
    "snoozed": SNOOZINGS,
}

_BECAUSE = dict.fromkeys(("not_possible", "reopened", "snoozed"), "because")
_JOINED = {"offered": "by", "declined": "by", **_BECAUSE}
_PLAIN = {
    "in_person": "in person",
    "through_carer": "through the carer",
    "other": "another reason",
    "child": "the child",
    "parent": "a parent for the child",
    "changed_mind": "the child has changed their mind",
    "in_custody": "in custody",
    "out_of_area": "out of the area",
    "recorded_in_error": "it was recorded in error",
}
_KINDS = {
    "carer_contacted": "carer contacted",
    "merged": "put together with another interview of the child",
    "handed_over": "handed over",
    "took_over": "taken over",
    "refused_hand_over": "hand-over refused",
    "undone": "the last step taken back",
    "on_it": "on it",
    "threshold_met": "threshold met",
    "threshold_not_met": "threshold not met",
    "discussion_held": "strategy discussion held",
    "considered": "strategy discussion considered",
}


def plain(word: str) -> str:
    """Write a word of a list as people read it: 'no answer', 'waiting for carer'."""
    return _PLAIN.get(word, word.replace("_", " "))


def kind_words(kind: str) -> str:
    return _KINDS.get(kind, kind.replace("_", " "))


def step_label(step: InterviewStep) -> str:
    """Write 'offered by phone', 'attempt: no answer', 'declined by the child', 'handed over to coordinator'."""
    return f"{kind_words(step.kind)} to {step.to}" if step.kind == "handed_over" else worded(step.kind, step.detail)


def worded(kind: str, detail: str) -> str:
    """Write a kind of step with its word of the list, if it has one."""
    words = kind_words(kind)
    if not detail:
        return words
    if kind == "offered" and detail in ("in_person", "through_carer"):
        return f"{words} {plain(detail)}"
    joint = _JOINED.get(kind)
    return f"{words} {joint} {plain(detail)}" if joint else f"{words}: {plain(detail)}"


def who_was_first(step: InterviewStep, reader: str = "") -> str:
    """Tell the second person who was first, with which step, and when."""
    name = "You were" if step.by == reader else f"{step.by} was"
    return f"{name} first: {step_label(step)}, said {say(step.said_at)}."
