"""Two dispatchers, one unit, one moment: one wins, the other is told who; and whatever happens at once, nothing doubles."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from command import changes
from command.errors import Conflict
from command.models import Event
from dispatch import incidents, order_jobs, units
from dispatch.models import Assignment, Crew, Incident
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db(transaction=True)
FIGHT = {"kind": "fight", "priority": 1, **PLACE}
ROUNDS = 40


def together(*jobs):
    """Run the jobs at once, each in a thread with a connection of its own; gives results or what they raised."""

    def run(job):
        try:
            return job()
        except Conflict as lost:
            return lost
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_one_unit_one_winner(transactional_cast: Cast) -> None:
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107")
    first = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number
    second = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    for _ in range(ROUNDS):
        results = together(
            lambda: units.assign(cast.duty_officer, first, "2107"), lambda: units.assign(cast.duty2, second, "2107")
        )
        lost = [result for result in results if isinstance(result, Conflict)]
        assert len(lost) == 1
        winner = Assignment.objects.get(ended_at=None)
        assert lost[0].facts["winner"]["by"] == winner.assigned_by.label
        units.step(cast.duty_officer, winner.incident.number, "2107", "cancelled")


def test_numbers_have_no_gap_when_many_call_at_once(transactional_cast: Cast) -> None:
    cast = transactional_cast
    made = together(*[lambda: incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number] * 8)
    assert sorted(int(number[-4:]) for number in made) == list(range(1, 9))
    events = Event.objects.filter(station=cast.s1).order_by("number").values_list("number", flat=True)
    assert list(events) == list(range(1, len(events) + 1))


def test_sending_and_closing_at_once_leaves_nobody_behind(transactional_cast: Cast) -> None:
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107")
    for _ in range(10):
        number = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number
        together(
            lambda number=number: units.assign(cast.duty_officer, number, "2107"),
            lambda number=number: incidents.close(cast.duty2, number, "01"),
        )
        assert Incident.objects.get(number=number).state == "closed"
        assert not Assignment.objects.filter(ended_at=None).exists()


def test_a_job_at_an_order_and_whoever_ends_its_incident_do_not_lock_one_another_out(transactional_cast: Cast) -> None:
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107")
    number = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number
    order = units.assign(cast.duty_officer, number, "2107").order
    has_begun = threading.Event()

    def ring() -> None:
        with changes.change():
            order_jobs.ring_again(str(order.pk))
            has_begun.set()
            wait_until_waited_for()

    def cancel() -> None:
        assert has_begun.wait(20)
        incidents.cancel(cast.duty_officer, number)

    together(ring, cancel)
    order.refresh_from_db()
    assert (order.rung, order.recalled_at is not None) == (2, True)


def wait_until_waited_for() -> None:
    """Until somebody waits for a lock that this connection holds."""
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_one_officer_is_never_on_two_units(transactional_cast: Cast) -> None:
    cast = transactional_cast
    signs = ["2107", "2108", "2109"]
    for call_sign in signs:
        units.add_unit(None, cast.s1, call_sign)
    jobs = [lambda sign=sign: units.book_on(cast.duty_officer, sign, ["officer", "auxiliary"]) for sign in signs]
    for _ in range(ROUNDS // 4):
        together(*jobs, lambda: units.book_off(cast.duty2, "2107"))
        on = Crew.objects.filter(officer=cast.officer, left_at=None).values_list("unit", flat=True)
        assert set(on) == set(Crew.objects.filter(officer=cast.auxiliary, left_at=None).values_list("unit", flat=True))
        assert len(on) <= 1
