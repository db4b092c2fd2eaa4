"""Route × role × foreign station × not signed in, generated from the routes themselves."""

import datetime as dt
import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from command import alarms, clock, people, shares
from command.models import Officer, Screen, Station
from command.permissions import ROLES, Capability, Role
from devices import cameras, devices, kept, recordings, streams
from devices.models import Turn
from dispatch import errands, incidents, photos, place_notes, road_blocks, units
from dispatch import help as helping
from dispatch.models import ChecklistLine, Proposal, Skill
from dispatch.states import UnitStatus
from tests.conftest import PLACE, Cast, confirmed, make_screen

TOLD = (b'"not_yours"', b'"reason_required"')  # to who has the right
METHODS = ("GET", "POST", "PATCH")


def every_route(patterns=None, prefix=""):
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry.callback
        else:
            yield from every_route(entry.url_patterns, path)


ROUTES = sorted(every_route(), key=lambda route: route[0])
CASES = [
    (path, method, view.audience.needs[method])
    for path, view in ROUTES
    if getattr(view, "audience", None) and view.audience.kind == "station"
    for method in view.audience.needs
]
# all stations share what these change: the right must hold at a topmost one, and the cast's is C
AT_TOP = {(path, method) for path, view in ROUTES for method in getattr(view.audience, "at_top", ())}


def test_every_route_declares_whom_it_is_for() -> None:
    undeclared = [path for path, view in ROUTES if not hasattr(view, "audience")]
    assert undeclared == [], "wrap these in public, signed_in or of_station"


def test_every_method_of_an_api_view_declares_its_right() -> None:
    silent = []
    for path, view in ROUTES:
        shown = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if view.audience.kind == "station" and shown:
            silent += [
                f"{method} {path}"
                for method in ("get", "post", "put", "patch", "delete")
                if hasattr(shown, method) and method.upper() not in view.audience.needs
            ]
    assert silent == []


AT_TOP = {(path, method) for path, view in ROUTES for method in view.audience.at_top}
STEPPING_UP = {path for path, view in ROUTES if getattr(view, "steps_up", False)}


def said_at(cast: Cast) -> Turn:
    """Something that was said at S1; nobody has its sound."""
    now = clock.now()
    told = {"group_kind": "station", "group_id": "S1", "speaker": cast.officer, "began_at": now, "ended_at": now}
    return Turn.objects.create(station=cast.s1, ending="released", packets=9, sha256="0" * 64, **told)


def announced_by(officer: Officer) -> uuid.UUID:
    """A film that somebody's phone has kept and not sent yet."""
    key, now = uuid.uuid4(), clock.now()
    kept.announce(officer, kept.Said(key, now, now, None, 5000, "0" * 64, "video/webm"))
    return key


class Stage:
    """One of everything at S1, to be asked for by everybody."""

    def __init__(self, cast: Cast) -> None:
        duty = self.duty = cast.duty_officer
        self.incident = incidents.open_incident(duty, cast.s1, kind="fight", priority=1, **PLACE, caller_phone="138")
        self.unit = units.add_unit(None, cast.s1, "2107", status=UnitStatus.PATROL)
        self.order = units.assign(duty, self.incident.number, "2107").order
        self.alarm = alarms.raise_alarm(cast.s1.pk, "unassigned", 1, "incident", "x")
        self.device, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
        self.spare = units.add_unit(None, cast.s1, "2199", status=UnitStatus.OFF_DUTY, plate="渝A·00001")
        self.vehicle = self.spare.vehicle
        where = {**PLACE, "height_m": 4, "bearing_deg": 0, "fov_deg": 70, "range_m": 60}
        self.camera = cameras.add_camera(None, cast.s1, "cam", "visible", **where)
        source = streams.set_stream(None, self.camera.pk, "")
        since = clock.now() - dt.timedelta(minutes=1)
        self.playback = recordings.begin(cast.commander, [source.pk], since, clock.now(), self.incident.number, "")
        self.kind = self.incident.kind
        self.line = ChecklistLine.objects.create(kind=self.kind, order=99, text_zh="问", text_en="ask")
        self.skill = Skill.objects.get_or_create(code="aid", name_zh="急救", name_en="First aid")[0]
        told = {"kind": "hazard", "address": "银杏街12号", "radius_m": 50, "words": "狗"}
        until = clock.now().date() + dt.timedelta(days=9)
        self.note = place_notes.add_note(duty, cast.s1, **PLACE, **told, until=until)
        self.person = cast.duty2
        self.grant = self.person.grants.get().pk
        self.station = cast.s1
        self.screen = Screen.objects.create(name="other", station=cast.s1, key_hash="other")
        room = Station.objects.create(parent=cast.s1, code="R1", name="商场", kind="room")
        self.block = road_blocks.block(duty, cast.s1, {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]})
        self.share = shares.share(cast.administrator, cast.s1, room, ["map"], everywhere=True)

        units.add_unit(None, cast.s1, "辅1", kind="auxiliary")
        self.errand = errands.give(duty, "辅1", "守住路口")
        self.call = helping.call(duty, "help", **PLACE)
        self.photo = uuid.uuid4()
        photos.note(duty, self.incident.number, "", [self.photo])
        self.film = announced_by(duty)
        self.turn = said_at(cast)
        sent = self.incident.assignments.get()
        self.proposal = Proposal.objects.create(
            assignment=sent, step="on_scene", at=sent.status_at, made_at=sent.status_at
        )

    def fill(self, path: str) -> str:
        values = {"number": self.incident.number, "unit": "2107", "pk": str(self.alarm.pk)}
        values |= {
            "device": str(self.device.pk),
            "officer": str(self.person.pk),
            "grant": str(self.grant),
            "code": "future",
            "call": str(self.call.pk),
            "proposal": str(self.proposal.pk),
            "errand": str(self.errand.pk),
            "camera": str(self.camera.pk),
            "playback": str(self.playback.pk),
            "recording": "1",
            "block": str(self.block.pk),
            "kind": str(self.kind.pk),
            "skill": str(self.skill.pk),
            "line": str(self.line.pk),
            "unit_id": str(self.spare.pk),
            "note": str(self.note.pk),
            "vehicle": str(self.vehicle.pk),
            "photo": str(self.photo),
            "film": str(self.film),
            "turn": str(self.turn.key),
            "ident": "0",
            "name": "m",
            "upload": "1",
            "station": str(self.station.pk),
            "screen": str(self.screen.pk),
            "share": str(self.share.pk),
            "order": str(self.order.pk),
            "z": "1",
            "x": "0",
            "y": "0",
        }
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found.group(1)], path)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return Stage(cast)


