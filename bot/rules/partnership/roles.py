"""Agencies, roles, actions and the rights that every partnership begins with.

domain.md §6.3. An action that a role does not list is denied; a partnership file may replace a role's row.
"""

from __future__ import annotations

from typing import Literal

Agency = Literal["council", "police", "health", "education", "youth_justice", "placing_authority"]
Role = Literal[
    "allocated_worker",
    "team_manager",
    "interview_coordinator",
    "missing_person_coordinator",
    "duty_inspector",
    "strategic_lead",
    "independent_reviewing_officer",
    "placing_authority_contact",
    "panel_member",
    "analyst",
    "system_admin",
]
Action = Literal[
    "help",
    "sources",
    "my_access",
    "counts",
    "open_list",
    "child",
    "break_glass",
    "who_looked",
    "review",
    "access_summary",
    "interview_update",
    "acknowledge",
    "admin",
]
Reach = Literal["own_cases", "own_areas", "open_episodes", "all"]
Part = Literal["status", "grades", "flags", "interview", "history", "case"]

#: For every listed person: none of these tells anything of a child.
FOR_ALL_LISTED: frozenset[Action] = frozenset({"help", "sources", "my_access"})

#: Never for an administrator, in any partnership file: they see no child data.
OF_CHILDREN: tuple[Action, ...] = (
    "counts",
    "open_list",
    "child",
    "break_glass",
    "who_looked",
    "review",
    "access_summary",
    "interview_update",
    "acknowledge",
)

Rights = dict[Action, Reach]

RIGHTS: dict[Role, Rights] = {
    "allocated_worker": {
        "counts": "own_areas",
        "open_list": "own_areas",
        "child": "own_cases",
        "break_glass": "open_episodes",
        "interview_update": "own_cases",
    },
    "team_manager": {
        "counts": "own_areas",
        "open_list": "own_areas",
        "child": "own_areas",
        "break_glass": "open_episodes",
        "who_looked": "own_areas",
        "interview_update": "own_areas",
        "acknowledge": "own_areas",
    },
    "interview_coordinator": {"counts": "all", "open_list": "all", "child": "all", "interview_update": "all"},
    "missing_person_coordinator": {"counts": "all", "open_list": "all", "child": "all", "acknowledge": "all"},
    "duty_inspector": {"counts": "all", "open_list": "all", "child": "open_episodes", "acknowledge": "all"},
    "strategic_lead": {
        "counts": "all",
        "open_list": "all",
        "child": "all",
        "who_looked": "all",
        "review": "all",
        "access_summary": "all",
        "acknowledge": "all",
    },
    # No counts: domain.md grants those of their own cases, and figures cannot be narrowed to cases.
    "independent_reviewing_officer": {
        "open_list": "own_cases",
        "child": "own_cases",
        "break_glass": "open_episodes",
    },
    "placing_authority_contact": {"open_list": "own_cases", "child": "own_cases", "interview_update": "own_cases"},
    # No panel cohort is recorded yet, so a panel's list and details (domain.md) are denied.
    "panel_member": {"counts": "own_areas"},
    "analyst": {"counts": "all"},
    "system_admin": {"admin": "all"},
}

EVERY_PART: frozenset[Part] = frozenset({"status", "grades", "flags", "interview", "history", "case"})
_POLICE = EVERY_PART - {"case"}

#: Parts of a child's status a role sees; every part where the role is not listed (domain.md §6.3, field level).
PARTS: dict[Role, frozenset[Part]] = {
    "interview_coordinator": frozenset({"status", "interview", "history"}),
    "missing_person_coordinator": _POLICE,
    "duty_inspector": _POLICE - {"interview"},
}

#: Roles that give a reason for each look at a child: leads see every child, so each look is accounted for.
GIVES_REASON: frozenset[Role] = frozenset({"strategic_lead"})

#: Roles with suppressed statistics in every place, and roles with suppressed files (domain.md §6.3).
SUPPRESSED: frozenset[Role] = frozenset({"panel_member"})
SUPPRESSED_ON_EXPORT: frozenset[Role] = frozenset({"analyst", "panel_member"})

#: Possible reaches of an action, where some have no meaning: figures cannot be narrowed to cases, and break-glass
#: is for open episodes alone.
REACHES: dict[Action, tuple[Reach, ...]] = {
    "counts": ("own_areas", "all"),
    "open_list": ("own_cases", "own_areas", "all"),
    "break_glass": ("open_episodes",),
    "review": ("own_areas", "all"),
    "access_summary": ("own_areas", "all"),
    "admin": ("all",),
}

#: The lowest privacy level of a place in which an action may be answered (2 is one person in private).
NEEDS_LEVEL: dict[Action, int] = {
    "help": 0,
    "sources": 0,
    "counts": 0,  # suppressed wherever more than one person reads (rules/disclosure/released.py)
    "open_list": 1,
    "interview_update": 1,
    "acknowledge": 1,
    "child": 2,
    "break_glass": 2,
    "my_access": 2,
    "who_looked": 2,
    "review": 2,
    "access_summary": 2,
    "admin": 2,
}
