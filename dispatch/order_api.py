"""The REST doors of orders: what a terminal reads and answers."""

from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from command.permissions import Principal
from dispatch import forms, order_acts, orders, taps
from dispatch.api import tap_of
from dispatch.models import Order
from dispatch.order_live import OrderPayload, order_payload, shown


class MyOrders(StationAPIView):
    """The orders to one's own unit that are not over, oldest first; recalled ones stay for ten minutes and say so."""

    @extend_schema(responses={200: openapi.page_of(OrderPayload)})
    def get(self, request: Request) -> Response:
        mine = Order.objects.filter(Order.objects.all().own(self.principal))
        orders.sent(self.principal, list(shown(mine).values_list("pk", flat=True)))
        return Response({"next": None, "results": [order_payload(order) for order in shown(mine)]})


class OrderView(StationAPIView):
    """Base of what a crew says of its order; saying it again is answered the same."""

    verb: ClassVar[Callable[[Principal, int], Order]]

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(OrderPayload)})
    def post(self, request: Request, order: int) -> Response:
        orders.own(self.principal, order)
        forms.Nothing.of(request)
        return Response(order_payload(type(self).verb(self.principal, order)))


class Delivered(OrderView):
    verb = orders.delivered


class Seen(OrderView):
    verb = orders.seen


class AnswerView(StationAPIView):
    """Base of a crew's answer, which counts from when it was given, were there a network or not."""

    verb: ClassVar[Callable[[Principal, int, taps.Tap], Order]]

    @extend_schema(request=forms.Tapped, responses={200: openapi.of(OrderPayload)})
    def post(self, request: Request, order: int) -> Response:
        orders.own(self.principal, order)
        tap = tap_of(request, forms.Tapped.of(request))
        return Response(order_payload(type(self).verb(self.principal, order, tap)))


class Accept(AnswerView):
    verb = order_acts.accept


class Go(AnswerView):
    verb = order_acts.go