def ask(client: Client, method: str, path: str, token: str | None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    by_form = method == "POST" and not path.startswith("/api/")
    kwargs = {} if method == "GET" or by_form else {"content_type": "application/json", "data": "{}"}
    answer = getattr(client, method.lower())(path, headers=headers, **kwargs)
    if answer.streaming:
        b"".join(answer.streaming_content)  # a file is closed when it was read
    return answer


def may(role: str, capability: Capability) -> bool:
    return capability in ROLES[Role(role)]


def test_each_role_gets_in_just_where_its_right_says(cast: Cast, stage: Stage, client: Client) -> None:
    wrong = []
    for role in Role:
        if role == Role.SCREEN:
            continue
        token, person = cast.token(role.value), confirmed(cast, role)
        for path, method, capability in CASES:
            by_hand = path in STEPPING_UP
            asked = person if by_hand else client
            answer = ask(asked, method, stage.fill(path), None if by_hand else token)
            refused = answer.status_code == 403 and not any(code in answer.content for code in TOLD)
            # who has a right only for what they are on is told “not there” of anything else, or that it is not theirs
            if (may(role, capability) and (path, method) not in AT_TOP) == refused:
                wrong.append(
                    f"{role} {method} {path}: {answer.status_code}, right {capability}: {may(role, capability)}"
                )
    assert wrong == []


def test_what_all_stations_share_is_changed_at_the_top(cast: Cast, stage: Stage, client: Client) -> None:
    assert AT_TOP
    person = people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")
    token = people.add_token(None, person, 1)
    for path, method in AT_TOP:
        assert ask(client, method, stage.fill(path), token).status_code != 403, f"{method} {path}"


def test_nobody_gets_in_without_signing_in(stage: Stage, client: Client) -> None:
    for path, method, _ in CASES:
        answer = ask(client, method, stage.fill(path), None)
        assert answer.status_code == 401 or (answer.status_code == 302 and "/sign-in/" in answer["Location"]), path
        assert ask(client, method, stage.fill(path), "nonsense").status_code in (401, 302), path


# Parameters of addresses: what belongs to one station, and what does not: what all stations share, pieces of the map, parts of
# something that stands before them in the address, a device's refusals by their code
NAMED = {
    "number", "unit", "pk", "device", "officer", "grant", "unit_id", "vehicle", "station", "screen", "share", "camera",
    "block", "playback", "order", "call", "proposal", "note", "errand", "photo", "film", "turn",
}  # fmt: skip
SHARED = {"kind", "skill", "name", "upload", "z", "x", "y", "line", "recording", "code", "ident"}


def parameters(path: str) -> set[str]:
    return set(re.findall(r"<(?:\w+:)?(\w+)>", path))


def test_every_parameter_is_of_a_station_or_not() -> None:
    assert set().union(*(parameters(path) for path, _ in ROUTES)) == NAMED | SHARED


@pytest.mark.parametrize("where", ["beside", "below"])
def test_a_foreign_station_is_not_there(cast: Cast, stage: Stage, client: Client, where: str) -> None:
    """Nor is one's own station's for who belongs to one below it. To no role, and to no screen."""
    there = cast.s2 if where == "beside" else Station.objects.create(parent=cast.s1, code="S11", name="警务室")
    wrong = []
    for role in Role:
        asks = foreign_screen(there) if role == Role.SCREEN else foreign_person(cast, role, there, client)
        for path, method, capability in CASES:
            is_asked = role != Role.SCREEN or method == "GET"
            if is_asked and may(role, capability) and parameters(path) & NAMED:
                status = asks(method, path, stage)
                form_refused = status == 400 and method == "POST" and not path.startswith("api/")
                if status != 404 and not form_refused:
                    wrong.append(f"{role} {method} {path}: {status}")
    assert wrong == []


def foreign_person(cast: Cast, role: Role, there: Station, client: Client):
    name = f"foreign_{role}_2"
    cast.people[name] = people.add_officer(None, name, role, there, None, name="外")
    token, person = cast.token(name), confirmed(cast, name)

    def asks(method: str, path: str, stage: Stage) -> int:
        by_hand = path in STEPPING_UP
        return ask(person if by_hand else client, method, stage.fill(path), None if by_hand else token).status_code

    return asks


def foreign_screen(there: Station):
    browser = Client()
    browser.cookies["screen"] = make_screen(there)
    return lambda method, path, stage: ask(browser, method, stage.fill(path), None).status_code


def test_lists_show_nothing_of_a_foreign_station(cast: Cast, stage: Stage, client: Client) -> None:
    token = cast.token("foreign_commander")
    for path in ("incidents/?state=all", "units/", "alarms/", "live/"):
        text = ask(client, "GET", f"/api/v1/{path}", token).content.decode()
        assert "2107" not in text, path
        assert stage.incident.number not in text, path


def test_the_centre_sees_what_is_below_it(cast: Cast, stage: Stage, client: Client) -> None:
    answer = ask(client, "GET", f"/api/v1/incidents/{stage.incident.number}/", cast.token("centre_commander"))
    assert answer.status_code == 200


def test_a_screen_sees_and_never_acts(cast: Cast, stage: Stage, client: Client) -> None:
    client.cookies["screen"] = make_screen(cast.s1)
    for path, method, capability in CASES:
        status = ask(client, method, stage.fill(path), None).status_code
        if method != "GET" or not may(Role.SCREEN, capability):
            assert status == 403, f"{method} {path}: {status}"
    assert client.get("/wall/").status_code == 200
    seen = client.get(f"/api/v1/incidents/{stage.incident.number}/").json()
    assert "caller_phone" not in seen


def test_callers_are_for_those_who_may_see_them(cast: Cast, stage: Stage, client: Client) -> None:
    path = f"/api/v1/incidents/{stage.incident.number}/"
    assert ask(client, "GET", path, cast.token("duty_officer")).json()["caller_phone"] == "138"
    assert "caller_phone" not in ask(client, "GET", path, cast.token("officer")).json()
    units.book_on(cast.duty_officer, "2107", ["officer"])
    assert ask(client, "GET", path, cast.token("officer")).json()["caller_phone"] == "138"


def test_an_auxiliary_sees_only_the_task_they_are_on(cast: Cast, stage: Stage, client: Client) -> None:
    token = cast.token("auxiliary")
    path = f"/api/v1/incidents/{stage.incident.number}/"
    assert ask(client, "GET", path, token).status_code == 404
    units.book_on(cast.duty_officer, "2107", ["auxiliary"])
    assert ask(client, "GET", path, token).status_code == 200
    live = ask(client, "GET", "/api/v1/live/", token).json()
    assert [one["number"] for one in live["topics"]["incident"]] == [stage.incident.number]


def test_a_token_can_be_narrowed(cast: Cast, stage: Stage, client: Client) -> None:
    token = people.add_token(None, cast.duty_officer, 1, ["see_map"])
    assert ask(client, "GET", "/api/v1/units/", token).status_code == 200
    assert ask(client, "POST", f"/api/v1/incidents/{stage.incident.number}/acknowledge/", token).status_code == 403


def test_writes_of_a_session_need_the_csrf_token(cast: Cast, stage: Stage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    path = f"/api/v1/incidents/{stage.incident.number}/acknowledge/"
    assert client.post(path, "{}", content_type="application/json").status_code == 403
    assert ask(Client(enforce_csrf_checks=True), "POST", path, cast.token("duty_officer")).status_code == 200
