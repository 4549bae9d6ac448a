"""Teams' connector on loopback: it accepts and refuses as Teams does, and has Teams' bad days.

Whatever the answer to the caller, the tenancy keeps accepted activities, and tests count those. The same server gives
the signing keys out, and the messages of a channel as Microsoft Graph does.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jwt

from tests.support.slack.fates import accepted
from tests.support.teams import signing
from tests.support.teams.tenancy import BOT, LARGEST, Call, Conversation, Sent, Tenancy, Uploaded, personal_of, size

Answer = tuple[int, Any]
GRAPH = "/graph/v1.0"
ONEDRIVE = "/onedrive"
#: The beginning of the ids of messages that people write (tests.support.teams.activities).
PEOPLES = "18"


class No(Exception):
    """A refusal: its status, and the code that Teams gives."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Request:
    tenancy: Tenancy
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any

    @property
    def targeted(self) -> bool:
        return self.query.get("isTargetedActivity") == "true"

    def conversation(self) -> tuple[Conversation, str]:
        """Return the conversation and the thread of the address; a refusal where the bot is not in it."""
        found, _, thread = self.parts[0].partition(";messageid=")
        there = self.tenancy.conversations.get(found)
        if there is None:
            raise No(404, "ConversationNotFound")
        if not there.has_bot:
            raise No(403, "BotNotInConversationRoster")
        return there, thread

    def message(self) -> Sent:
        there, _ = self.conversation()
        message = self.tenancy.find(there.id, self.parts[1])
        if message is None or bool(message.to) != self.targeted:
            raise No(404, "ActivityNotFoundInConversation")
        if self.targeted and (self.body or {}).get("recipient"):
            raise No(400, "BadSyntax")
        return message


def send(r: Request) -> Answer:
    there, thread = r.conversation()
    ours = any(s.id == thread for s in r.tenancy.in_conversation(there.id))
    if thread and not ours and not thread.startswith(PEOPLES):
        raise No(404, "ActivityNotFoundInConversation")
    to = _recipient(r, there) if r.targeted else ""
    _checked(r.body)
    number = r.tenancy.new_id()
    now = r.tenancy.clock()
    r.tenancy.sent.append(Sent(there.id, thread, number, r.body, to, at=now, arguments=dict(r.query)))
    return 201, {"id": number}


def update(r: Request) -> Answer:
    message = r.message()
    _checked(r.body)
    message.body = r.body
    message.edited += 1
    return 200, {"id": message.id}


def delete(r: Request) -> Answer:
    r.message().deleted = True
    return 200, None


def members(r: Request) -> Answer:
    there, _ = r.conversation()
    most = min(int(r.query.get("pageSize") or r.tenancy.page_size), 500)
    begin = int(r.query.get("continuationToken") or 0)
    shown = [r.tenancy.people[a].shown() for a in there.members[begin : begin + most] if a in r.tenancy.people]
    more = {"continuationToken": str(begin + most)} if begin + most < len(there.members) else {}
    return 200, {"members": shown, **more}


def member(r: Request) -> Answer:
    there, _ = r.conversation()
    account = r.parts[1].removeprefix("29:")
    if account not in there.members or account not in r.tenancy.people:
        raise No(404, "MemberNotFoundInConversation")
    return 200, r.tenancy.people[account].shown()


def create(r: Request) -> Answer:
    """Open a personal chat; the app has to be installed for its person."""
    asked = [str(m.get("id", "")).removeprefix("29:") for m in (r.body or {}).get("members") or ()]
    if len(asked) != 1 or not (r.body.get("channelData") or {}).get("tenant"):
        raise No(400, "BadSyntax")
    person = r.tenancy.people.get(asked[0])
    if person is None:
        raise No(404, "MemberNotFoundInConversation")
    if not person.installed:
        raise No(403, "ForbiddenOperationException")
    r.tenancy.put(person)
    return 201, {"id": personal_of(person.account)}


def team(r: Request) -> Answer:
    there = [c for c in r.tenancy.conversations.values() if c.team == r.parts[0]]
    if not there:
        raise No(404, "NotFound")
    everybody = {account for c in there for account in c.members}
    return 200, {
        "id": r.parts[0],
        "name": "A team",
        "aadGroupId": there[0].group,
        "channelCount": len(there),
        "memberCount": len(everybody),
        "tenantId": there[0].tenant,
    }


def channels(r: Request) -> Answer:
    there = [c for c in r.tenancy.conversations.values() if c.team == r.parts[0]]
    return 200, {"conversations": [{"id": c.id, "type": c.channel_type} for c in there]}


