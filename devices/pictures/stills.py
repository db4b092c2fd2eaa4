"""A camera that answers HTTP: one picture after another in one answer (multipart), or one an answer. Plain bytes, no decoding."""

import functools
import http.client
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from devices.pictures.jpeg import NoPicture

TIMEOUT_S = 5.0
EVERY_S = 0.2  # a camera that gives one picture an answer is asked so often
PICTURE_LIMIT = 1_000_000  # bytes
LINE_LIMIT = 1000  # bytes of a line between two pictures
LINES_LIMIT = 40  # of them


class _Stay(urllib.request.HTTPRedirectHandler):
    """Where a camera points elsewhere one does not go: the address that was entered is the one that was meant."""

    def redirect_request(self, *_: object) -> None:
        return None


class _To(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Connects to one place, whatever name the address bears: that is what was checked. A certificate is to bear the name."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def http_open(self, asked: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Plain, self.place), asked)

    def https_open(self, asked: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Secret, self.place), asked)


class _Plain(http.client.HTTPConnection):
    def __init__(self, place: str, host: str, **how: Any) -> None:
        super().__init__(host, **how)
        self.place = place

    def connect(self) -> None:
        self.sock = socket.create_connection((self.place, self.port), self.timeout)


class _Secret(_Plain):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def pictures(url: str, place: str) -> Iterator[bytes]:
    """JPEGs as they come from an address, asked at the place it leads to. Ends, or raises OSError or NoPicture, where the
    camera does not go on."""
    bare, opener = _asking(url, place)
    while True:
        began = time.monotonic()
        with opener.open(bare, timeout=TIMEOUT_S) as answer:
            kind = answer.headers.get_content_type()
            if kind == "multipart/x-mixed-replace":
                yield from _parts(answer)
                return
            if kind != "image/jpeg":
                raise NoPicture(f"expected image/jpeg or multipart/x-mixed-replace, found {kind}")
            yield _limited(answer)
        time.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))


def _asking(url: str, place: str) -> tuple[str, urllib.request.OpenerDirector]:
    """The address without the name and password in it, and what asks there with them (Basic or Digest, as it is asked)."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username:
        known.add_password(None, bare, unquote(parts.username), unquote(parts.password or ""))
    handlers = urllib.request.HTTPBasicAuthHandler(known), urllib.request.HTTPDigestAuthHandler(known)
    return bare, urllib.request.build_opener(urllib.request.ProxyHandler({}), _To(place), _Stay(), *handlers)


def _limited(answer: IO[bytes]) -> bytes:
    body = answer.read(PICTURE_LIMIT + 1)
    if len(body) > PICTURE_LIMIT:
        raise NoPicture(f"expected at most {PICTURE_LIMIT} bytes, found more")
    return body


def _parts(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Each part says its length; a camera that does not is read up to the next boundary."""
    boundary = _boundary(answer.headers)
    while True:
        length = _length(answer, boundary)
        if length is None:
            return
        if length > PICTURE_LIMIT:
            raise NoPicture(f"expected at most {PICTURE_LIMIT} bytes, found {length}")
        yield answer.read(length) if length else _until(answer, boundary)


def _boundary(headers: Message) -> bytes:
    said = headers.get_param("boundary") or ""
    return b"--" + str(said).strip('"').removeprefix("--").encode("latin-1", "replace")


def _length(answer: http.client.HTTPResponse, boundary: bytes) -> int | None:
    """Read up to the empty line before a picture: its length, 0 where it is not said, None at the end."""
    length, begun = 0, False
    for _ in range(LINES_LIMIT):
        line = answer.readline(LINE_LIMIT)
        if not line:
            return None
        begun = begun or line.startswith(b"--") or b":" in line
        if not line.strip() and begun:
            return length
        name, _colon, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    raise NoPicture(f"expected {boundary!r} and an empty line within {LINES_LIMIT} lines, found neither")


def _until(answer: http.client.HTTPResponse, boundary: bytes) -> bytes:
    """A picture of unsaid length: as far as the next boundary, which is read with it."""
    found = bytearray()
    while len(found) <= PICTURE_LIMIT:
        line = answer.readline(65536)
        if not line or line.startswith(boundary):
            return bytes(found).rstrip(b"\r\n")
        found += line
    raise NoPicture(f"expected at most {PICTURE_LIMIT} bytes, found more before {boundary!r}")
