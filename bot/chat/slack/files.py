"""The upload of a picture to a conversation: get an upload address, send the file, post it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from bot.chat.slack.credentials import LOOPBACK, is_slacks
from bot.chat.slack.rendering import clean, cut
from bot.chat.slack.web_api import Api, Failed
from bot.conversation.outbound import PREVIEW

#: Neutral: the title is in the picture.
NAME = "chart.png"
#: Slack's limit of a description.
ALT = 1000
TITLE = 200


@dataclass(frozen=True)
class Files:
    """`hosts` are the hosts that a file may be sent to: an answer is not trusted to name another."""

    api: Api
    hosts: tuple[str, ...] = ("files.slack.com",)

    def upload(self, channel: str, content: bytes, title: str, alt: str, thread: str | None = None) -> None:
        """Upload a picture in three calls, each tried once; raise Failed. The notification's text is fixed."""
        given = {"filename": NAME, "length": len(content), "alt_txt": cut(clean(alt), ALT)}
        begun = self.api.asked("files.getUploadURLExternal", given)
        url, number = begun.get("upload_url"), begun.get("file_id")
        if not isinstance(url, str) or not isinstance(number, str):
            raise Failed("no_address")
        self._send(url, content)
        files = json.dumps([{"id": number, "title": cut(clean(title), TITLE)}])
        there = {"files": files, "channel_id": channel, "thread_ts": thread, "initial_comment": PREVIEW}
        self.api.asked("files.completeUploadExternal", there)

    def _send(self, url: str, content: bytes) -> None:
        """Send the file without a token and follow no redirect: the address is the permission, and is not logged."""
        if not is_slacks(url, self.hosts, self.api.url):
            raise Failed("not_slacks_address")
        inside = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
        opener = urllib.request.build_opener(_NoUploadRedirect, *inside)
        kind = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, data=content, headers=kind, method="POST")  # noqa: S310 - looked at above
        try:
            with opener.open(request, timeout=self.api.timeout) as answer:
                answer.read(1024)
                status = int(answer.status)
        except urllib.error.HTTPError as fault:
            fault.close()
            raise Failed(f"upload_{fault.code}") from None
        except (OSError, HTTPException, ValueError) as fault:
            raise Failed(type(fault).__name__, known=False) from None
        if status != 200:
            raise Failed(f"upload_{status}")


class _NoUploadRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
