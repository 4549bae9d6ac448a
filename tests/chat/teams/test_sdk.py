"""Microsoft's SDK: no setting but the bot's own, keys that nobody waits for, and a token that goes to Teams alone."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jwt import PyJWKClientError, PyJWTError

from bot.chat.teams.connector import Failed
from bot.chat.teams.credentials import Connection, CredentialsUnusable
from bot.chat.teams.sdk import FOREIGN, Sdk
from bot.chat.teams.signing_keys import LAST_SECONDS, SigningKeys
from tests.support.teams import signing
from tests.support.teams.connector import Served
from tests.support.teams.scene import ACCOUNTS, TEAM_GROUP
from tests.support.teams.tenancy import CLIENT_ID, TENANT, Tenancy, personal_of

LEAD = personal_of(ACCOUNTS["lead"])
POST = ("POST", f"/v3/conversations/{LEAD}/activities")
SAID = {"type": "message", "text": "x"}


async def nothing(activity: dict[str, Any]) -> dict[str, Any] | None:
    return None


def sdk_of(served: Served, timeout: float = 5, **changed: str) -> Sdk:
    overrides = {**served.overrides, **changed}
    return Sdk(Connection(CLIENT_ID, TENANT, tenants=(TENANT,), overrides=overrides), timeout, nothing)


@pytest.fixture
def sdk(served: Served) -> Iterator[Sdk]:
    made = sdk_of(served)
    yield made
    assert made.stop()


def call(sdk: Sdk, served: Served, method: str = "POST", path: str = POST[1], body: Any = SAID) -> dict[str, Any]:
    return sdk.call(method, served.tenancy.service_url, path, body)


def failed(sdk: Sdk, served: Served) -> tuple[str, float | None, bool]:
    with pytest.raises(Failed) as fault:
        call(sdk, served)
    return fault.value.code, fault.value.later, fault.value.known


# ---- what the environment cannot change ---------------------------------------------------------------

TRIED = """
import asyncio, sys
from bot.chat.teams.credentials import Connection
from bot.chat.teams.sdk import Sdk
from tests.support.teams.connector import serving
from tests.support.teams.tenancy import CLIENT_ID, TENANT, Tenancy

async def nothing(activity):
    return None

with serving(Tenancy()) as served:
    kind = sys.argv[1]
    overrides = {k: v for k, v in served.overrides.items() if k not in ("token", "service")}
    given = {"secret": "not~a-secret"} if kind == "secret" else {"managed_identity": "system"}
    sdk = Sdk(Connection(CLIENT_ID, TENANT, tenants=(TENANT,), overrides=overrides, **given), 5, nothing)
    sdk.start()
    app = sdk._running()
    activity = {"type": "message", "id": "1", "serviceUrl": served.tenancy.service_url}
    print(asyncio.run(sdk.handle(activity, {}))[0], app.cloud.token_issuer, app.api.service_url)
    credentials = app.credentials
    print(type(credentials).__name__, credentials.client_id, credentials.tenant_id)
    print(getattr(credentials, "client_secret", "none"), app.options.fetch_user_token, app.options.state)
    sdk.stop()
