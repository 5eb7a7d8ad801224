"""What systemd is told of a node's life, where it asked to be (sd_notify)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

VARIABLE = "NOTIFY_SOCKET"


def notify(message: str) -> None:
    """Send ``READY=1`` or ``STOPPING=1`` to the socket of the service manager, if there is one."""
    address = os.environ.get(VARIABLE, "")
    if address[:1] not in ("/", "@") or not hasattr(socket, "AF_UNIX"):
        return
    # a name that begins with @ is an abstract one, which the kernel knows by a NUL
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.sendto(message.encode("ascii"), place)
