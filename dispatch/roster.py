"""The demo town's station, people, units, phones and cameras, from its roster."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from command import changes, people, second_factor
from command.models import Officer, Station, new_secret
from devices import cameras, devices, streams
from devices.models import Camera, Device, PictureSource
from dispatch import units
from dispatch.models import Unit

TOKEN_DAYS = 366
RECORDED = 3  # of the town's cameras
OWN = re.compile(r"rtsp://127\.0\.0\.1:\d+/\d+")  # an address that `address` gave


@dataclass
class Loaded:
    """What was made: keys for the town's phones and callers, and the accounts to print."""

    keys: dict[str, Any] = field(default_factory=lambda: {"devices": {}})
    accounts: list[dict[str, str]] = field(default_factory=list)


def load(said: dict[str, Any]) -> Loaded:
    """Make all that a roster names, in one transaction."""
    loaded = Loaded()
    with changes.change():
        station = _station(said["station"])
        officers = {one["username"]: _officer(station, one, said.get("demo", []), loaded) for one in said["officers"]}
        demo = {officers[name].label for name in said.get("demo", [])}
        loaded.keys["people"] = sorted({one.label for one in officers.values()} - demo)  # whom the town plays
        gateways: dict[str, Device] = {}
        for one in said["units"]:
            _unit(station, one, officers, gateways, loaded)
        for one in said.get("cameras", []):
            cameras.add_camera(None, station, **one)
        caller = people.add_officer(None, "call_centre", "duty_officer", station, None, name="接警台")
        town_duty = people.add_officer(None, "town_duty", "duty_officer", station, None, name="值班员（模拟）")
        loaded.keys["token"] = people.add_token(None, caller, TOKEN_DAYS)
        loaded.keys["duty_token"] = people.add_token(None, town_duty, TOKEN_DAYS)
    return loaded


def address(said: dict[str, Any], port: int) -> int:
    """Say of each of the roster's cameras where the town's own server shows it; the first few are recorded. Says how many.

    A camera that somebody gave another address keeps it.
    """
    with changes.change():
        streams.allow_network("127.0.0.0/8")
        kept = dict(PictureSource.objects.exclude(camera=None).exclude(address="").values_list("camera", "address"))
        numbers = {one["name"]: number for number, one in enumerate(said.get("cameras", []), start=1)}
        ours = Camera.objects.filter(station__code=said["station"]["code"], name__in=numbers, retired_at=None)
        given = [one for one in ours if one.pk not in kept or OWN.fullmatch(kept[one.pk])]
        for one in given:
            number = numbers[one.name]
            url = f"rtsp://127.0.0.1:{port}/{number}"
            streams.set_stream(None, one.pk, url, is_recorded=number <= RECORDED)
    return len(given)


def _station(said: dict[str, Any]) -> Station:
    area = GEOSGeometry(json.dumps(said["boundary"]), srid=4326)
    boundary = area if isinstance(area, MultiPolygon) else MultiPolygon(area, srid=4326)
    return Station.objects.create(code=said["code"], name=said["name"], zone=said["zone"], boundary=boundary)


def _officer(station: Station, said: dict[str, Any], demo: list[str], loaded: Loaded) -> Officer:
    password = new_secret()[:16] if said["username"] in demo else None
    officer = people.add_officer(
        None, said["username"], said["role"], station, password,
        name=said["name"], badge=said.get("badge", ""), rank=said.get("rank", ""),
    )  # fmt: skip
    if password:
        account = {"username": officer.username, "password": password, "role": said["role"], "name": officer.name}
        loaded.accounts.append({**account, "totp_secret": second_factor.demonstrated(officer) or ""})
    return officer


def _unit(
    station: Station, said: dict[str, Any], officers: dict[str, Officer], gateways: dict[str, Device], loaded: Loaded
) -> None:
    carried = [_device(station, said["call_sign"], said["kind"], one, gateways, loaded) for one in said["devices"]]
    unit: Unit = units.add_unit(
        None, station, said["call_sign"], kind=said["kind"], devices=carried, plate=said.get("vehicle", "")
    )
    units.set_crew(unit, [officers[name].username for name in said["crew"]])


def _device(
    station: Station, call_sign: str, unit_kind: str, said: dict[str, Any], gateways: dict[str, Device], loaded: Loaded
) -> Device:
    """A phone with its own key, or a tracker that speaks through its gateway's."""
    if said["profile"] == "forward":
        return _tracker(station, call_sign, unit_kind, said, gateways, loaded)
    device, key = devices.add_device(None, said["name"], "phone", said["profile"], station, said.get("datum", "wgs84"))
    loaded.keys["devices"][f"{call_sign}/{said['name']}"] = _key(device, key, call_sign, unit_kind)
    return device


def _tracker(
    station: Station, call_sign: str, unit_kind: str, said: dict[str, Any], gateways: dict[str, Device], loaded: Loaded
) -> Device:
    name = said.get("gateway", "gateway")
    if name not in gateways:
        gateways[name], key = devices.add_device(None, name, "gateway", "forward", station)
        loaded.keys["gateways"] = {**loaded.keys.get("gateways", {}), name: {"id": gateways[name].pk, "key": key}}
    tracker, _ = devices.add_device(
        None, said["name"], "tracker", "forward", station, gateway=gateways[name], unique_id=said["unique_id"]
    )
    key = loaded.keys["gateways"][name]["key"]
    made = {**_key(tracker, key, call_sign, unit_kind), "unique_id": said["unique_id"]}
    loaded.keys["devices"][f"{call_sign}/{said['name']}"] = made
    return tracker


def _key(device: Device, key: str, call_sign: str, unit_kind: str) -> dict[str, Any]:
    return {
        "id": device.pk, "key": key, "profile": device.profile, "datum": device.datum, "unit": call_sign,
        "kind": unit_kind,
    }  # fmt: skip
