"""Who reads a place in Teams, and what may be said there: its type, its members, their tenants; unknown is worse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.teams.channels import MOST_MEMBERS, REMEMBERED_SECONDS, is_person, membership_of
from bot.chat.teams.connector import Failed, Member
from bot.conversation.outbound import CannotTell
from bot.rules.access.channel_privacy import Destination, level_of
from bot.store.database import migrate, open_database
from tests.support.teams.sending import (
    AWAY,
    CHAT,
    GUEST,
    LEAD,
    OTHER_TENANT,
    POLICE,
    PRIVATE,
    SHARED,
    STANDARD,
    STRANGER,
    TEAM,
    TENANT,
    UNLISTED,
    WORKER,
    Sending,
    account,
    personal_of,
    sending,
)
from tests.support.teams.tenancy import STRANGE_TENANT, Person


@pytest.fixture
def teams(sqlite_url: str) -> Iterator[Sending]:
    database = open_database(sqlite_url)
    migrate(database)
    with sending(database) as found:
        yield found
    database.dispose()


def level(teams: Sending, destination: str) -> int | None:
    teams.channels.forget(None)
    return level_of(teams.channels.describe(destination))


def members(teams: Sending, conversation: str) -> list[str]:
    return teams.tenancy.conversations[conversation].members


def roster(teams: Sending, channel: str) -> list[str]:
    """Return the members that are read for a channel: of a standard one, those of its team."""
    return members(teams, TEAM if channel == STANDARD else channel)


@pytest.mark.parametrize("channel", [STANDARD, PRIVATE])
def test_where_every_member_is_entitled_references_may_be_posted(teams: Sending, channel: str) -> None:
    assert teams.channels.describe(channel) == Destination("channel", 1, True, False, [True, True])
    assert level(teams, channel) == 1


@pytest.mark.parametrize("channel", [STANDARD, PRIVATE])
@pytest.mark.parametrize("who", [GUEST, STRANGER, UNLISTED, POLICE])
def test_one_reader_who_is_not_entitled_makes_it_counts(teams: Sending, channel: str, who: str) -> None:
    roster(teams, channel).append(who)
    assert level(teams, channel) == 0


def test_a_standard_channel_is_read_by_its_whole_team(teams: Sending) -> None:
    members(teams, STANDARD)[:] = [LEAD]
    members(teams, TEAM).append(UNLISTED)
    assert level(teams, STANDARD) == 0


@pytest.mark.parametrize(("visibility", "allowed"), [("Private", 1), ("HiddenMembership", 1), ("Public", 0), ("", 0)])
def test_a_team_that_the_organisation_may_join_shows_counts_in_its_standard_channels(
    teams: Sending, visibility: str, allowed: int
) -> None:
    teams.tenancy.visibility = visibility
    assert level(teams, STANDARD) == allowed
    assert level(teams, PRIVATE) == 1, "a private channel is joined by nobody, whatever its team is"


def test_police_and_council_share_a_channel_once_it_is_allowed(teams: Sending) -> None:
    assert level(teams, SHARED) == 0
    teams.allowed[SHARED] = (OTHER_TENANT.upper(),)
    assert level(teams, SHARED) == 1
    assert teams.channels.describe(SHARED) == Destination("channel", 1, True, False, [True, True, True])
    teams.listed.remove(POLICE)
    assert level(teams, SHARED) == 0


def test_a_tenant_that_is_allowed_in_one_channel_is_not_in_another(teams: Sending) -> None:
    teams.allowed[SHARED] = (OTHER_TENANT,)
    members(teams, PRIVATE).append(POLICE)
    assert level(teams, PRIVATE) == 0


def test_one_member_of_a_third_tenant_makes_a_shared_channel_counts(teams: Sending) -> None:
    teams.allowed[SHARED] = (OTHER_TENANT,)
    members(teams, SHARED).append(STRANGER)
    assert level(teams, SHARED) == 0
    assert teams.channels.describe(SHARED) == Destination("channel", 1, True, False, [True, True, True, False])


def test_a_shared_channel_of_counts_needs_no_list_of_members(teams: Sending) -> None:
    teams.levels[SHARED] = 0
    assert teams.channels.describe(SHARED) == Destination("channel", 0, None, False, None)
    assert teams.tenancy.calls == []


@pytest.mark.parametrize("lacks", ["tenant", "account", "role"])
def test_a_member_of_whom_teams_says_too_little_makes_it_counts(
    teams: Sending, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = Person.shown
    names = {"tenant": ["tenantId"], "account": ["aadObjectId", "objectId"], "role": ["userRole", "userPrincipalName"]}

    def shown(person: Person) -> dict[str, object]:
        return {n: v for n, v in complete(person).items() if person.account != WORKER or n not in names[lacks]}

    monkeypatch.setattr(Person, "shown", shown)
    teams.allowed[SHARED] = (OTHER_TENANT,)
    for channel in (STANDARD, PRIVATE, SHARED):
        assert level(teams, channel) == 0
        assert None in (teams.channels.describe(channel).members or ())


@pytest.mark.parametrize("channel", [STANDARD, PRIVATE, SHARED])
def test_members_that_may_not_be_read_make_it_counts(teams: Sending, channel: str) -> None:
    teams.allowed[SHARED] = (OTHER_TENANT,)
    teams.channels.forget(None)
    teams.tenancy.fates.schedule("members", "error 403 Forbidden")
    found = teams.channels.describe(channel)
    assert (found.members, level_of(found)) == (None, 0)


@pytest.mark.parametrize("fate", ["429", "500", "reset", "slow"])
@pytest.mark.parametrize("call", ["members", "visibility", "team"])
def test_while_teams_is_busy_or_away_nothing_is_said_and_it_is_asked_again(
    teams: Sending, call: str, fate: str
) -> None:
    teams.tenancy.fates.schedule(call, fate)
    with pytest.raises(CannotTell):
        teams.platform.describe(STANDARD)
    assert level_of(teams.platform.describe(STANDARD)) == 1


def test_what_could_not_be_read_is_not_remembered(teams: Sending) -> None:
    teams.tenancy.fates.schedule("members", "500")
    assert level_of(teams.channels.describe(PRIVATE)) == 0
    assert level_of(teams.channels.describe(PRIVATE)) == 1


def test_every_page_is_read(teams: Sending) -> None:
    teams.tenancy.page_size = 50
    more = [account(n) for n in range(100, 230)]
    teams.tenancy.put(*(Person(each, "colleague") for each in more))
    members(teams, PRIVATE).extend(more)
    teams.listed |= set(more)
    assert level(teams, PRIVATE) == 1
    teams.listed.remove(more[-1])
    assert level(teams, PRIVATE) == 0


def test_a_larger_channel_shows_counts_and_is_not_read_to_its_end(teams: Sending) -> None:
    more = [account(n) for n in range(1000, 2500)]
    teams.tenancy.put(*(Person(each, "colleague", installed=False) for each in more))
    members(teams, PRIVATE).extend(more)
    teams.listed |= set(more)
    assert level(teams, PRIVATE) == 0
    assert len([c for c in teams.tenancy.calls if c.name == "members"]) <= MOST_MEMBERS / 50 + 1


@pytest.mark.parametrize("channel", [STANDARD, PRIVATE, SHARED])
def test_a_channel_without_the_app_shows_nothing_that_is_not_known(teams: Sending, channel: str) -> None:
    teams.conversations.remove(channel)
    assert teams.channels.describe(channel) == Destination("channel", 1, None, None, None)
    assert level(teams, channel) == 0


def test_a_place_that_is_not_listed_shows_nothing(teams: Sending) -> None:
    assert level(teams, CHAT) is None
    teams.levels[CHAT] = 1
    assert level(teams, CHAT) == 0, "a group chat is no channel, whatever the file says"


def test_one_entitled_person_is_told_details(teams: Sending) -> None:
    assert level(teams, LEAD) == 2
    assert level(teams, LEAD.upper()) is None, "the list of people has another spelling: nobody is taken for another"


@pytest.mark.parametrize("who", [UNLISTED, "55555555-eeee-4eee-8eee-000000000001"])
def test_a_person_who_is_not_listed_is_told_nothing(teams: Sending, who: str) -> None:
    assert level(teams, who) is None


def test_a_role_that_is_gone_is_gone_at_once(teams: Sending) -> None:
    assert level(teams, LEAD) == 2
    teams.listed.remove(LEAD)
    assert level(teams, LEAD) is None


@pytest.mark.parametrize("role", ["guest", "anonymous", "strange"])
def test_an_account_that_became_a_guest_is_told_nothing(teams: Sending, role: str) -> None:
    teams.tenancy.people[LEAD].role = role
    assert level(teams, LEAD) is None


def test_while_teams_does_not_say_who_a_person_is_nothing_is_sent(teams: Sending) -> None:
    teams.tenancy.fates.schedule("member", "500", "500")
    with pytest.raises(CannotTell):
        teams.platform.describe(LEAD)
    assert level(teams, LEAD) is None
    assert level(teams, LEAD) == 2


def test_a_personal_conversation_is_opened_once_where_none_was_kept(teams: Sending) -> None:
    teams.conversations.remove(personal_of(LEAD))
    assert level(teams, LEAD) == level(teams, LEAD) == 2
    assert [c.name for c in teams.tenancy.calls].count("create") == 1
    kept = teams.conversations.personal(LEAD)
    assert kept is not None
    assert (kept.conversation, kept.tenant, kept.kind) == (personal_of(LEAD), TENANT, "personal")


def test_membership_is_of_the_tenant_and_not_of_the_list_alone(teams: Sending) -> None:
    learn = teams.accounts.learn
    assert learn(TENANT, LEAD, 0) == learn("", LEAD.upper(), 0) == "member"
    assert learn(STRANGE_TENANT, LEAD, 0) == "elsewhere"
    assert learn(OTHER_TENANT, POLICE, 0) == "elsewhere"
    assert learn(TENANT, AWAY, 0) == "unknown"


def test_an_account_without_a_conversation_is_looked_for_in_channels(teams: Sending) -> None:
    members(teams, PRIVATE).append(AWAY)
    assert teams.accounts.learn(TENANT, AWAY, 0) == "member"
    members(teams, PRIVATE).append(GUEST)
    assert teams.accounts.learn(TENANT, GUEST, 0) == "guest"


def test_an_account_that_teams_shows_no_more_is_deactivated(teams: Sending) -> None:
    del teams.tenancy.people[LEAD]
    assert teams.accounts.learn(TENANT, LEAD, 0) == "deactivated"


def test_an_account_is_remembered_for_as_long_as_the_asker_allows(teams: Sending) -> None:
    teams.accounts.learn(TENANT, LEAD, 0)
    teams.tenancy.people[LEAD].role = "guest"
    assert teams.accounts.learn(TENANT, LEAD, REMEMBERED_SECONDS) == "member"
    assert teams.accounts.learn(TENANT, LEAD, 0) == "guest"
    teams.tenancy.people[LEAD].role = "user"
    teams.accounts.forget(LEAD.upper())
    assert teams.accounts.learn(TENANT, LEAD, REMEMBERED_SECONDS) == "member"


def test_a_busy_teams_is_not_taken_for_a_stranger(teams: Sending) -> None:
    teams.tenancy.fates.schedule("member", "429")
    with pytest.raises(Failed):
        teams.accounts.learn(TENANT, LEAD, 0)


WORDS = st.sampled_from(["", "user", "owner", "member", "guest", "anonymous", "User", "admin"])
TENANTS = st.sampled_from(["", TENANT, OTHER_TENANT, STRANGE_TENANT])


@given(accounts=st.sampled_from(["", LEAD]), tenant=TENANTS, role=WORDS, allowed=st.sets(TENANTS))
def test_only_a_known_account_of_an_allowed_tenant_is_a_member(
    accounts: str, tenant: str, role: str, allowed: set[str]
) -> None:
    found = membership_of(Member("29:x", accounts, tenant, role), allowed)
    if found == "member":
        assert accounts
        assert tenant
        assert tenant in allowed
        assert role in ("user", "owner", "member")
    if role in ("guest", "anonymous"):
        assert found == "guest"


@pytest.mark.parametrize(
    ("destination", "person"),
    [(LEAD, True), (LEAD.upper(), True), (STANDARD, False), (CHAT, False), (personal_of(LEAD), False), ("", False)],
)
def test_a_person_is_told_from_a_conversation_by_the_id(destination: str, person: bool) -> None:
    assert is_person(destination) == person
