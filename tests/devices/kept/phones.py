"""Films as phones make them, and a phone as it sends what it kept."""

import datetime as dt
import hashlib
import io
import uuid
from pathlib import Path
from typing import Any

import av
import numpy as np
from django.conf import settings
from django.test import Client

from command import clock
from devices.models import Recording
from tests.clips import FPS, drawn

SECONDS = 3


def film(kind: str = "webm", seconds: int = SECONDS) -> bytes:
    """A film as phones make it: VP8 and Opus in WebM, or H.264 and AAC in MP4, its pictures told apart by a noise."""
    made, noise = io.BytesIO(), np.random.default_rng(7)
    names = ("libvpx", "libopus") if kind == "webm" else ("libx264", "aac")
    options = {} if kind == "webm" else {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(made, "w", format=kind, options=options) as movie:
        pictures = movie.add_stream(names[0], rate=FPS)
        pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
        sound = movie.add_stream(names[1], rate=48_000, layout="mono")
        for number in range(seconds * FPS):
            field = drawn(number, 320, 180)
            field[:60] = noise.integers(0, 255, (60, 320, 3), np.uint8)
            movie.mux(pictures.encode(av.VideoFrame.from_ndarray(field, format="rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000 * seconds), np.float32), format="flt", layout="mono")
        silence.sample_rate = 48_000
        movie.mux([*sound.encode(silence), *sound.encode(None)])
        movie.mux(pictures.encode(None))
    return made.getvalue()


FILM = film()


class Phone:
    """Somebody's phone as it sends what it kept."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}
        self.key = str(uuid.uuid4())

    def announce(self, body: bytes = FILM, **other: Any) -> Any:
        now = clock.now()
        said = {
            "key": self.key, "began_at": (now - dt.timedelta(minutes=2)).isoformat(), "sending_at": now.isoformat(),
            "ended_at": (now - dt.timedelta(minutes=1)).isoformat(), "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(), "type": "video/webm;codecs=vp8,opus", **other,
        }  # fmt: skip
        return self.client.post("/api/v1/kept/", said, content_type="application/json", headers=self.headers)

    def put(self, offset: object, piece: bytes) -> Any:
        path, kind = f"/api/v1/kept/{self.key}/?offset={offset}", "application/octet-stream"
        return self.client.patch(path, piece, content_type=kind, headers=self.headers)

    def send(self, body: bytes = FILM, **other: Any) -> Any:
        """Announce and send all of it, in pieces."""
        told = self.announce(body, **other)
        assert told.status_code == 200, told.json()
        step = len(body) // 3 + 1
        for offset in range(0, len(body), step):
            told = self.put(offset, body[offset : offset + step])
        return told


def kept_file() -> Path:
    return settings.RECORDINGS / Recording.objects.get(kept__isnull=False).path
