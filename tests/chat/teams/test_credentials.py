"""The registration of the app in Teams: read from the environment, whole or not at all, and never shown."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from microsoft_teams.api.auth.cloud_environment import from_name

from bot.chat.teams.credentials import CLOUDS, PUBLIC, Connection
from bot.server.platforms import read_teams
from bot.settings import SettingsError
from tests.support.teams.tenancy import CLIENT_ID, OTHER_TENANT, TENANT

SECRET = "not~a-secret-of-anyone"
ID, HOME, PASS = {"BOT_TEAMS_CLIENT_ID": CLIENT_ID}, {"BOT_TEAMS_TENANT": TENANT}, {"BOT_TEAMS_CLIENT_SECRET": SECRET}


def test_nothing_set_is_no_teams() -> None:
    assert read_teams({}) is None


def test_the_whole_registration_and_its_tenants() -> None:
    found = read_teams(
        ID | {"BOT_TEAMS_TENANT": TENANT.upper(), "BOT_TEAMS_TENANTS": f"{OTHER_TENANT}, {TENANT}"} | PASS
    )
    assert found
    assert (found.client_id, found.tenant, found.tenants) == (CLIENT_ID, TENANT, (TENANT, OTHER_TENANT))
    assert (found.cloud, found.bot, dict(found.overrides)) == (PUBLIC, f"28:{CLIENT_ID}", {})
    assert SECRET not in repr(found)


@pytest.mark.parametrize("identity", ["system", "System", CLIENT_ID.upper()])
def test_a_managed_identity_replaces_the_secret(identity: str) -> None:
    found = read_teams(ID | HOME | {"BOT_TEAMS_MANAGED_IDENTITY": identity})
    assert found
    assert (found.managed_identity, found.secret) == (identity.lower(), "")


def test_the_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    found = read_teams(ID | HOME | {"BOT_TEAMS_CLIENT_SECRET_FILE": str(file)})
    assert found
    assert found.secret == SECRET


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (HOME | PASS, "BOT_TEAMS_CLIENT_ID is not set"),
        (ID | PASS, "BOT_TEAMS_TENANT is not set"),
        (ID | HOME, "BOT_TEAMS_CLIENT_SECRET is not set"),
        ({"BOT_TEAMS_CLOUD": "public"}, "BOT_TEAMS_CLIENT_ID is not set"),
        (ID | HOME | PASS | {"BOT_TEAMS_CLOUD": "Canary"}, "BOT_TEAMS_CLOUD must be one of public, usgov"),
        (ID | HOME | PASS | {"BOT_TEAMS_TENANTS": "Canary"}, "BOT_TEAMS_TENANTS must hold ids"),
        (ID | PASS | {"BOT_TEAMS_TENANT": "Canary.onmicrosoft.com"}, "BOT_TEAMS_TENANT must hold ids"),
        ({"BOT_TEAMS_CLIENT_ID": "Canary"} | HOME | PASS, "BOT_TEAMS_CLIENT_ID must hold ids"),
        (ID | HOME | {"BOT_TEAMS_CLIENT_SECRET": CLIENT_ID}, "not its id"),
        (ID | HOME | {"BOT_TEAMS_CLIENT_SECRET": "Canary Canary"}, "hold no space"),
        (ID | HOME | PASS | {"BOT_TEAMS_MANAGED_IDENTITY": "system"}, "both set"),
        (ID | HOME | {"BOT_TEAMS_MANAGED_IDENTITY": "Canary"}, "BOT_TEAMS_MANAGED_IDENTITY must hold ids"),
    ],
)
def test_half_a_registration_is_none_and_that_is_said(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as fault:
        read_teams(environ)
    assert "Canary" not in str(fault.value)


def test_without_microsofts_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="SDK is not installed"):
        read_teams(ID | HOME | PASS)


@pytest.mark.parametrize("name", CLOUDS)
def test_every_cloud_is_one_of_the_sdks_with_its_issuer_and_graph(name: str) -> None:
    theirs: Any = from_name(name)
    ours = CLOUDS[name]
    assert ours.issuer == theirs.token_issuer
    assert ours.graph.removesuffix("/v1.0") == theirs.graph_scope.removesuffix("/.default")


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/uk/",
        "https://smba.trafficmanager.net:443/teams",
        "https://SMBA.trafficmanager.net/",
    ],
)
def test_the_token_may_go_to_microsofts_services(url: str) -> None:
    assert Connection(CLIENT_ID, TENANT).is_service(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "http://smba.trafficmanager.net/", "https://smba.trafficmanager.net.example.org/"),
        *("https://example.org/smba.trafficmanager.net/", "https://smba.trafficmanager.net@example.org/"),
        *("https://me:me@smba.trafficmanager.net/", "https://smba.trafficmanager.net:8443/"),
        *("https://example.org\\@smba.trafficmanager.net/", "https://smba.trafficmanager.net\\.example.org/"),
        *("https://smba.trafficmanager.net/?x", "https://smba.trafficmanager.net/#x", "https://[smba"),
        *("//smba.trafficmanager.net/", "https://x.trafficmanager.net/", "https://smba.traf\u200bficmanager.net/"),
        *("https://smba.infra.gov.teams.microsoft.us/teams", "http://127.0.0.1:80/", "https://localhost/"),
        *(
            "https://smba.trafficmanager.net:x/",
            " https://smba.trafficmanager.net/",
            "https://smba.trafficmanager.net/\n",
        ),
    ],
)
def test_the_token_goes_nowhere_else(url: str) -> None:
    assert not Connection(CLIENT_ID, TENANT).is_service(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://contoso-my.sharepoint.com/personal/jo/_api/v2.0/drive/items/01/uploadSession?guid='1'&tempauth=x",
        "https://contoso.sharepoint.com:443/x",
    ],
)
def test_a_file_may_go_to_sharepoint(url: str) -> None:
    assert Connection(CLIENT_ID, TENANT).is_file_host(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "http://contoso.sharepoint.com/", "https://sharepoint.com.example.org/", "https://sharepoint.com/"),
        *("https://x.sharepoint.com@example.org/", "https://me:me@x.sharepoint.com/", "https://x.sharepoint.com:8443/"),
        *("https://example.org/.sharepoint.com", "https://example.org#.sharepoint.com", "https://notsharepoint.com/"),
        *("https://example.org\\.sharepoint.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[x"),
        *("https://x.sharepoint.com/\n", "https://smba.trafficmanager.net/", "file:///x.sharepoint.com"),
    ],
)
def test_a_file_goes_nowhere_else(url: str) -> None:
    assert not Connection(CLIENT_ID, TENANT).is_file_host(url)


@pytest.mark.parametrize("cloud", [name for name in CLOUDS if name != "public"])
def test_no_file_goes_through_a_cloud_that_takes_none(cloud: str) -> None:
    there = Connection(CLIENT_ID, TENANT, cloud=cloud)
    assert not there.takes_files
    assert not there.is_file_host("https://contoso.sharepoint.com/")
