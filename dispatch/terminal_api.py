"""The terminal's own REST doors: whose it is, and the key by which it reports positions."""

from typing import TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView, StrictSerializer
from dispatch import terminals


class KeyAnswer(TypedDict):
    """The device that a terminal is, and its key, told this once."""

    device: int
    key: str


class Browser(StrictSerializer):
    """The name that a browser has given itself."""

    browser = serializers.UUIDField()


class Terminal(StationAPIView):
    """The unit one is on, and the apps that report for it."""

    @extend_schema(responses={200: openapi.of(terminals.TerminalPayload)})
    def get(self, request: Request) -> Response:
        return Response(terminals.payload(terminals.bearer(self.principal)))


class TerminalDevice(StationAPIView):
    """Makes this browser the terminal of whoever asks, with a key of its own for `/fixes/`.

    An Idempotency-Key changes nothing: a key is kept nowhere, so it can't be told again.
    """

    keeps_replies = False

    @extend_schema(request=Browser, responses={200: openapi.of(KeyAnswer)}, extensions={"x-repeatable": False})
    def post(self, request: Request) -> Response:
        browser = Browser.of(request)["browser"]
        device, key = terminals.enrol(terminals.bearer(self.principal), browser)
        return Response({"device": device.pk, "key": key}, headers={"Cache-Control": "no-store"})
