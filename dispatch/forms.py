"""What the REST doors take, field by field."""

from typing import Any

from rest_framework import serializers

from command.api import DegreesField, StrictSerializer


def _text(limit: int, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True, **kwargs)


class OpenIncident(StrictSerializer):
    kind = serializers.CharField(max_length=40)
    priority = serializers.IntegerField(min_value=1, max_value=4)
    lat = DegreesField(90)
    lon = DegreesField(180)
    address = _text(200)
    caller_name = _text(60)
    caller_phone = _text(30)
    facts = _text(4000)
    called_at = serializers.DateTimeField(required=False)
    station = serializers.CharField(max_length=12, required=False)


class AmendIncident(StrictSerializer):
    kind = serializers.CharField(max_length=40, required=False)
    priority = serializers.IntegerField(min_value=1, max_value=4, required=False)
    lat = DegreesField(90, required=False)
    lon = DegreesField(180, required=False)
    address = _text(200)
    caller_name = _text(60)
    caller_phone = _text(30)
    facts = _text(4000)


class Assign(StrictSerializer):
    unit = serializers.CharField(max_length=20)
    shown = _text(8000)


class Tapped(StrictSerializer):
    """What a phone sends that may have been kept for a while: `at` is when it was touched, by the phone's own clock, and
    the header X-Clock what that clock shows now."""

    at = serializers.DateTimeField(required=False)


class Status(Tapped):
    status = serializers.CharField(max_length=20)


class TakenBack(StrictSerializer):
    status = serializers.CharField(max_length=20)


class Note(StrictSerializer):
    text = _text(4000)
    photos = serializers.ListField(child=serializers.UUIDField(), max_length=40, required=False)


class Tick(StrictSerializer):
    done = serializers.BooleanField()


class Close(StrictSerializer):
    disposition = serializers.CharField(max_length=2)
    text = _text(4000)


class Cancel(StrictSerializer):
    text = _text(4000)


class Nothing(StrictSerializer):
    pass


class BookOn(StrictSerializer):
    crew = serializers.ListField(child=serializers.CharField(max_length=60), max_length=12, required=False)
    status = serializers.CharField(max_length=20, required=False)


class Near(StrictSerializer):
    lat = DegreesField(90)
    lon = DegreesField(180)
    limit = serializers.IntegerField(min_value=1, max_value=50, required=False)


class Recommend(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=30, required=False)
    draw = serializers.CharField(max_length=40, required=False)


class RecommendThere(Recommend):
    lat = DegreesField(90)
    lon = DegreesField(180)
    kind = _text(40)
    station = serializers.CharField(max_length=12, required=False)
