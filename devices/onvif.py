"""Cameras that turn, by ONVIF: the one file that knows the client library. Whoever imports it pays a second and 50 MB.

All goes to the host and port that were entered, wherever the camera says its services are, and no redirect is followed. Cameras
make their certificates themselves, so none is checked; the password only ever leaves as a digest.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import aiohttp
import onvif
from onvif.client import AIOHTTPTransport
from onvif.util import is_auth_error
from zeep.exceptions import Error as SoapError
from zeep.exceptions import Fault, TransportError

from devices.turning import CantTurn

CALL_S, ALL_S = 5.0, 8.0  # what one call, and all that one request asks, may take
GENERIC = "http://www.onvif.org/ver10/tptz/PanTiltSpaces/PositionGenericSpace"
WSDL = Path(onvif.__file__).parent / "wsdl"
# What reading an answer that is none raises, whatever the camera sent: it must be no failure of ours
NO_ANSWER = (SoapError, onvif.ONVIFError, AttributeError, LookupError, TypeError, ValueError)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Preset:
    """A place that the camera knows by itself."""

    token: str
    name: str


def turn(address: str, pan: float, tilt: float) -> None:
    """Turn a camera to a pan and tilt of the generic space. Raises CantTurn."""

    async def move(camera: "_Camera") -> None:
        if GENERIC not in await camera.absolute_spaces():
            raise CantTurn("no_ptz")
        to = {"PanTilt": {"x": round(pan, 5), "y": round(tilt, 5), "space": GENERIC}}
        await camera.ptz.AbsoluteMove({"ProfileToken": camera.profile.token, "Position": to})

    _run(address, move)


def presets(address: str) -> list[Preset]:
    """What a camera has as presets. Raises CantTurn."""

    async def ask(camera: "_Camera") -> list[Preset]:
        found = await camera.ptz.GetPresets({"ProfileToken": camera.profile.token}) or []
        return [Preset(one.token, one.Name or one.token) for one in found if one.token]

    return _run(address, ask)


def go_to_preset(address: str, token: str) -> None:
    """Turn a camera to one of its presets. Raises CantTurn."""

    async def move(camera: "_Camera") -> None:
        await camera.ptz.GotoPreset({"ProfileToken": camera.profile.token, "PresetToken": token})

    _run(address, move)


@dataclass(frozen=True, slots=True)
class _Camera:
    """A camera that has answered: its service of turning, and the first profile that turns."""

    ptz: Any
    profile: Any

    async def absolute_spaces(self) -> list[str]:
        node = await self.ptz.GetNode({"NodeToken": self.profile.PTZConfiguration.NodeToken})
        spaces = node.SupportedPTZSpaces
        return [one.URI for one in spaces.AbsolutePanTiltPositionSpace] if spaces else []


def _run(address: str, job: Callable[[_Camera], Awaitable[Answer]]) -> Answer:
    """Do something with a camera, in a loop and a thread of its own, whatever runs in this one."""
    try:
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(lambda: asyncio.run(_done(urlsplit(address), job))).result()
    except (TimeoutError, aiohttp.ClientError, OSError) as lost:
        raise CantTurn("unreachable") from lost
    except NO_ANSWER as said:
        raise CantTurn("password" if _is_password(said) else "refused") from said


async def _done(address: SplitResult, job: Callable[[_Camera], Awaitable[Answer]]) -> Answer:
    async with asyncio.timeout(ALL_S), _session() as session, _opened(session, address) as camera:
        return await job(camera)


def _is_password(said: Exception) -> bool:
    return (isinstance(said, TransportError) and said.status_code in (401, 403)) or is_auth_error(said)


async def _no_redirect(*_: Any) -> None:
    raise CantTurn("refused")


def _session() -> aiohttp.ClientSession:
    watched = aiohttp.TraceConfig()
    watched.on_request_redirect.append(_no_redirect)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=False, force_close=True),
        timeout=aiohttp.ClientTimeout(total=CALL_S), trace_configs=[watched],
    )  # fmt: skip


@asynccontextmanager
async def _opened(session: aiohttp.ClientSession, address: SplitResult) -> AsyncIterator[_Camera]:
    """A camera's first profile that turns, and its service of turning, by the camera's own clock."""
    async with _service(session, address, "devicemgmt", address.path) as asked:
        ahead = await _ahead(asked)
    async with _service(session, address, "devicemgmt", address.path, ahead) as manager:
        paths = await _paths(manager)
    if not {"media", "ptz"} <= paths.keys():
        raise CantTurn("no_ptz")
    async with _service(session, address, "media", paths["media"], ahead) as media:
        turning = [one for one in await media.GetProfiles() or [] if one.PTZConfiguration]
    if not turning:
        raise CantTurn("no_ptz")
    async with _service(session, address, "ptz", paths["ptz"], ahead) as ptz:
        yield _Camera(ptz, turning[0])


@asynccontextmanager
async def _service(
    session: aiohttp.ClientSession, address: SplitResult, name: str, path: str, ahead: dt.timedelta | None = None
) -> AsyncIterator[Any]:
    """One of a camera's services, at a path of the address that was entered."""
    known = onvif.SERVICES[name]
    host = address.netloc.rpartition("@")[2]
    service = onvif.ONVIFService(
        f"{address.scheme}://{host}{path}", unquote(address.username or ""), unquote(address.password or ""),
        str(WSDL / known["wsdl"]), no_cache=True, dt_diff=ahead, binding_name=f"{{{known['ns']}}}{known['binding']}",
    )  # fmt: skip
    try:
        service.transport = AIOHTTPTransport(session=session, verify_ssl=False)
        await service.setup()
        yield service
    finally:
        await service.close()


async def _ahead(manager: Any) -> dt.timedelta | None:
    """How far a camera's clock is ahead of ours: it refuses what was signed at another time. None where it tells none."""
    try:
        said = (await manager.authless_GetSystemDateAndTime()).UTCDateTime
        day, time = said.Date, said.Time
        at = dt.datetime(day.Year, day.Month, day.Day, time.Hour, time.Minute, time.Second, tzinfo=dt.UTC)
    except NO_ANSWER:
        return None
    return at - dt.datetime.now(dt.UTC)


async def _paths(manager: Any) -> dict[str, str]:
    """Where a camera's services are: by the newer question, else by the older one."""
    try:
        found = {one.Namespace: one.XAddr for one in await manager.GetServices({"IncludeCapability": False}) or []}
        return {name: path_of(found[known["ns"]]) for name, known in onvif.SERVICES.items() if known["ns"] in found}
    except Fault as said:
        if is_auth_error(said):
            raise
    told = await manager.GetCapabilities({"Category": "All"})
    parts = {"media": told.Media, "ptz": told.PTZ}
    return {name: path_of(part.XAddr) for name, part in parts.items() if part is not None}


def path_of(address: str) -> str:
    """What of an address comes after its host; whatever it is, it stays behind the host that was entered."""
    parts = urlsplit(address)
    return "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
