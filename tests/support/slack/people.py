"""People and channels of the workspace of most tests."""

from __future__ import annotations

from tests.support.slack.workspace import OTHER_TEAM, Channel, Person, Workspace

SAM = Person("U0SAM", "sam")
ALEX = Person("U0ALEX", "alex")
GONE = Person("U0GONE", "gone", deleted=True)
GUEST = Person("U0GUEST", "guest", is_restricted=True)
LONE_GUEST = Person("U0LONEGUEST", "lone guest", is_restricted=True, is_ultra_restricted=True)
STRANGER = Person("U0STRANGER", "stranger", team_id=OTHER_TEAM, is_stranger=True)
ROBOT = Person("U0ROBOT", "robot", is_bot=True)

PRIVATE, PUBLIC, SHARED, PENDING = "C0PRIVATE", "C0PUBLIC", "C0SHARED", "C0PENDING"
ELSEWHERE, HIDDEN, OLD = "C0ELSEWHERE", "C0HIDDEN", "C0OLD"


def inhabited(**given: object) -> Workspace:
    """Add channels: private and public, one shared, one about to be, one without the bot of each kind, one archived."""
    workspace = Workspace()
    for name, value in given.items():
        setattr(workspace, name, value)
    for person in (SAM, ALEX, GONE, GUEST, LONE_GUEST, STRANGER, ROBOT):
        workspace.put(Person(**vars(person)))
    members = [SAM.id, ALEX.id]
    workspace.put(
        Channel(PRIVATE, "county-digest", members=[*members]),
        Channel(PUBLIC, "counts", is_private=False, members=[*members, GUEST.id]),
        Channel(SHARED, "with-others", is_ext_shared=True, members=[*members, STRANGER.id]),
        Channel(PENDING, "soon-with-others", is_pending_ext_shared=True, members=[*members]),
        Channel(ELSEWHERE, "elsewhere", is_private=False, with_bot=False, members=[*members]),
        Channel(HIDDEN, "hidden", with_bot=False, members=[*members]),
        Channel(OLD, "old", is_archived=True, members=[*members]),
    )
    return workspace
