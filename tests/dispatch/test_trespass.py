"""What somebody tries who may be here, but not do that: answers that are kept, orders of others, lists of others, keys after
the end; and who is hindered by others' haste."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from command import changes, people
from command.api import IdempotentReply
from command.errors import Conflict, NotThere, Problem
from command.models import AuditEntry, Lookup
from command.pace import Pace
from devices.models import Device
from dispatch import briefing, incidents, merge, orders, place_notes, records, reinforce, terminals, units
from dispatch import help as helping
from dispatch.models import Advice, Assignment, CallForHelp, Incident, Merge, Order, Unit
from tests.conftest import PLACE, Cast, confirmed

FIGHT = {"kind": "fight", "priority": 1, **PLACE}
Later = Callable[..., None]
pytestmark = pytest.mark.django_db


def post(client: Client, cast: Cast, name: str, path: str, body: Any = None, **headers: str) -> Any:
    headers = {"Authorization": f"Bearer {cast.token(name)}", **headers}
    said = body if isinstance(body, str) else body or {}
    return client.post(f"/api/v1/{path}", said, content_type="application/json", headers=headers)


def get(client: Client, cast: Cast, name: str, path: str) -> Any:
    return client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {cast.token(name)}"})


def call(cast: Cast, **said: Any) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, **{**FIGHT, **said})


@pytest.fixture
def sent(cast: Cast) -> Assignment:
    """2107 with the officer on it, sent to a fight."""
    units.add_unit(None, cast.s1, "2107", status="off_duty")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    return units.assign(cast.duty_officer, call(cast).number, "2107")


class Records:
    """An agency whose records know somebody."""

    name = "records"

    def ask(self, question: records.Question) -> list[records.Finding]:
        return [records.Finding("wanted", "赵某 in the records", "register")]


# ---- what is kept


def test_an_answer_of_the_agency_is_kept_nowhere_and_each_question_is_entered(
    cast: Cast, client: Client, settings: Any
) -> None:
    settings.RECORDS = "tests.dispatch.test_trespass.Records"
    number, key = call(cast).number, str(uuid.uuid4())
    asked = {"about": "person", "words": "赵某", "purpose": "incident"}
    for count in (1, 2):
        answer = post(client, cast, "duty_officer", f"incidents/{number}/records/", asked, **{"Idempotency-Key": key})
        assert answer.json()["results"][0]["title"] == "wanted"
        assert Lookup.objects.count() == count, "asked again is entered again"
    assert not IdempotentReply.objects.exists()
    incidents.close(cast.duty_officer, number, "01")
    again = post(client, cast, "duty_officer", f"incidents/{number}/records/", asked, **{"Idempotency-Key": key})
    assert again.status_code == 409, "over is over, whatever was answered before"


def test_whom_an_old_note_names_is_forgotten_a_month_after_its_end(cast: Cast, later: Later) -> None:
    today = dt.datetime.now(dt.UTC).date()
    said = {"kind": "key_holder", "address": "仓库", "radius_m": 50, "words": "", "contact_name": "周七"}
    until = today + dt.timedelta(days=1)
    note = place_notes.add_note(cast.duty_officer, cast.s1, **PLACE, **said, contact_phone="139", until=until)
    later(days=25)
    assert place_notes.forget_contacts() == 0, "it may still be renewed"
    later(days=40)
    assert place_notes.forget_contacts() == 1
    note.refresh_from_db()
    assert (note.contact_name, note.contact_phone) == ("", "")


# ---- what is somebody else's


def test_who_joins_a_unit_learns_nothing_of_its_past_orders(cast: Cast, client: Client, sent: Assignment) -> None:
    order = Order.objects.get(assignment=sent)
    units.step(cast.duty_officer, sent.incident.number, "2107", "on_scene")
    incidents.close(cast.duty_officer, sent.incident.number, "01")
    units.book_on(cast.duty_officer, "2107", ["auxiliary"])
    for verb in ("delivered", "seen", "accept", "go"):
        answer = post(client, cast, "auxiliary", f"orders/{order.pk}/{verb}/")
        assert answer.status_code == 409, verb
        assert "texts" not in answer.json()
    order.refresh_from_db()
    with pytest.raises(Conflict):
        orders.seen(cast.again("auxiliary"), order.pk)


def test_a_list_is_frozen_only_by_whom_it_was_shown_to_and_for_its_place(cast: Cast, client: Client) -> None:
    units.add_unit(None, cast.s1, "2107")
    here, there = call(cast), call(cast, lat=PLACE["lat"] + 0.02)
    shown = get(client, cast, "duty_officer", f"incidents/{here.number}/recommendation/").headers["Advice-Shown"]
    said = {"unit": "2107", "shown": shown}
    for name, number in (("duty2", here.number), ("duty_officer", there.number)):
        assert post(client, cast, name, f"incidents/{number}/assignments/", said).status_code == 201
        assert not Advice.objects.exists(), "it is not what this choice was made from"
        units.step(cast.duty_officer, number, "2107", "cancelled")
    assert post(client, cast, "duty_officer", f"incidents/{here.number}/assignments/", said).status_code == 201
    assert Advice.objects.get().by == cast.duty_officer


def test_nobody_is_kept_from_being_sent_by_a_form_that_stood_open_for_long(
    cast: Cast, client: Client, later: Later
) -> None:
    units.add_unit(None, cast.s1, "2107")
    here = call(cast)
    shown = get(client, cast, "duty_officer", f"incidents/{here.number}/recommendation/").headers["Advice-Shown"]
    later(hours=2)
    said = {"unit": "2107", "shown": shown}
    assert post(client, cast, "duty_officer", f"incidents/{here.number}/assignments/", said).status_code == 201
    assert not Advice.objects.exists()


def test_a_narrower_token_of_the_crew_is_told_no_key_holder(cast: Cast, client: Client, sent: Assignment) -> None:
    path = f"/api/v1/incidents/{sent.incident.number}/"
    for scopes, is_told in ((["see_map"], False), (["see_map", "own_orders"], True)):
        key = people.add_token(None, cast.officer, 1, scopes)
        answer = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        assert ("briefing" in answer.json()) is is_told
    assert briefing.is_crew(cast.again("officer"), sent.incident)


def test_roads_are_for_those_who_see_the_map(cast: Cast, client: Client) -> None:
    asked = "route/?from=106.55,29.60&to=106.56,29.60"
    assert get(client, cast, "auxiliary", asked).status_code == 200
    for name in ("administrator", "technician", "reviewer", "watchlist_admin"):
        assert get(client, cast, name, asked).status_code == 403, name
        assert get(client, cast, name, "reach/?at=106.55,29.60").status_code == 403, name


def test_a_crowd_of_questions_by_one_asker_waits(cast: Cast) -> None:
    pace = Pace(2)
    with pace.taking(cast.auxiliary), pace.taking(cast.auxiliary):
        with pytest.raises(Problem) as refused, pace.taking(cast.auxiliary):
            pass
        assert (refused.value.code, refused.value.status) == ("too_many", 429)
        with pace.taking(cast.officer):
            pass  # others are not hindered by that
    with pace.taking(cast.auxiliary):
        pass


# ---- after the end


@pytest.mark.parametrize("verb", [people.deactivate, people.end_sessions])
def test_who_is_shut_out_has_no_key_to_report_positions_by(cast: Cast, verb: Any) -> None:
    unit, browser = units.add_unit(None, cast.s1, "2107", status="off_duty"), uuid.uuid4()
    units.book_on(cast.duty_officer, "2107", ["officer"])
    device, _key = terminals.enrol(cast.officer, browser)
    verb(cast.administrator, cast.officer.pk)
    assert Device.objects.get(pk=device.pk).revoked_at is not None
    assert not Unit.objects.get(pk=unit.pk).devices.exists()
    if verb is people.deactivate:
        people.reactivate(cast.administrator, cast.officer.pk)
    other, _key = terminals.enrol(cast.again("officer"), browser)
    assert other.pk != device.pk, "let in again, the phone begins anew"


# ---- what can't be taken


@pytest.mark.parametrize(
    "body", ['{"lat": 1%s, "lon": 1}' % ("0" * 400), "[" * 30_000, '{"lat": "x"', "[]", '{"lat": null}']
)
def test_an_sos_is_taken_whatever_it_says(cast: Cast, client: Client, sent: Assignment, body: str) -> None:
    answer = post(client, cast, "officer", "sos/", body)
    assert answer.status_code == 201, answer.content[:200]
    assert CallForHelp.objects.get().unit == sent.unit


def test_numbers_without_end_are_refused_not_failed_upon(cast: Cast, client: Client) -> None:
    endless = "1" + "0" * 400
    for path, body in (
        ("road-blocks/", '{"geometry": {"type": "Point", "coordinates": [%s, 1]}}'),
        ("help/", '{"accuracy": %s}'),
        ("incidents/", '{"kind": "fight", "priority": 1, "lat": %s, "lon": 1}'),
    ):
        answer = post(client, cast, "duty_officer", path, body % endless)
        assert answer.status_code == 400, (path, answer.content[:200])


def test_units_are_not_taken_to_another_stations_call(cast: Cast, sent: Assignment) -> None:
    centre = cast.centre_commander
    foreign = incidents.open_incident(cast.foreign_duty, cast.s2, **FIGHT)
    with pytest.raises(Conflict) as refused:
        merge.merge(centre, sent.incident.number, foreign.number)
    assert refused.value.code == "other_station"
    sent.refresh_from_db()
    assert sent.incident.state == "open"
    units.step(cast.again("officer"), sent.incident.number, "2107", "on_scene")
    units.step(cast.duty_officer, sent.incident.number, "2107", "cleared")
    merge.merge(centre, sent.incident.number, foreign.number)
    assert Merge.objects.get().into == foreign


def test_what_is_foreign_is_not_there(cast: Cast, client: Client, sent: Assignment) -> None:
    order = Order.objects.get(assignment=sent)
    row = helping.call(cast.officer, CallForHelp.HELP)
    number = sent.incident.number
    for path in (
        f"orders/{order.pk}/go/", f"help/{row.pk}/send/", f"help/{row.pk}/end/", f"sos/{row.pk}/end/",
        f"incidents/{number}/reinforce/", f"incidents/{number}/stack/", f"incidents/{number}/merge/",
        f"incidents/{number}/records/", f"incidents/{number}/assignments/2107/check-in/",
    ):  # fmt: skip
        assert post(client, cast, "foreign_commander", path).status_code == 404, path
    for path in (f"incidents/{number}/briefing/", f"incidents/{number}/recommendation/"):
        assert get(client, cast, "foreign_commander", path).status_code == 404, path
    with pytest.raises(NotThere):
        reinforce.send_to(cast.foreign_commander, row.pk, 1)
    assert not AuditEntry.objects.filter(actor_id=str(cast.foreign_commander.pk)).exists()


# ---- others' haste


@pytest.fixture
def busy(transactional_cast: Cast) -> Iterator[Callable[[str], None]]:
    """Somebody holds an incident until the end of the test, as a verb does that is not done yet."""
    holds, done = threading.Event(), threading.Event()

    def hold(number: str) -> None:
        try:
            with changes.change():
                incidents.locked(transactional_cast.duty2, number)
                holds.set()
                done.wait(20)
        finally:
            connection.close()

    threads: list[threading.Thread] = []

    def begin(number: str) -> None:
        threads.append(threading.Thread(target=hold, args=(number,)))
        threads[0].start()
        assert holds.wait(20)

    yield begin
    done.set()
    for thread in threads:
        thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_an_sos_waits_for_nobody_who_is_busy_with_its_incident(
    transactional_cast: Cast, busy: Callable[[str], None]
) -> None:
    """It tells the incident's log. Were that to wait for the incident's row while it holds the audit's, both would stand."""
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107", status="off_duty")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    number = call(cast).number
    units.assign(cast.duty_officer, number, "2107")
    busy(number)
    with transaction.atomic():
        _patience()
        helping.call(cast.officer, CallForHelp.SOS)
    assert CallForHelp.objects.get().incident is not None


@pytest.mark.django_db(transaction=True)
def test_who_sends_to_a_caller_locks_as_who_reinforces(transactional_cast: Cast, busy: Callable[[str], None]) -> None:
    """First the incident, then the call: else each of two would hold what the other waits for."""
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107", status="off_duty")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    number = call(cast).number
    units.assign(cast.duty_officer, number, "2107")
    row = helping.call(cast.officer, CallForHelp.HELP)
    busy(number)
    with pytest.raises(OperationalError, match="lock timeout"), changes.change():
        _patience()
        helping.locked(cast.duty_officer, row.pk, CallForHelp.HELP)
    with transaction.atomic():
        assert CallForHelp.objects.select_for_update(nowait=True).get(pk=row.pk), "it was not held meanwhile"


def _patience() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")


def test_no_browser_keeps_a_page_that_names_people(cast: Cast) -> None:
    number, client = call(cast, caller_phone="13800001111").number, confirmed(cast, "commander")
    for path in (f"/incidents/{number}/", "/incidents/callers/"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path
