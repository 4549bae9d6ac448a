"""files.*: an address to upload to, the upload, and its completion as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.chat_methods import said
from tests.support.slack.refusals import No, channel_to_write_to
from tests.support.slack.workspace import Workspace

Given = Mapping[str, Any]
Answer = dict[str, Any]
UPLOAD = "/upload/"


def get_upload_url(workspace: Workspace, given: Given) -> Answer:
    if not given.get("filename"):
        raise No("missing_filename")
    if not str(given.get("length", "")).isdigit() or int(given["length"]) < 1:
        raise No("missing_length")
    file_id = f"F0{workspace.number():08d}"
    kept = {"id": file_id, "name": given["filename"], "length": int(given["length"]), "alt_txt": given.get("alt_txt")}
    workspace.files[file_id] = kept | {"content": None, "complete": False, "title": None, "channel": None}
    return {"upload_url": f"{workspace.origin}{UPLOAD}{file_id}", "file_id": file_id}


def upload(workspace: Workspace, path: str, content: bytes) -> bool:
    """Take the bytes of a file: only as many as announced, and only once."""
    kept = workspace.files.get(path.removeprefix(UPLOAD))
    if kept is None or kept["content"] is not None or len(content) != kept["length"]:
        return False
    kept["content"] = content
    return True


def complete(workspace: Workspace, given: Given) -> Answer:
    """Make files of uploads and, with a channel, a message there."""
    asked = given.get("files")
    if not isinstance(asked, list) or not asked:
        raise No("invalid_arguments")
    found = [workspace.files.get(str(one.get("id"))) for one in asked]
    if any(one is None or one["content"] is None or one["complete"] for one in found):
        raise No("file_not_found")
    wanted = given.get("channel_id")
    channel = channel_to_write_to(workspace, "files", {"channel": wanted}) if wanted else None
    answer = []
    for one, kept in zip(asked, [one for one in found if one], strict=True):
        kept |= {"complete": True, "title": one.get("title"), "channel": wanted}
        answer.append({"id": kept["id"], "title": kept["title"]})
    if channel:
        message = said(workspace, channel, {"text": given.get("initial_comment")})
        message.files = [str(one["id"]) for one in asked]
        message.thread_ts, message.by = given.get("thread_ts"), "files.completeUploadExternal"
        workspace.messages.append(message)
    return {"files": answer}


METHODS = {"files.getUploadURLExternal": get_upload_url, "files.completeUploadExternal": complete}
