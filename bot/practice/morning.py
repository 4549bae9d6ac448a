"""The scenes of the practice morning as episodes of their children."""

from bot.practice.calendar import DAY, PRACTICE_NOW, july
from bot.practice.dice import dice
from bot.practice.places import district
from bot.practice.scenes import SCENES, Scene
from bot.practice.shapes import Absence, Child, Half, Interview
from bot.practice.staffing import staff


def play(roles: dict[str, Child]) -> list[Absence]:
    return [episode(scene, roles[scene.who]) for scene in SCENES]


def episode(scene: Scene, child: Child) -> Absence:
    returned = july(scene.returned) if scene.returned else None
    story = Absence(
        child,
        Half.JULY,
        child.team,
        july(scene.last_seen),
        PRACTICE_NOW + DAY,
        july(scene.reported),
        found=returned,
        returned=returned,
        listed=scene.listed,
        end_reason=scene.ending,
    )
    story.district = district(child, child.team)
    story.grades = [(grade, july(moment)) for grade, moment in scene.grades] or [("", None)]
    story.interview = interview(scene, story)
    return story


def interview(scene: Scene, story: Absence) -> Interview:
    """The scene says who, and how far it has come; the worker of the scene is the child's lead worker too."""
    child = story.child
    if scene.worker and child.case_status != "early_help":
        child.lead_worker = scene.worker
    story.interview = Interview(
        offered=july(scene.offered) if scene.offered else None,
        response=scene.response,
        held=july(scene.held) if scene.held else None,
    )
    staff(dice(f"staff {scene.who}"), story)
    story.interview.worker = scene.worker
    return story.interview
