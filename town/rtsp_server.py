"""A real RTSP server (GStreamer's), for the town, tests and faults. Run by the system's Python, which knows GStreamer:

    /usr/bin/python3 town/rtsp_server.py PORT FILE.h264 FPS

FILE holds H.264 as Annex B, with an access unit delimiter before each picture. It is played again and again at
rtsp://127.0.0.1:PORT/camera, with a clock that never stands. A line on standard output says that it listens; a line
"stop" on standard input freezes the picture while the connection stays, "go" lets it go on.
"""

import sys
import threading
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - their versions are chosen first

CAPS = "video/x-h264,stream-format=byte-stream,alignment=au"
DELIMITER = b"\x00\x00\x00\x01\x09"
frozen = threading.Event()


def pictures(path: str) -> list[bytes]:
    return [DELIMITER + unit for unit in Path(path).read_bytes().split(DELIMITER)[1:]]


class Camera(GstRtspServer.RTSPMediaFactory):
    """One address at which the pictures are shown again and again."""

    def __init__(self, units: list[bytes], fps: int) -> None:
        super().__init__()
        self.units, self.every = units, Gst.SECOND // fps
        self.set_shared(True)
        self.set_launch(
            f'( appsrc name=camera is-live=true format=time caps="{CAPS}" ! rtph264pay name=pay0 pt=96 config-interval=1 )'
        )

    def do_configure(self, media: Any) -> None:
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


def listen_to_words() -> None:
    for line in sys.stdin:
        (frozen.set if line.strip() == "stop" else frozen.clear)()


def main(port: str, path: str, fps: str) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.get_mount_points().add_factory("/camera", Camera(pictures(path), int(fps)))
    server.attach(None)
    threading.Thread(target=listen_to_words, daemon=True).start()
    print("listening", flush=True)
    GLib.MainLoop().run()


main(*sys.argv[1:])
