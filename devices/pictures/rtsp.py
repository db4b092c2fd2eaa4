"""The one connection by which FFmpeg speaks to an RTSP camera: to the place that was permitted and nowhere else. No Django.

FFmpeg goes by itself wherever a camera's answer points (status 3xx, RFC 7826, 13.4.1), and no option forbids it. So it is given
an address of this machine, at which just one connection is taken and carried to the camera, by TLS where the camera's address
says rtsps. What the camera says is read and written anew on the way, so that FFmpeg reads just what was judged here:

    $ CHANNEL LENGTH(2) BYTES     a packet of the pictures, as it is (RFC 2326, 10.12); one too short for RTP is left out
    RTSP/1.0 STATUS …             an answer with its headers, but for Location; one that points elsewhere ends it all

A camera is so asked for rtsp://127.0.0.1/… with its own path; cameras judge by that. The line can't be written anew, since the
password's digest is made of it.
"""

import asyncio
import contextlib
import math
import re
import ssl
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit, urlunsplit

OPEN_S, READ_S = 4.0, 5.0  # a camera that does not answer, or shows nothing, for so long is away
PORTS = {"rtsp": 554, "rtsps": 322}  # RFC 7826, 22.1
LEAST = 8  # bytes: RTCP's least (RFC 3550, 6.4); FFmpeg would read what is shorter as an answer
LINES, BODY = 64, 65_536  # headers of an answer, and bytes of its description
NOISE = 64  # lines of a connection that are no answer: some cameras miscount what they send
RTCP, BYE = range(200, 208), 203  # RFC 5761, 4; RFC 3550, 6.6
PIECE = 65_536
FIRST = re.compile(rb"(?:RTSP/1\.\d ([12456])\d\d\b|[A-Z_]{3,20} \S+ RTSP/1\.\d$)")
HEADER = re.compile(rb"([A-Za-z0-9-]{1,64})[ \t]*:[ \t]*([\t -~\x80-\xff]{0,4000})")


class Refused(Exception):
    """The camera says what no camera of ours says: that another place be asked, or no RTSP at all."""


class Way:
    """A connection to a camera, and the address at which FFmpeg finds it."""

    def __init__(self, url: str, place: str) -> None:
        """`place`: where the camera is, as it was permitted; of the address only who asks, and for what, is used besides."""
        self.parts, self.place = urlsplit(url), place
        self.has_ended = False  # nothing more comes from the camera
        self.is_whole = True  # whether the last packet was the last of its picture (RTP's marker, RFC 6184, 5.1)
        self._heard_at = time.monotonic()  # infinite while what it said waits for FFmpeg
        self._is_playing, self._noise = False, 0
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
        try:  # it listens to the end: nobody else is to be found at this address, who would ask for the password
            self._port.set_result(server.sockets[0].getsockname()[1])
            left = asyncio.ensure_future(self._left.wait())
            either: tuple[asyncio.Future[Any], ...] = taken, left
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if taken.done():
                asked, to_player = taken.result()
                await self._until_one_ends(left, self._down(said, to_player), _up(asked, to_camera), self._listen())
                to_player.close()
                with contextlib.suppress(OSError):
                    await to_player.wait_closed()
        finally:
            server.close()

    async def _until_one_ends(self, left: "asyncio.Task[Any]", *both: Coroutine[Any, Any, None]) -> None:
        self._heard_at = time.monotonic()
        running = [left, *map(asyncio.ensure_future, both)]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        self.has_ended = True  # before FFmpeg learns of it
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _listen(self) -> None:
        """Ends once the camera has shown nothing for READ_S."""
        while (rest := self._heard_at + READ_S - time.monotonic()) > 0:
            await asyncio.sleep(min(rest, READ_S))

    async def _down(self, said: asyncio.StreamReader, to_player: asyncio.StreamWriter) -> None:
        """What the camera says. Raises Refused, EOFError, OSError."""
        while True:
            to_player.write(await self._next(said))
            heard_at, now = self._heard_at, time.monotonic()
            self._heard_at = math.inf
            await to_player.drain()
            self._heard_at = heard_at + time.monotonic() - now

    async def _next(self, said: asyncio.StreamReader) -> bytes:
        """The next packet or answer; nothing where it is neither."""
        first = await said.readexactly(1)
        if first == b"$":
            head = await said.readexactly(3)
            packet = await said.readexactly(int.from_bytes(head[1:], "big"))
            return b"".join((first, head, packet)) if self._is_one(packet) else b""
        if first in b"\r\n":
            return b""
        line = (first + await _line(said)).strip()
        if FIRST.match(line) is None:
            self._noise += 1
            if line.startswith((b"RTSP/", b"HTTP/")) or self._noise > NOISE:
                raise Refused(f"expected an answer of RTSP that points nowhere else, found {line[:40]!r}")
            return b""
        if not self._is_playing:
            self._heard_at = time.monotonic()
        return await _answer(line, said)

    def _is_one(self, packet: bytes) -> bool:
        """Whether it is one of RTP or RTCP. Raises EOFError where it says that nothing more comes."""
        if len(packet) < LEAST:
            return False
        if packet[1] not in RTCP:
            self._is_playing, self._heard_at = True, time.monotonic()
            self.is_whole = packet[1] >= 128
        elif BYE in kinds(packet):
            raise EOFError
        return True


def kinds(packet: bytes) -> Iterator[int]:
    """The types of what a compound packet of RTCP consists of (RFC 3550, 6.1)."""
    at = 0
    while at + 4 <= len(packet):
        yield packet[at + 1]
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")


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