def visibility(r: Request) -> Answer:
    if not any(c.group == r.parts[0] for c in r.tenancy.conversations.values()):
        raise No(404, "NotFound")
    return 200, {"visibility": r.tenancy.visibility}


def messages(r: Request) -> Answer:
    """Answer as Graph does: the newest first, in pages; or the replies of one message."""
    group, channel, *thread = r.parts
    if not r.tenancy.readable:
        raise No(403, "Forbidden")
    there = r.tenancy.conversations.get(channel)
    if there is None or there.group != group:
        raise No(404, "NotFound")
    root = thread[0] if thread else ""
    now = r.tenancy.clock()
    found = [s for s in r.tenancy.in_conversation(channel) if s.thread == root and s.visible <= now][::-1]
    begin, most = int(r.query.get("$skiptoken") or 0), int(r.query.get("$top") or 20)
    page = [_as_graph(s) for s in found[begin : begin + most]]
    more = {}
    if begin + most < len(found):
        path = f"{GRAPH}/teams/{group}/channels/{channel}/messages" + (f"/{root}/replies" if root else "")
        more = {"@odata.nextLink": f"{r.tenancy.origin}{path}?$top={most}&$skiptoken={begin + most}"}
    return 200, {"value": page, **more}


def _as_graph(s: Sent) -> dict[str, Any]:
    attachments = [{**a, "content": json.dumps(a["content"])} for a in s.body.get("attachments") or ()]
    return {
        "id": s.id,
        "replyToId": s.thread or None,
        "messageType": "message",
        "createdDateTime": datetime.fromtimestamp(s.at, UTC).isoformat(),
        "summary": s.body.get("summary"),
        "from": {"application": {"id": BOT.removeprefix("28:"), "applicationIdentityType": "bot"}},
        "attachments": attachments,
    }


def _recipient(r: Request, there: Conversation) -> str:
    if not r.tenancy.targeted:
        raise No(400, "TargetedMessagesNotSupported")
    account = str(((r.body or {}).get("recipient") or {}).get("id", "")).removeprefix("29:")
    if account not in there.members:
        raise No(403, "MemberNotFoundInConversation")
    return account


def _checked(body: Any) -> None:
    if not isinstance(body, dict) or body.get("type") != "message":
        raise No(400, "BadSyntax")
    if size(body) > LARGEST:
        raise No(413, "MessageSizeTooBig")


#: (verb, path) -> (name of the call, its work). The path's groups are its parts.
ROUTES: tuple[tuple[str, str, str, Callable[[Request], Answer]], ...] = (
    ("POST", r"/teams/v3/conversations", "create", create),
    ("POST", r"/teams/v3/conversations/([^/]+)/activities", "send", send),
    ("POST", r"/teams/v3/conversations/([^/]+)/activities/[^/]+", "send", send),
    ("PUT", r"/teams/v3/conversations/([^/]+)/activities/([^/]+)", "update", update),
    ("DELETE", r"/teams/v3/conversations/([^/]+)/activities/([^/]+)", "delete", delete),
    ("GET", r"/teams/v3/conversations/([^/]+)/pagedMembers", "members", members),
    ("GET", r"/teams/v3/conversations/([^/]+)/members/([^/]+)", "member", member),
    ("GET", r"/teams/v3/teams/([^/]+)", "team", team),
    ("GET", r"/teams/v3/teams/([^/]+)/conversations", "channels", channels),
    ("GET", GRAPH + r"/teams/([^/]+)", "visibility", visibility),
    ("GET", GRAPH + r"/teams/([^/]+)/channels/([^/]+)/messages(?:/delta)?", "messages", messages),
    ("GET", GRAPH + r"/teams/([^/]+)/channels/([^/]+)/messages/([^/]+)/replies", "messages", messages),
)


@dataclass(frozen=True)
class Served:
    """The address of a served tenancy, and the key set it gives out."""

    tenancy: Tenancy
    keys: dict[str, Any]

    @property
    def openid(self) -> str:
        return f"{self.tenancy.origin}/v1/.well-known/openidconfiguration"

    @property
    def overrides(self) -> dict[str, str]:
        """Return what a Connection of a test has to be told: nothing of this is read from the environment."""
        origin = self.tenancy.origin
        return {
            "openid_metadata_url": self.openid,
            "service": origin,
            "graph": f"{origin}{GRAPH}",
            "files": f"{origin}{ONEDRIVE}",
            "token": signing.bot_token(),
        }


