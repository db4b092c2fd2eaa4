"""The one connection by which FFmpeg speaks to an RTSP camera: to the place that was permitted and nowhere else. No Django.

FFmpeg goes by itself wherever a camera's answer points (status 3xx, RFC 7826, 13.4.1), and no option forbids it. So it is given
an address of this machine, at which just one connection is taken and carried to the camera, by TLS where the camera's address
says rtsps. What the camera says is read and written anew on the way, so that FFmpeg reads just what was judged here:

    $ CHANNEL LENGTH(2) BYTES     a packet of the pictures, as it is (RFC 2326, 10.12); one too short for RTP is left out
    RTSP/1.0 STATUS …             an answer with its headers, but for Location; one that points elsewhere ends it all
"""

import asyncio
import contextlib
import re
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit, urlunsplit

OPEN_S, READ_S = 5.0, 5.0  # a camera that says nothing for so long is away
PORTS = {"rtsp": 554, "rtsps": 322}  # RFC 7826, 22.1
LEAST = (
    8  # bytes: what FFmpeg takes for a packet (RTCP's least, RFC 3550, 6.4); it would read shorter ones as an answer
)
LINES, BODY = 64, 65_536  # headers of an answer, and bytes of its description
PIECE = 65_536
FIRST = re.compile(rb"(?:RTSP/1\.\d ([12456])\d\d\b|[A-Z_]{3,20} \S+ RTSP/1\.\d$)")
HEADER = re.compile(rb"([A-Za-z0-9-]{1,64}):[ \t]*([ -~]{0,4000})")


class Refused(Exception):
    """The camera says what no camera of ours says: that another place be asked, or no RTSP at all."""


class Way:
    """A connection to a camera, and the address at which FFmpeg finds it."""

    def __init__(self, url: str, place: str) -> None:
        """`place`: where the camera is, as it was permitted; of the address only who asks, and for what, is used besides."""
        self.parts, self.place = urlsplit(url), place
        self.has_ended = False  # nothing more comes from the camera
        self.is_whole = True  # whether the last packet was the last of its picture (RTP's marker, RFC 6184, 5.1)
        self.heard_at = time.monotonic()
        self._port: Future[int] = Future()
        self._left = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """For FFmpeg. Raises what reaching the camera raised: OSError, TimeoutError."""
        user, at, _host = self.parts.netloc.rpartition("@")
        netloc = f"{user}{at}127.0.0.1:{self._port.result()}"
        return urlunsplit(self.parts._replace(scheme="rtsp", netloc=netloc))

    async def carry(self) -> None:
        """Reach the camera, take one connection, and carry what is said until one of the two ends."""
        self._loop = asyncio.get_running_loop()
        try:
            said, to_camera = await asyncio.wait_for(self._reach(), OPEN_S)
            try:
                await self._take(said, to_camera)
            finally:
                to_camera.transport.abort()
        except Exception as away:
            if self._port.done():
                raise
            self._port.set_exception(away)

    def leave(self) -> None:
        """End it; a second time does nothing."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._left.set)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        is_secret = self.parts.scheme == "rtsps"
        port = self.parts.port or PORTS[self.parts.scheme]
        how = {"ssl": unchecked(), "server_hostname": self.parts.hostname} if is_secret else {}
        return await asyncio.open_connection(self.place, port, **how)  # type: ignore[arg-type]

    async def _take(self, said: asyncio.StreamReader, to_camera: asyncio.StreamWriter) -> None:
        taken: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()

        def take(asked: asyncio.StreamReader, to_player: asyncio.StreamWriter) -> None:
            if taken.done():
                to_player.transport.abort()
            else:
                taken.set_result((asked, to_player))

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        self._port.set_result(server.sockets[0].getsockname()[1])
        left = asyncio.ensure_future(self._left.wait())
        either: tuple[asyncio.Future[Any], ...] = taken, left
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        server.close()
        if not taken.done():
            return
        asked, to_player = taken.result()
        self.heard_at = time.monotonic()
        both = [self._down(said, to_player), _up(asked, to_camera), self._listen()]
        running = [left, *map(asyncio.ensure_future, both)]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        self.has_ended = True  # before FFmpeg learns of it
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        to_player.close()
        with contextlib.suppress(OSError):
            await to_player.wait_closed()

    async def _listen(self) -> None:
        """Ends once the camera has said nothing for READ_S."""
        while (rest := self.heard_at + READ_S - time.monotonic()) > 0:
            await asyncio.sleep(rest)

    async def _down(self, said: asyncio.StreamReader, to_player: asyncio.StreamWriter) -> None:
        """What the camera says. Raises Refused, EOFError, OSError."""
        while True:
            first = await said.readexactly(1)
            if first == b"$":
                head = await said.readexactly(3)
                packet = await said.readexactly(int.from_bytes(head[1:], "big"))
                self.heard_at = time.monotonic()
                if len(packet) < LEAST:
                    continue
                if not 200 <= packet[1] <= 207:  # RTCP, which bears no pictures (RFC 5761, 4)
                    self.is_whole = packet[1] >= 128
                to_player.write(b"".join((first, head, packet)))
            elif line := (first + await _line(said)).strip():
                to_player.write(await _answer(line, said))
                self.heard_at = time.monotonic()
            await to_player.drain()


async def _up(asked: asyncio.StreamReader, to_camera: asyncio.StreamWriter) -> None:
    while data := await asked.read(PIECE):
        to_camera.write(data)
        await to_camera.drain()


async def _line(said: asyncio.StreamReader) -> bytes:
    try:
        line = await said.readline()
    except ValueError as endless:
        raise Refused("expected a line, found no end of it") from endless
    if not line.endswith(b"\n"):
        raise EOFError
    return line


async def _answer(line: bytes, said: asyncio.StreamReader) -> bytes:
    """An answer (or a request, which cameras make too) that begins with a line, written anew. Raises Refused, EOFError."""
    if FIRST.match(line) is None:
        raise Refused(f"expected an answer of RTSP that points nowhere else, found {line[:40]!r}")
    rows, length = [line], 0
    for _ in range(LINES):
        line = (await _line(said)).strip()
        if not line:
            break
        found = HEADER.fullmatch(line)
        if found is None or found[1].lower() == b"location":
            continue
        if found[1].lower() == b"content-length":
            length = _length(found[2])
        else:
            rows.append(b"%b: %b" % (found[1], found[2]))
    else:
        raise Refused(f"expected at most {LINES} headers, found more")
    body = await said.readexactly(length)
    return b"\r\n".join((*rows, b"Content-Length: %d" % length, b"", b"")) + body


def _length(value: bytes) -> int:
    if not re.fullmatch(rb"\d{1,6}", value.strip()) or int(value) > BODY:
        raise Refused(f"expected at most {BODY} bytes of description, found {value[:20]!r}")
    return int(value)


def unchecked() -> ssl.SSLContext:
    """TLS with whoever answers: cameras make their certificates themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def carried(url: str, place: str) -> Iterator[Way]:
    """A way to a camera, for as long as the block lasts."""
    way = Way(url, place)
    beside = threading.Thread(target=lambda: asyncio.run(way.carry()), daemon=True)
    beside.start()
    try:
        yield way
    finally:
        way.leave()
        beside.join()
