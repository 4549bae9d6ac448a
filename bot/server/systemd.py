"""The messages to systemd: ready, alive, ending. Without its socket in the environment there are none."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

READY, ALIVE, ENDING = b"READY=1", b"WATCHDOG=1", b"STOPPING=1"


def notify(state: bytes) -> None:
    """Send one message. A socket that cannot be reached is systemd's to notice."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
        to.settimeout(1)
        to.sendto(state, address)
