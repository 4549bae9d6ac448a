"""The app's identity, its tenants and its cloud, checked before the first call. The secret is never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

#: The names of the environment variables; bot.server.platforms reads them.
CLIENT_ID: Final = "BOT_TEAMS_CLIENT_ID"
CLIENT_SECRET: Final = "BOT_TEAMS_CLIENT_SECRET"  # noqa: S105 - a name
TENANT: Final = "BOT_TEAMS_TENANT"
TENANTS: Final = "BOT_TEAMS_TENANTS"
CLOUD: Final = "BOT_TEAMS_CLOUD"
MANAGED_IDENTITY: Final = "BOT_TEAMS_MANAGED_IDENTITY"
READ_BACK: Final = "BOT_TEAMS_READ_BACK"
#: The address that Teams calls, for the doctor alone.
ENDPOINT: Final = "BOT_TEAMS_ENDPOINT"

#: The path that Teams calls, as the registration of the bot names it.
PATH: Final = "/api/messages"
PUBLIC: Final = "public"
SYSTEM: Final = "system"
_GUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Microsoft's clouds: who signs what comes in, and the hosts that the bot's token may be sent to.

    `files` is the end of the hosts to which a report may be uploaded; empty where Teams takes no files of bots.
    """

    issuer: str
    services: tuple[str, ...]
    graph: str
    files: str = ""


CLOUDS: Final[Mapping[str, Cloud]] = {
    PUBLIC: Cloud(
        "https://api.botframework.com",
        ("smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"),
        "https://graph.microsoft.com/v1.0",
        ".sharepoint.com",
    ),
    "usgov": Cloud(
        "https://api.botframework.us",
        ("smba.infra.gov.teams.microsoft.us",),
        "https://graph.microsoft.us/v1.0",
    ),
    "usgovdod": Cloud(
        "https://api.botframework.us",
        ("smba.infra.dod.teams.microsoft.us",),
        "https://dod-graph.microsoft.us/v1.0",
    ),
    "china": Cloud(
        "https://api.botframework.azure.cn",
        ("frontend.botapi.msg.infra.teams.microsoftonline.cn",),
        "https://microsoftgraph.chinacloudapi.cn/v1.0",
    ),
}


class CredentialsUnusable(ValueError):
    """A setting is wrong or missing; the text names it and never holds its value."""


@dataclass(frozen=True)
class Connection:
    """The app's registration. `tenants` are the tenants whose people are answered, the app's own first.

    `managed_identity` is "system", or the client id of a user-assigned identity; it replaces the secret. `read_back`:
    the teams let the bot read their channels, so that it finds its own message after a time-out.
    `overrides` is for tests, which have a Teams of their own on loopback: no setting fills it.
    """

    client_id: str
    tenant: str
    secret: str = field(default="", repr=False)
    managed_identity: str = ""
    tenants: tuple[str, ...] = ()
    cloud: str = PUBLIC
    read_back: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bot(self) -> str:
        """The bot's own account id in Teams."""
        return f"28:{self.client_id}"

    @property
    def issuer(self) -> str:
        return CLOUDS[self.cloud].issuer

    @property
    def graph_url(self) -> str:
        """The address of Microsoft Graph, without a slash at its end."""
        return self.overrides.get("graph", CLOUDS[self.cloud].graph)

    @property
    def service_url(self) -> str:
        """The address of the connector where no activity named another one yet."""
        return f"https://{CLOUDS[self.cloud].services[0]}/teams"

    def is_service(self, url: str) -> bool:
        """Return True if the bot's token may be sent to a service URL: https to a host of Microsoft's.

        An activity is not trusted to name the place that its answer is sent to.
        """
        ours = self.overrides.get("service", "")
        if ours and url.startswith(f"{ours}/"):
            return True
        return "?" not in url and _host(url) in CLOUDS[self.cloud].services

    @property
    def takes_files(self) -> bool:
        """True where Teams takes files of bots."""
        return bool(CLOUDS[self.cloud].files)

    def is_file_host(self, url: str) -> bool:
        """Return True if a report may be sent to an address: https to SharePoint, where a person's OneDrive is.

        An answer to an offer is not trusted to name another place.
        """
        ours = self.overrides.get("files", "")
        if ours and url.startswith(f"{ours}/"):
            return True
        return self.takes_files and _host(url).endswith(CLOUDS[self.cloud].files)


def connection(
    client_id: str,
    secret: str,
    tenant: str,
    tenants: str = "",
    cloud: str = "",
    managed_identity: str = "",
    read_back: str = "",
) -> Connection | None:
    """Return the connection; None where no setting is given. Raise CredentialsUnusable for a partial or wrong one."""
    if not (client_id or secret or tenant or tenants or cloud or managed_identity or read_back):
        return None
    if read_back not in ("", "0", "1"):
        raise CredentialsUnusable(f"{READ_BACK} must be 1, or not set")
    ours, home = _guid(CLIENT_ID, client_id), _guid(TENANT, tenant)
    if secret and managed_identity:
        raise CredentialsUnusable(f"{CLIENT_SECRET} and {MANAGED_IDENTITY} are both set: use one of them")
    if not (secret or managed_identity):
        raise CredentialsUnusable(
            f"{CLIENT_SECRET} is not set, and Teams is half configured: make one under Certificates & secrets of the "
            f"app registration, or set {MANAGED_IDENTITY} where the server has a managed identity"
        )
    if secret and (_GUID.fullmatch(secret.lower()) or not secret.isascii() or len(secret.split()) != 1):
        raise CredentialsUnusable(f"{CLIENT_SECRET} must be the value of the secret, not its id, and hold no space")
    identity = managed_identity.strip()
    if identity and identity.lower() != SYSTEM:
        identity = _guid(MANAGED_IDENTITY, identity)
    named = cloud.strip().lower() or PUBLIC
    if named not in CLOUDS:
        raise CredentialsUnusable(f"{CLOUD} must be one of {', '.join(CLOUDS)}")
    allowed = (_guid(TENANTS, each) for each in tenants.replace(",", " ").split())
    answered = tuple(dict.fromkeys((home, *allowed)))
    return Connection(ours, home, secret, identity.lower(), answered, named, read_back == "1")


def _guid(name: str, given: str) -> str:
    """Return an id in lower case, as Teams' payloads are compared; CredentialsUnusable where it is none."""
    text = given.strip().lower()
    if not text:
        where = "see Overview of the app registration"
        raise CredentialsUnusable(f"{name} is not set, and Teams is half configured: {where}")
    if not _GUID.fullmatch(text):
        raise CredentialsUnusable(f"{name} must hold ids of 36 characters, as Entra shows them under Overview")
    return text


def _host(url: str) -> str:
    """Return the host of a plain https address; "" for any other, and for one with a name, a port or a fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.username or parts.password or parts.fragment or _is_odd(url):
        return ""
    return host if parts.scheme == "https" and port in (None, 443) else ""


def _is_odd(url: str) -> bool:
    """Return True for a character that one reader of addresses takes for the end of the host and another does not."""
    return "\\" in url or not url.isascii() or any(c <= " " for c in url)
