"""REST doors of what was recorded: where there is any, opening it for a reason, and the files themselves."""

import datetime as dt
from typing import TypedDict

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView, StrictSerializer
from command.pace import Pace
from command.permissions import Principal
from devices import films, recordings
from devices.models import PictureSource, Playback, Recording

FILMS, STILLS = Pace(1), Pace(2)  # a film fills up to 200 MB of this process, a still is a process of 512 MB
TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


class PlayableAnswer(TypedDict):
    """A source whose recordings one may play. `camera`: its number, null for an officer's phone."""

    id: int
    station: str
    name: str
    camera: int | None
    kept_days: int


class RecordingAnswer(TypedDict):
    """A file: from when to when (ISO 8601), and what proves it. `gone`: it has reached its term, and its bytes are erased.
    `kept`: a film that the phone kept at full quality and sent later; what it showed live meanwhile stands beside it.
    """

    id: int
    source: int
    number: int
    since: str
    until: str
    size: int
    codec: str
    format: str
    packets: int
    sha256: str
    before: str
    link: str
    cut_off: bool
    gone: bool
    kept: bool


class PlaybackAnswer(TypedDict):
    """A playback that was opened: what there is of its time, in its order."""

    id: int
    since: str
    until: str
    recordings: list[RecordingAnswer]


class Playable(StationAPIView):
    """Whose recordings one may play."""

    @extend_schema(operation_id="recordings_sources", responses={200: openapi.page_of(PlayableAnswer)})
    def get(self, request: Request) -> Response:
        found = recordings.sources_of(self.principal).order_by("camera__name", "officer__username", "pk")
        return Response({"next": None, "results": [_playable(one) for one in found]})


def _playable(source: PictureSource) -> PlayableAnswer:
    return {
        "id": source.pk, "station": source.station.code, "name": source.label, "camera": source.camera_id,
        "kept_days": source.kept_days,
    }  # fmt: skip


class _Asked(StrictSerializer):
    """What is to be played, from when to when, and why: an incident's number, or words."""

    sources = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=16)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    incident = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class Playbacks(StationAPIView):
    """Open recordings. It is entered, with the reason, before anything is shown."""

    keeps_replies = False  # a second opening is a second entry

    @extend_schema(request=_Asked, responses={201: openapi.of(PlaybackAnswer)})
    def post(self, request: Request) -> Response:
        asked = _Asked.of(request)
        opened = recordings.begin(
            self.principal, asked["sources"], asked["since"], asked["until"], asked["incident"], asked["reason"]
        )
        return Response(_answer(self.principal, opened), status=201)


class OnePlayback(StationAPIView):
    """What there is of a playback by now: what is being recorded comes a file after the other."""

    @extend_schema(operation_id="playback", responses={200: openapi.of(PlaybackAnswer)})
    def get(self, request: Request, playback: int) -> Response:
        return Response(_answer(self.principal, recordings.of_playback(self.principal, playback)))


def _answer(principal: Principal, opened: Playback) -> PlaybackAnswer:
    return {
        "id": opened.pk, "since": opened.since.isoformat(), "until": opened.until.isoformat(),
        "recordings": [_row(one) for one in recordings.rows(principal, opened)],
    }  # fmt: skip


def _row(one: Recording) -> RecordingAnswer:
    return {
        "id": one.pk, "source": one.source_id, "number": one.number,
        "since": one.began_at.isoformat(), "until": one.ended_at.isoformat(), "size": one.size,
        "codec": one.codec, "format": one.format, "packets": one.packets,
        "sha256": one.sha256, "before": one.before, "link": one.link,
        "cut_off": one.is_cut_off, "gone": one.erased_at is not None, "kept": hasattr(one, "kept"),
    }  # fmt: skip


class RecordingFile(StationAPIView):
    """One file of a playback that was opened, to whoever opened it."""

    @extend_schema(
        operation_id="recording_file",
        responses={(200, "video/mp4"): OpenApiTypes.BINARY, (200, "video/webm"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, playback: int, recording: int) -> FileResponse:
        one, path = recordings.opened_file(self.principal, playback, recording)
        kind = one.path.rpartition(".")[2]
        name = f"{one.source_id}-{one.began_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}.{kind}"
        answer = FileResponse(path.open("rb"), as_attachment=True, content_type=TYPES[kind], filename=name)
        for header, value in PRIVATE.items():
            answer[header] = value
        return answer


class RecordingPictures(StationAPIView):
    """The still pictures (JPEG) of one file of a playback, for who can't play such a file. They come as they went live: a length
    of four bytes, big-endian, before each packet of a head of 24 bytes and the picture. A file of more than 128 MB is refused.
    """

    @extend_schema(
        operation_id="recording_pictures", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, playback: int, recording: int) -> HttpResponse:
        one, path = recordings.opened_file(self.principal, playback, recording)
        return _private(films.stills_of(one, path), "application/octet-stream", {})


class _Reason(StrictSerializer):
    """An open incident's number, or words."""

    incident = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class _Time(_Reason):
    """`?start=&end=` (ISO 8601) and why."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class _Moment(_Reason):
    """`?at=` (ISO 8601) and why."""

    at = serializers.DateTimeField()


class CameraRecording(StationAPIView):
    """What a camera showed in a time, as one MP4. It begins with the key picture at or before `start`: `X-Begins` says when that
    was; `X-Gaps` names what of the time is not recorded, as ISO 8601 intervals with commas between; `X-Left-Out`, in the same
    form, what is recorded and can't stand in this film, its pictures being of another size or codec: ask for that time by itself.
    """

    @extend_schema(
        operation_id="camera_recording", parameters=[_Time], responses={(200, "video/mp4"): OpenApiTypes.BINARY}
    )  # fmt: skip
    def get(self, request: Request, camera: int) -> HttpResponse:
        films.source_of(self.principal, camera)
        asked = _Time.asked(request)
        with FILMS.taking(self.principal):
            film = films.film_of(
                self.principal, camera, asked["start"], asked["end"], asked["incident"], asked["reason"]
            )  # fmt: skip
        said = {"X-Begins": _iso(film.began_us), "X-Gaps": _times(film.gaps), "X-Left-Out": _times(film.left_out)}
        return _private(film.content, "video/mp4", said)


class CameraStill(StationAPIView):
    """The picture that a camera showed at a moment."""

    @extend_schema(
        operation_id="camera_still", parameters=[_Moment], responses={(200, "image/jpeg"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, camera: int) -> HttpResponse:
        films.source_of(self.principal, camera)
        asked = _Moment.asked(request)
        with STILLS.taking(self.principal):
            shown = films.still_of(self.principal, camera, asked["at"], asked["incident"], asked["reason"])
        return _private(shown, "image/jpeg", {})


def _private(content: bytes, kind: str, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={**PRIVATE, **headers})


def _times(times: list[tuple[int, int]]) -> str:
    return ",".join(f"{_iso(begins)}/{_iso(ends)}" for begins, ends in times)


def _iso(microseconds: int) -> str:
    return recordings.when(microseconds).isoformat()
