"""A real RTSP server (GStreamer's), for the town, tests and faults. Run by the system's Python, which knows GStreamer:

    /usr/bin/python3 town/rtsp_server.py PORT FILE FPS [CERTIFICATE.pem]
    /usr/bin/python3 town/rtsp_server.py PORT --drawn PYTHON FOLDER

FILE holds H.264 (`.h264`) or H.265 (`.h265`) as Annex B, with an access unit delimiter before each picture. It is played again
and again at rtsp://127.0.0.1:PORT/camera, with a clock that never stands; by rtsps:// with a certificate, whose key is in the
same file. A line on standard output says that it listens; a line "stop" on standard input freezes the picture while the
connection stays, "go" lets it go on.

With --drawn it shows all cameras of the town in FOLDER, at rtsp://127.0.0.1:PORT/1 and so on, as the roster counts them.
Each is drawn by a child of its own (PYTHON -m town.eyes) for as long as somebody pulls it.
"""

import json
import struct
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402 - their versions are chosen first

LAUNCH = (
    '( appsrc name=camera is-live=true format=time caps="video/x-{codec},stream-format=byte-stream,alignment=au" {how} '
    "! rtp{codec}pay name=pay0 pt=96 config-interval=1 )"
)
DELIMITERS = {"h264": b"\x00\x00\x00\x01\x09", "h265": b"\x00\x00\x00\x01\x46"}
LENGTH = struct.Struct(">I")
ROOT = Path(__file__).resolve().parent.parent
LINGER_S = 6.0  # so long a camera is drawn after the last one left
CLEAN_S = 2  # so often sessions are ended whose client has gone without a word
frozen = threading.Event()


def pictures(path: Path) -> list[bytes]:
    delimiter = DELIMITERS[path.suffix[1:]]
    return [delimiter + unit for unit in path.read_bytes().split(delimiter)[1:]]


class Camera(GstRtspServer.RTSPMediaFactory):
    """One address at which the pictures are shown again and again."""

    def __init__(self, film: Path, fps: int) -> None:
        super().__init__()
        self.units, self.every = pictures(film), Gst.SECOND // fps
        self.set_shared(True)
        self.set_launch(LAUNCH.format(codec=film.suffix[1:], how=""))

    def do_configure(self, media: Any) -> None:
        GstRtspServer.RTSPMediaFactory.do_configure(
            self, media
        )  # without it each client would have pictures of its own
        source = media.get_element().get_by_name("camera")
        at = [0]

        def push() -> bool:
            if frozen.is_set():
                return True
            buffer = Gst.Buffer.new_wrapped(self.units[at[0] % len(self.units)])
            buffer.pts = buffer.dts = at[0] * self.every
            buffer.duration = self.every
            at[0] += 1
            return bool(source.emit("push-buffer", buffer) == Gst.FlowReturn.OK)

        GLib.timeout_add(self.every // Gst.MSECOND, push)


class Drawn(GstRtspServer.RTSPMediaFactory):
    """One address at which a camera of the town is drawn while somebody looks."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words
        self.child: subprocess.Popen[bytes] | None = None
        self.shown: Any = None  # where its pictures go
        self.left_at = 0.0
        self.set_shared(True)
        self.set_launch(LAUNCH.format(codec="h264", how="do-timestamp=true"))

    def do_configure(self, media: Any) -> None:
        self.shown = source = media.get_element().get_by_name("camera")
        media.connect("unprepared", lambda _media: self.leave(source))
        if self.child is None:
            self.child = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT)  # nosec B603 # an argument list of our own, no shell
            threading.Thread(target=self.pass_on, args=[self.child], daemon=True).start()

    def pass_on(self, child: "subprocess.Popen[bytes]") -> None:
        """A child's units to whoever looks, until it ends; nothing of it is left then."""
        assert child.stdout  # nosec B101 - it was asked for
        while unit := read_unit(child.stdout):
            if self.shown is not None:
                self.shown.emit("push-buffer", Gst.Buffer.new_wrapped(unit))
        child.kill()
        child.wait()
        child.stdout.close()
        self.child = None
        if self.shown is not None:
            self.shown.emit("end-of-stream")

    def leave(self, source: Any) -> None:
        """Nobody looks any more. Whoever asked in vain, since it was not drawn yet, soon asks again and finds it drawn."""
        if self.shown is source:
            self.shown, self.left_at = None, time.monotonic()
            GLib.timeout_add(int(LINGER_S * 1000) + 100, self.end)

    def end(self) -> bool:
        """End the child where nobody came back."""
        if self.child is not None and self.shown is None and time.monotonic() - self.left_at >= LINGER_S:
            self.child.kill()
        return False


def read_unit(pipe: IO[bytes]) -> bytes:
    """The next unit; empty where there is none any more."""
    head = pipe.read(LENGTH.size)
    return pipe.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def listen_to_words() -> None:
    for line in sys.stdin:
        (frozen.set if line.strip() == "stop" else frozen.clear)()


def drawn(python: str, folder: str) -> dict[str, Drawn]:
    """All cameras of a town, by their paths."""
    rows = json.loads((Path(folder) / "roster.json").read_text(encoding="utf-8"))["cameras"]
    return {f"/{at}": Drawn([python, "-m", "town.eyes", folder, str(at)]) for at in range(1, len(rows) + 1)}


def encrypt(server: Any, factory: Any, certificate: str) -> None:
    """From now on by TLS alone; nobody is asked who they are."""
    token, anybody = GstRtspServer.RTSPToken(), GstRtspServer.RTSPPermissions()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "anybody")
    for what in (GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT):
        anybody.add_permission_for_role("anybody", what, True)
    factory.set_permissions(anybody)
    auth = GstRtspServer.RTSPAuth()
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
    auth.set_default_token(token)
    server.set_auth(auth)


def main(port: str, what: str, *more: str) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    shown = drawn(*more) if what == "--drawn" else {"/camera": Camera(Path(what), int(more[0]))}
    if what != "--drawn" and more[1:]:
        encrypt(server, shown["/camera"], more[1])
    for path, factory in shown.items():
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        sys.exit(f"expected a free port, found {port} taken")
    GLib.timeout_add_seconds(CLEAN_S, lambda: [server.get_session_pool().cleanup()] != [])
    threading.Thread(target=listen_to_words, daemon=True).start()
    print("listening", flush=True)
    GLib.MainLoop().run()


main(*sys.argv[1:])