"""
SETTINGS = {
    "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
    "CLOUD": "China",
    "SERVICE_URL": "http://attacker.example.org",
    "CLIENT_ID": "of-somebody-else",
    "CLIENT_SECRET": "of-somebody-else",
    "TENANT_ID": "of-somebody-else",
    "MANAGED_IDENTITY_CLIENT_ID": "of-somebody-else",
    "OAUTH_URL": "http://attacker.example.org",
}


@pytest.mark.parametrize("where", ["environment", "a file above"])
@pytest.mark.parametrize(
    ("kind", "credentials"),
    [
        ("secret", f"ClientCredentials {CLIENT_ID} {TENANT}\nnot~a-secret"),
        ("identity", f"FederatedIdentityCredentials {CLIENT_ID} {TENANT}\nnone"),
    ],
)
def test_the_sdks_own_settings_have_no_effect(tmp_path: Path, where: str, kind: str, credentials: str) -> None:
    here = tmp_path / "one" / "two"
    here.mkdir(parents=True)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    if where == "environment":
        environ |= SETTINGS
    else:
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in SETTINGS.items()))
    done = subprocess.run(
        [sys.executable, "-c", TRIED, kind], cwd=here, env=environ, capture_output=True, text=True, check=False
    )
    expected = f"401 https://api.botframework.com https://smba.trafficmanager.net/teams\n{credentials} False False\n"
    assert (done.stdout, done.stderr) == (expected, "")


def test_every_setting_of_the_sdk_is_known() -> None:
    """A release that reads another variable is looked at first. It reads one by `name`, and PORT for its own server."""
    found = importlib.util.find_spec("microsoft_teams")
    assert found
    root = Path(next(iter(found.submodule_search_locations or ())))
    read = "\n".join(file.read_text(encoding="utf-8") for file in root.rglob("*.py"))
    named = re.findall(r'os\.(?:getenv|environ\.get)\(\s*"?(\w+)', read)
    assert {*named} == {*FOREIGN, "PORT", "name"} - {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"}
    assert len(named) == read.count("os.getenv") + read.count("os.environ")


def test_an_installation_without_teams_does_not_import_the_sdk() -> None:
    asked = (
        "import sys, bot.server.service, bot.server.platforms, bot.chat.teams.adapter; "
        "print([m for m in sys.modules if m.split('.')[0] in ('microsoft_teams', 'msal', 'jwt')])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ---- keys ----------------------------------------------------------------------------------------------


def test_without_keys_it_starts_and_refuses_every_activity(served: Served) -> None:
    sdk = sdk_of(served, openid_metadata_url="http://127.0.0.1:9/v1/.well-known/openidconfiguration")
    sdk.start()
    assert sdk.hears is False
    assert asyncio.run(sdk.handle({"type": "message", "id": "1"}, {"authorization": "Bearer a.b.c"}))[0] == 401
    assert sdk.stop()


def test_no_activity_waits_for_keys(served: Served, sdk: Sdk) -> None:
    """Not even the one with a key that is not known: it is refused, and another fetch begins."""
    sdk.start()
    url = served.tenancy.service_url
    served.tenancy.fates.slow_seconds = 1.5
    served.tenancy.fates.schedule("keys", "late ok")
    keys = sdk._keys
    assert keys
    fetching = threading.Thread(target=keys.refresh)
    fetching.start()
    began = time.monotonic()
    for kid, status in ((signing.KEY_ID, 200), ("unknown", 401)):
        activity = {"type": "message", "id": kid, "serviceUrl": url}
        given = {"authorization": f"Bearer {signing.token(url, kid=kid)}"}
        assert asyncio.run(sdk.handle(activity, given))[0] == status
    assert time.monotonic() - began < 1
    assert keys._wanted.is_set()
    fetching.join()
    assert [c.name for c in served.tenancy.calls].count("keys") == 2


def test_keys_stay_where_a_fetch_fails_and_go_after_a_day(served: Served) -> None:
    now = [0.0]
    keys = SigningKeys(served.openid.replace("openidconfiguration", "keys"), 5, lambda: now[0])
    keys.refresh()
    served.tenancy.fates.schedule("keys", "500", "reset", "html")
    for _ in range(3):
        with pytest.raises((PyJWTError, OSError, ValueError)):
            keys.refresh()
    assert keys.get_signing_key(signing.KEY_ID).key_id == signing.KEY_ID
    now[0] = LAST_SECONDS + 1
    with pytest.raises(PyJWKClientError):
        keys.get_signing_key(signing.KEY_ID)


def test_a_new_key_is_known_after_the_next_fetch(served: Served) -> None:
    keys = SigningKeys(served.openid.replace("openidconfiguration", "keys"), 5)
    keys.refresh()
    served.keys.update(signing.key_set("another"))
    with pytest.raises(PyJWKClientError):
        keys.get_signing_key("another")
    keys.refresh()
    assert keys.get_signing_key("another").key_id == "another"
    with pytest.raises(PyJWKClientError):
        keys.get_signing_key(signing.KEY_ID)


# ---- the way out ---------------------------------------------------------------------------------------


def test_a_call_has_the_bots_token(teams: Tenancy, served: Served, sdk: Sdk) -> None:
    assert call(sdk, served) == {"id": teams.sent[0].id}
    assert teams.calls[-1].token == f"Bearer {sdk.connection.overrides['token']}"


def test_graph_is_called_at_its_own_address(served: Served, sdk: Sdk) -> None:
    found = sdk.call("GET", served.overrides["graph"], f"/teams/{TEAM_GROUP}", None, {"$select": "visibility"})
    assert found == {"visibility": "private"}


@pytest.mark.parametrize(
    "url",
    ["https://attacker.example.org/", "http://127.0.0.1:9/teams", "https://smba.trafficmanager.net@x.example.org"],
)
def test_the_token_goes_nowhere_else(teams: Tenancy, sdk: Sdk, url: str) -> None:
    with pytest.raises(Failed) as fault:
        sdk.call("POST", url, POST[1], SAID)
    assert (fault.value.code, fault.value.known) == ("not_microsofts_address", True)
    assert teams.calls == []


def test_a_redirect_is_not_followed(teams: Tenancy, served: Served, sdk: Sdk) -> None:
    teams.fates.schedule("send", "error 307 Elsewhere")
    assert failed(sdk, served)[0] == "Elsewhere"
    assert len(teams.calls) == 1


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("429", ("Throttled", 7.0, True)),
        ("412", ("Throttled", 7.0, True)),
        ("502", ("Throttled", 7.0, True)),
        ("504 accepted", ("Throttled", 7.0, True)),
        ("500", ("ServiceError", None, False)),
        ("500 accepted", ("ServiceError", None, False)),
        ("503", ("ServiceError", None, False)),
        ("error 502 Plain", ("Plain", None, False)),
        ("error 429 Plain", ("Plain", 30.0, True)),
        ("error 403 BotNotInConversationRoster", ("BotNotInConversationRoster", None, True)),
        ("error 400 a-code-with-Canary", ("http_400", None, True)),
        ("reset", ("ReadError", None, False)),
        ("reset accepted", ("ReadError", None, False)),
        ("truncated accepted", ("JSONDecodeError", None, False)),
    ],
)
def test_the_outcome_of_a_call(
    teams: Tenancy, served: Served, sdk: Sdk, fate: str, outcome: tuple[str, float | None, bool]
) -> None:
    teams.fates.retry_after = 7
    teams.fates.schedule("send", fate)
    assert failed(sdk, served) == outcome
    assert len(teams.calls) == 1


def test_a_call_waits_no_longer_than_its_time(teams: Tenancy, served: Served) -> None:
    sdk = sdk_of(served, timeout=0.3)
    teams.fates.slow_seconds = 2
    assert sdk.call("GET", teams.service_url, f"/v3/conversations/{LEAD}/pagedMembers")
    teams.fates.schedule("send", "slow accepted")
    began = time.monotonic()
    assert failed(sdk, served) == ("TimeoutError", None, False)
    assert time.monotonic() - began < 1
    assert sdk.stop()


def test_without_a_token_nothing_is_sent(teams: Tenancy, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = sdk_of(served)

    async def broken(*given: Any) -> Any:
        raise ValueError("a Canary")

    monkeypatch.setattr(type(sdk._running().token_provider), "get_app_token", broken)
    assert failed(sdk, served) == ("token_refused", 30.0, True)
    assert teams.calls == []
    assert sdk.stop()


def test_nobody_listening_is_nothing_sent(served: Served) -> None:
    other = sdk_of(served, service="http://127.0.0.1:9")
    with pytest.raises(Failed) as fault:
        other.call("POST", "http://127.0.0.1:9/teams", POST[1], SAID)
    assert (fault.value.code, fault.value.later) == ("ConnectError", 30.0)
    assert other.stop()


def test_after_its_end_nothing_is_sent(teams: Tenancy, served: Served) -> None:
    sdk = sdk_of(served)
    call(sdk, served)
    assert sdk.stop()
    assert failed(sdk, served) == ("ending", 30.0, True)
    assert len(teams.calls) == 1


# ---- what keeps it from starting ------------------------------------------------------------------------


def test_an_sdk_that_takes_what_nobody_signed_is_not_started(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = sdk_of(served)
    monkeypatch.setattr(sdk._running().server, "_dangerously_allow_unauthenticated_requests", True)
    with pytest.raises(CredentialsUnusable, match="took an activity that was not signed"):
        sdk.start()
    assert sdk.hears is None
    assert sdk.stop()


def test_an_sdk_without_a_check_of_signatures_is_not_started(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sdk_of(served)
    monkeypatch.setattr(type(first._running().server), "initialize", lambda *given, **more: None)
    assert first.stop()
    sdk = sdk_of(served)
    with pytest.raises(CredentialsUnusable, match="checks no signature"):
        sdk.start()
    assert sdk.stop()
