"""Asking the process behind the devices' doors, by its socket, what nginx lets nobody ask."""

import http.client
import socket

from django.conf import settings

ASKED_S = 1.0  # who does not answer within that is late


class _Line(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("ingest", timeout=ASKED_S)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ASKED_S)
        self.sock.connect(self.path)


def ask(path: str) -> tuple[int, bytes]:
    """Status and body of what ingest answers. Raises OSError or http.client.HTTPException where it does not."""
    line = _Line(settings.INGEST_SOCKET)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()
