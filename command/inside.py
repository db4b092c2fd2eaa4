"""Asking the processes beside this one, by their sockets, what nginx lets nobody ask."""

import http.client
import socket

ASKED_S = 1.0  # who does not answer within that is late


class _Line(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("inside", timeout=ASKED_S)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ASKED_S)
        self.sock.connect(self.path)


def ask(sock: str, path: str) -> tuple[int, bytes]:
    """Status and body of what the process behind a socket answers. Raises OSError or http.client.HTTPException without one."""
    line = _Line(sock)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()
