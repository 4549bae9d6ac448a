"""The usual words and column names of the systems that exports come from, sorted by column.

A synonym says the same as our word, in every system that writes it. What is ambiguous has no place here ("Carer" may
be a foster or a residential one, "Foster care" the council's own or an agency's, "Social worker" the child's or another
one): it stays unknown and is listed until the partnership says what it means.

Sources: College of Policing, APP Missing persons, and HMICFRS, glossary ("a continuum of risk from no apparent risk
(absent) through to high-risk"), for the grades in COMPACT and Niche. Department for Education, SSDA903 return, code
lists of PLACE and PLACE_PROVIDER 2016-17 to 2025-26, SEX, and MISSING (M and A). National Standard Safeguarding Dataset
and ADCS Annex A for the words of LCS, Mosaic and Eclipse.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.ssda903 import codes_of

Names = Mapping[str, tuple[str, ...]]

_YES_NO: Names = {"yes": ("y", "true", "t", "1"), "no": ("n", "false", "f", "0")}

#: Words by column and by our word. Case, spaces, dashes and apostrophes do not matter.
WORDS: Mapping[str, Names] = {
    # Children's services: statutory statuses, as LCS, Mosaic and Eclipse name them.
    "case_status": {
        "care_leaver": ("care leavers",),
        "cin": ("child in need", "children in need", "cin plan", "child in need plan"),
        "cp": ("child protection", "child protection plan", "cp plan", "cpp"),
        "early_help": ("eh", "early help assessment"),
        "lac": (
            "looked after",
            "looked after child",
            "child looked after",
            "children looked after",
            "child in care",
            "cla",
            "cic",
        ),
        "not_open": ("closed", "case closed", "no open case"),
        "yjs_open": ("yjs", "yot", "open to yjs", "open to yot", "youth justice", "youth justice service"),
    },
    # The police: how an occurrence is finalised in COMPACT and Niche.
    "end_reason": {
        "arrested": ("under arrest",),
        "died": ("deceased", "found deceased", "dead"),
        "error_duplicate": ("duplicate", "created in error", "recorded in error", "duplicate record"),
        "found_by_police": ("located by police", "traced by police", "police located"),
        "hospital": ("in hospital", "located in hospital", "admitted to hospital", "found in hospital"),
        "left_area": ("left the area", "moved out of area", "moved out of the area"),
        "located_elsewhere": ("traced elsewhere", "found elsewhere"),
        "returned_by_carer": ("returned by carers", "returned home by carer", "collected by carer"),
        "returned_self": (
            "returned of own accord",
            "returned home of own accord",
            "returned own accord",
            "own accord",
            "returned themselves",
            "self returned",
        ),
        "turned_18": ("reached 18", "18th birthday", "now 18"),
    },
    # Yes and no.
    "independent": _YES_NO,
    # Return interviews: who held it.
    "interviewer_role": {
        "charity": ("voluntary organisation", "voluntary sector", "charitable organisation"),
        "dedicated_team": (
            "return interview team",
            "return home interview team",
            "dedicated return interview team",
            "rhi team",
            "dedicated rhi team",
        ),
        "other_sw": ("other social worker", "another social worker", "duty social worker"),
        "own_sw": ("own social worker", "allocated social worker", "childs social worker", "childs own social worker"),
        "placing_la": ("placing authority", "placing local authority"),
        "school": ("school staff", "teacher"),
        "spot": ("spot purchase", "spot purchased", "spot provider", "spot purchased provider"),
        "youth_worker": (),
    },
    # SSDA903: M and A. "Absent" alone was the police's term for another thing, so it is not here.
    "kind": {
        "away": (
            "a",
            "away from placement",
            "away from placement without authorisation",
            "away without authorisation",
        ),
        "missing": ("m", "missing from care", "missing from home", "missing child", "missing episode"),
    },
    # The police: the place a child is missing from.
    "missing_from": {
        "care": (
            "care home",
            "childrens home",
            "childrens care home",
            "foster home",
            "foster placement",
            "foster carers home",
            "foster carers address",
            "in care",
            "local authority care",
            "residential care",
        ),
        "home": ("home address", "family home", "parental home", "parents home", "parents address"),
        "hospital": ("a&e", "accident and emergency", "mental health hospital", "nhs hospital"),
        "other": ("other location", "other place", "public place", "friends address", "friends home"),
        "school": ("school premises",),
    },
    # Return interviews: the reason that there was none, or that it was late.
    "outcome_reason": {
        "capacity": ("no capacity", "staff capacity", "lack of capacity"),
        "carer_contacted": ("carer was contacted",),
        "child_missing_again": ("missing again", "child went missing again", "went missing again"),
        "child_unwell": ("unwell", "child ill", "ill"),
        "died": ("deceased", "child died"),
        "error": ("created in error", "recorded in error", "error duplicate"),
        "in_custody": ("custody", "child in custody"),
        "late_notification": ("notified late", "late notice", "late notification by police"),
        "no_contact": ("unable to contact", "could not contact", "unable to contact child", "no contact made"),
        "out_of_area": ("child out of area",),
        "placing_la_responsible": ("placing authority responsible", "responsibility of placing authority"),
        "system_late": (),
        "turned_18": ("reached 18", "child turned 18"),
    },
    # SSDA903: PLACE, and with PLACE_PROVIDER (PR1 own authority, PR4 private, PR5 voluntary) where it decides. A code
    # is read in every year, and listed outside its own (rules/ssda903.py). U4 to U6 alone, and PR2 and PR3, say
    # neither "own" nor "agency".
    "placement": {
        "adoptive": (*codes_of("adoptive"), "adoption", "placed for adoption", "adoptive placement"),
        "ifa": (
            *(f"{code}{mark}{provider}" for code in ("u4", "u5", "u6") for mark in " /" for provider in ("pr4", "pr5")),
            "independent fostering agency",
            "independent foster agency",
            "agency foster carer",
            "agency foster placement",
            "agency fostering",
        ),
        "independent_living": codes_of("independent_living"),
        "kinship": (
            *codes_of("kinship"),
            "connected person",
            "connected persons",
            "family and friends",
            "friends and family",
            "family and friends carer",
            "foster placement with relative or friend",
            "kinship care",
            "kinship carer",
            "kinship foster care",
            "relative or friend",
        ),
        "other": (*codes_of("other"), "other placement", "other placements"),
        "own_foster": (
            *(f"{code}{mark}pr1" for code in ("u4", "u5", "u6") for mark in " /"),
            "in house foster carer",
            "in house foster placement",
            "in house fostering",
            "own foster carer",
            "own foster carers",
        ),
        "residential": (
            *codes_of("residential"),
            "childrens home",
            "residential childrens home",
            "residential home",
            "residential unit",
            "secure childrens home",
        ),
        "semi_independent": (
            *codes_of("semi_independent"),
            "semi independent accommodation",
            "semi independent living",
            "semi independent living accommodation",
            "supported accommodation",
        ),
        "with_parents": (
            *codes_of("with_parents"),
            "own parents",
            "placed with parents",
            "placed with own parents",
            "with own parents",
        ),
    },
    # The police: the informant. "Carer", "guardian", "relative" and "care home" are ambiguous.
    "reporter": {
        "carer_foster": ("foster carer", "foster carers", "foster parent", "foster mother", "foster father"),
        "carer_residential": (
            "residential carer",
            "residential worker",
            "residential staff",
            "residential care worker",
            "childrens home",
            "childrens home staff",
        ),
        "health": ("doctor", "gp", "nurse", "nhs", "hospital", "hospital staff", "health professional"),
        "other": ("friend", "neighbour", "member of public", "member of the public"),
        "parent": ("mother", "father", "mum", "dad", "parents", "mother/father"),
        "police": ("police officer", "pcso"),
        "school": ("teacher", "school staff"),
        "social_worker": ("allocated social worker", "sw"),
    },
    # Return interviews: the child's answer. A parent's refusal is not the child's.
    "response": {
        "accepted": ("agreed", "accepted by child", "child accepted"),
        "declined": ("refused", "refused by child", "declined by child", "child refused", "child declined"),
        "no_response": ("no reply", "no answer", "no response from child", "not responded"),
    },
    # The police: the grades of the APP, and the letters of COMPACT and Niche.
    "risk": {
        "high": ("high risk", "h"),
        "low": ("low risk", "l"),
        "medium": ("medium risk", "med", "m"),
        "very_low": ("very low risk", "no apparent risk", "no apparent risk (absent)", "nar"),
    },
    # SSDA903: 1 and 2.
    "sex": {"F": ("female", "girl", "2"), "M": ("male", "boy", "1"), "U": ("unknown",)},
}

_BIRTH = ("dob", "date of birth", "birth date", "person birth date", "misper dob", "person dob")
_SEX = ("gender", "person gender", "gender description")
_OCCURRENCE = (
    "occurrence",
    "occurrence reference",
    "occurrence number",
    "occurrence no",
    "occurrence id",
    "occ ref",
    "occ no",
    "compact ref",
    "compact reference",
    "compact number",
    "niche occurrence number",
    "niche occurrence",
    "misper ref",
    "misper number",
    "misper no",
)
_NOMINAL = (
    "nominal",
    "nominal ref",
    "nominal reference",
    "nominal number",
    "nominal no",
    "nominal id",
    "nominal urn",
    "nom ref",
    "police nominal",
    "police nominal ref",
    "police person id",
    "niche person id",
    "niche nominal",
    "police urn",
)
_CHILD = (
    "child",
    "child ref",
    "child reference",
    "child unique id",
    "client id",
    "eclipse id",
    "eclipse person id",
    "ics id",
    "ics number",
    "lcs id",
    "lcs number",
    "liquidlogic id",
    "mosaic id",
    "mosaic person id",
    "person id",
)
_RETURNED = ("returned", "date returned", "return date", "date of return", "returned date time", "date time returned")
_WORKER = ("allocated worker", "worker id", "worker code", "case worker", "caseworker", "key worker")


def _times(*events: str) -> tuple[str, ...]:
    """Return the usual names of the time of an event, such as "Date/Time Found"."""
    forms = ("{}", "{} at", "{} on", "{} date", "{} time", "{} date time", "date {}", "date time {}", "{} datetime")
    return tuple(form.format(event) for event in events for form in forms)


#: Names of columns by export and by our name: COMPACT and Niche; LCS, Mosaic and Eclipse. Case, spaces and punctuation
#: do not matter.
COLUMNS: Mapping[str, Names] = {
    "police": {
        "area": ("district", "lpa", "local policing area", "policing district", "policing area", "home district"),
        "birth_date": _BIRTH,
        "end_reason": (
            "finalised as",
            "finalisation reason",
            "finalisation",
            "closure reason",
            "outcome",
            "how found",
            "reason closed",
        ),
        "found_at": _times("found", "located", "traced"),
        "found_with": ("associates found with", "located with", "in company with"),
        "last_seen_at": (*_times("last seen"), "missing since", "date missing", "date time missing"),
        "missing_from": ("missing from type", "missing from location type", "missing from category", "location type"),
        "occurrence_ref": _OCCURRENCE,
        "police_ref": (*_NOMINAL, "person id", "person ref"),
        "prevention_interview_at": _times("prevention interview", "safe and well", "safe well", "safe and well check"),
        "reported_at": (*_times("reported"), "report date", "reported missing", "date of report"),
        "reporter": (
            "informant",
            "informant type",
            "informant relationship",
            "reported by",
            "reporter type",
            "reporting person",
            "reporting person type",
        ),
        "returned_at": (*_RETURNED, *_times("returned", "returned home")),
        "risk": (
            "risk level",
            "risk grade",
            "risk grading",
            "risk assessment",
            "risk category",
            "risk classification",
            "current risk",
            "current risk level",
        ),
        "risk_at": (
            *_times("risk graded", "risk assessed", "graded"),
            "risk date",
            "risk grade date",
            "risk grade date time",
            "risk assessment date",
            "date of risk assessment",
        ),
        "sex": _SEX,
    },
    "children": {
        "birth_date": _BIRTH,
        "case_status": ("status", "current status", "client status", "case type"),
        "child_id": _CHILD,
        "cp_from": (
            "cp start",
            "cp start date",
            "cp plan start",
            "cp plan start date",
            "cpp start date",
            "cp from date",
        ),
        "cp_to": ("cp end", "cp end date", "cp plan end", "cp plan end date", "cpp end date", "cp to date"),
        "iro": ("independent reviewing officer", "iro id", "iro code", "reviewing officer"),
        "lead_worker": (*_WORKER, "allocated social worker", "social worker", "lead professional", "sw id"),
        "looked_after_from": (
            "lac from",
            "lac start",
            "lac start date",
            "cla start",
            "cla start date",
            "looked after start",
            "looked after start date",
            "date became looked after",
            "period of care start",
            "period of care start date",
        ),
        "looked_after_to": (
            "lac to",
            "lac end",
            "lac end date",
            "cla end",
            "cla end date",
            "looked after end",
            "looked after end date",
            "date ceased to be looked after",
            "period of care end",
            "period of care end date",
        ),
        "placement": ("placement type", "type of placement", "place", "placement code", "current placement type"),
        "placement_from": ("placement start", "placement start date", "placement from date", "date placement started"),
        "placement_to": ("placement end", "placement end date", "placement to date", "date placement ended"),
        "placing_authority": ("placing la", "responsible la", "responsible authority", "responsible local authority"),
        "police_ref": (*_NOMINAL, "police reference", "police id"),
        "provider": ("provider code", "provider id", "provider ref", "provider reference"),
        "sex": _SEX,
        "team": ("allocated team", "team name", "social work team", "responsible team", "case team"),
        "uasc_from": ("uasc start", "uasc start date", "uasc from date"),
        "uasc_to": ("uasc end", "uasc end date", "uasc ceased", "date uasc ceased", "duc"),
    },
    "interviews": {
        "child_id": _CHILD,
        "ended_at": (
            "mis end",
            "missing end",
            "missing end date",
            "episode end",
            "episode end date",
            "end date",
            "ended",
        ),
        "episode_id": (
            "episode",
            "episode number",
            "episode ref",
            "missing episode id",
            "missing episode ref",
            "missing id",
        ),
        "held_at": (
            *_times("rhi held", "rhi completed", "interview held", "interview completed", "return interview held"),
            "rhi date",
            "date of rhi",
            "interview date",
            "date of interview",
            "return interview date",
        ),
        "independent": ("independent interview", "independent interviewer", "is independent", "independent person"),
        "interviewer_role": ("interviewer type", "role of interviewer", "interviewers role", "rhi worker role"),
        "kind": ("episode type", "missing type", "type of episode", "missing or away", "type", "missing"),
        "occurrence_ref": (*_OCCURRENCE, "police occurrence", "police occurrence ref", "police occurrence number"),
        "offered_at": (
            *_times("rhi offered", "ri offered", "interview offered", "return interview offered", "offered"),
            "rhi offer date",
        ),
        "outcome_reason": (
            "reason not completed",
            "reason not held",
            "reason late",
            "reason for delay",
            "no interview reason",
            "rhi not completed reason",
        ),
        "recorded_at": (
            *_times("recorded", "rhi recorded", "interview recorded"),
            "date recorded on ics",
            "date recorded on lcs",
            "date recorded on mosaic",
            "date recorded on eclipse",
            "date recorded on system",
        ),
        "response": ("child response", "childs response", "rhi response", "interview response", "offer response"),
        "returned_at": (*_RETURNED, *_times("returned")),
        "started_at": (
            "mis start",
            "missing start",
            "missing start date",
            "missing start date time",
            "episode start",
            "episode start date",
            "start date",
            "started",
            "date missing",
            "date time missing",
        ),
        "team": ("allocated team", "team name", "responsible team"),
        "worker": (*_WORKER, "rhi worker", "rhi worker id", "interviewer id", "assigned worker"),
    },
}

#: Words of the trade that say nothing about a person: a word of a file made of these alone may be shown.
TRADE = frozenset(
    """
    a abroad absent accepted access accident accommodation address admitted adoption after again agency all
    allocated ambulance and apparent apprehended area arrested assessed assessment asylum at attended authorisation
    authority awaiting away bail be became been between birth board booked but by cancelled care carer carers case
    category ceased child children childrens closed code coded cohort collected college community compact completed
    completion conference contact contacted coordinator core council county crime current custody data date days de
    deceased declined deferred delay department description detained did different disability district doctor due
    duplicate duration duty early eclipse education emergency empty end ended enquiry episode error escalated
    establishment ethnicity excluded exclusion external extra family father female file finalised first flag for
    form foster fostering found from full general go grade graded grading grandfather grandmother grandparent
    guardian has health held help high home hospital hostel hotel how id identified in incident independent
    individual informant information initial interview interviewer into is issue kinship known la last late lead
    leaver leaving legal level linked living local located location log lookedafter lost lower lpa male manager
    medium mental minutes missing month mosaic mother multi national neither network new niche no nominal non none
    normal not note notes notified number nursing occurrence of offender offered officer on one ongoing open or
    order organisation origin other out outcome outside own parent parents partner party pending period permanent
    person persons place placed placement plan planned police post postcode prison private process professional
    protection provider public ratified reason received record recorded ref reference referral referred refuge
    refused register registered related relationship relative remand remanded reported reporter required residence
    residential resolved respite response responsible return returned review risk role safe school secondary secure
    seen self semi senior seriously service services setting severe sex sibling site social some staff standard
    start status step still supervised support supported suspected system team temporary term the themselves time
    to transferred type unable under unit unknown unsuccessful updated upgraded urgent very voluntary waiting was
    week welfare well went with withdrawn without work worker year years yes yet youth
    """.split()  # noqa: SIM905 - a list of words to read
)