@contextmanager
def serving(tenancy: Tenancy) -> Iterator[Served]:
    """Serve the tenancy's connector on loopback for the length of the block."""
    served = Served(tenancy, signing.key_set())

    class Handler(_Handler):
        teams = served

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    tenancy.origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *given: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client closed it meanwhile


class _Handler(BaseHTTPRequestHandler):
    teams: Served
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests would fill the output of tests."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client was killed

    def do_GET(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def do_PUT(self) -> None:
        self._any()

    def do_DELETE(self) -> None:
        self._any()

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        if split.path.startswith("/v1/.well-known/"):
            self._keys(split.path)
            return
        if split.path.startswith(f"{ONEDRIVE}/"):
            self._upload(split.path, body)
            return
        for verb, pattern, name, work in ROUTES:
            found = re.fullmatch(pattern, split.path)
            if found and verb == self.command:
                query = dict(parse_qsl(split.query, keep_blank_values=True))
                parts = tuple(unquote(each) for each in found.groups())
                self._call(name, work, Request(self.teams.tenancy, parts, query, _json(body)))
                return
        self._answer(404, {"error": {"code": "NotFound"}})

    def _upload(self, path: str, content: bytes) -> None:
        """Take a file, as an upload session of SharePoint does; a redirect leads back here."""
        tenancy = self.teams.tenancy
        headers = {name.lower(): value for name, value in self.headers.items()}
        tenancy.uploads.append(Uploaded(path, content, headers))
        self._answer(tenancy.upload_status, {}, {"Location": f"{tenancy.origin}{ONEDRIVE}/elsewhere"})

    def _keys(self, path: str) -> None:
        fate = self.teams.tenancy.fates.next("keys")
        self.teams.tenancy.calls.append(Call("keys", "", None, "", fate, 200))
        at = self.teams.tenancy.origin + "/v1/.well-known/keys"
        found = self.teams.keys if path.endswith("/keys") else {"issuer": signing.ISSUER, "jwks_uri": at}
        self._end(fate, 200, found)

    def _call(self, name: str, work: Callable[[Request], Answer], request: Request) -> None:
        tenancy, token = self.teams.tenancy, self.headers.get("Authorization", "")
        fate = tenancy.fates.next(name)
        status, answer = 200, None
        if not _is_ours(token):
            status, answer = 401, {"error": {"code": "Unauthorized"}}
        elif accepted(fate):
            try:
                with tenancy.lock:
                    before = len(tenancy.sent)
                    status, answer = work(request)
                    if fate == "seen late":
                        for each in tenancy.sent[before:]:
                            each.visible = tenancy.clock() + tenancy.fates.slow_seconds + tenancy.fates.late_seconds
            except No as no:
                status, answer = no.status, {"error": {"code": no.code, "message": no.code}}
        if fate.startswith("error "):
            _, number, code = fate.split()[:3]
            status, answer = int(number), {"error": {"code": code}}
        tenancy.calls.append(Call(name, request.parts[0] if request.parts else "", request.body, token, fate, status))
        self._end(fate, status, answer)

    def _end(self, fate: str, status: int, answer: Any) -> None:
        """Send the answer by its fate."""
        fates, word = self.teams.tenancy.fates, fate.split()[0]
        if fate == "late ok":
            time.sleep(fates.slow_seconds)
        if word in ("ok", "late", "error"):
            self._answer(status, answer)
        elif word in ("429", "412", "502", "504"):
            self._answer(int(word), {"error": {"code": "Throttled"}}, {"Retry-After": str(fates.retry_after)})
        elif word in ("500", "503"):
            self._answer(int(word), {"error": {"code": "ServiceError"}})
        elif word in ("html", "empty", "truncated"):
            text = {"html": "<html>Something is wrong</html>", "empty": ""}.get(word, json.dumps(answer)[:5])
            self._write(200, text, {})
        else:  # slow and reset: no answer in time
            time.sleep(0 if word == "reset" else fates.slow_seconds)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    def _answer(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        self._write(status, "" if answer is None else json.dumps(answer), headers or {})

    def _write(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _is_ours(header: str) -> bool:
    """Return True for a bearer token that the invented Entra signed."""
    key = signing.private_key("entra").public_key()
    try:
        jwt.decode(header.removeprefix("Bearer "), key, algorithms=["RS256"], audience=signing.ISSUER)
    except jwt.InvalidTokenError:
        return False
    return header.startswith("Bearer ")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"null")
    except ValueError:
        return None
