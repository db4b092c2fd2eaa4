"""Jobs that must happen: once, whoever dies or is slow."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from command import alarms, changes, clock, leases
from command.models import Alarm, Job, Station

KIND = "try"
Later = Callable[..., None]


@pytest.fixture
def station(db: None) -> Station:
    return Station.objects.create(code="S1", name="所", zone="Asia/Shanghai")


@pytest.fixture
def kind() -> Iterator[None]:
    """Jobs of this kind raise an alarm: an effect that can be counted."""
    leases.pin(KIND, effect)
    yield
    leases.VERBS.pop(KIND)


def effect(key: str) -> None:
    station = Station.objects.get()
    alarms.raise_alarm(station.pk, "tried", 3, "job", f"{key} {Alarm.objects.count()} {threading.get_ident()}")


def ask(key: str, **ahead: float) -> None:
    with changes.change():
        leases.ask(KIND, key, clock.now() + dt.timedelta(**ahead))


def test_a_job_is_done_when_it_is_due_and_not_before(station: Station, kind: None, later: Later) -> None:
    ask("a", seconds=10)
    assert leases.work() == 0
    later(seconds=11)
    assert leases.work() == 1
    assert leases.work() == 0
    assert Alarm.objects.count() == 1


def test_the_same_effect_is_asked_for_once(station: Station, kind: None) -> None:
    ask("a")
    ask("a")
    leases.work()
    ask("a")
    leases.work()
    assert (Job.objects.count(), Alarm.objects.count()) == (1, 1)


def test_what_a_verb_asked_for_goes_with_the_verb(station: Station, kind: None) -> None:
    with pytest.raises(ZeroDivisionError), changes.change():
        leases.ask(KIND, "a", clock.now())
        raise ZeroDivisionError
    assert leases.work() == 0
    with pytest.raises(RuntimeError):
        leases.ask(KIND, "a", clock.now())
    with pytest.raises(KeyError), changes.change():
        leases.ask("no such kind", "a", clock.now())


def test_who_died_with_a_job_leaves_it_to_the_next_when_the_lease_is_over(
    station: Station, kind: None, later: Later
) -> None:
    ask("a")
    assert leases._take() is not None  # and dies
    assert leases.work() == 0
    assert leases.oldest_s() is None
    later(seconds=leases.LEASE.total_seconds() + 1)
    assert leases.oldest_s() == pytest.approx(1, abs=0.5)
    assert leases.work() == 1
    assert Job.objects.get().attempts == 2


def test_a_job_that_fails_leaves_nothing_and_is_tried_later_and_later(
    station: Station, kind: None, later: Later
) -> None:
    def fails(key: str) -> None:
        effect(key)
        raise ValueError(key)

    leases.pin(KIND, fails)
    ask("a")
    for attempt, ahead in ((1, 1), (2, 4), (3, 9)):
        later(seconds=ahead)
        assert leases.work() == 0
        job = Job.objects.get()
        assert (job.attempts, job.said, job.done_at) == (attempt, "ValueError", None)
        pause = (job.leased_until - job.due_at).total_seconds() - ahead
        assert pause == pytest.approx(2**attempt, abs=1)
    assert not Alarm.objects.exists()
    leases.pin(KIND, effect)
    later(seconds=60)
    assert leases.work() == 1
    assert Job.objects.get().said == ""


def test_rows_of_done_jobs_go_in_the_end(station: Station, kind: None, later: Later) -> None:
    ask("a")
    ask("b", days=5)
    leases.work()
    assert leases.forget() == 0
    later(days=3)
    assert leases.forget() == 1
    assert Job.objects.get().key == "b"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_job_the_first_to_end_has_done_it(kind: None, later: Later) -> None:
    """The first is slower than its lease; the second overtakes it. Only one effect stands, and one row says so."""
    Station.objects.create(code="S1", name="所", zone="Asia/Shanghai")
    begun, may_end, found = threading.Event(), threading.Event(), []

    def slow(key: str) -> None:
        effect(key)
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            may_end.wait(20)

    def first() -> None:
        found.append(leases.work())
        connection.close()

    leases.pin(KIND, slow)
    ask("a")
    at_it = threading.Thread(target=first)
    at_it.start()
    assert begun.wait(10)
    later(seconds=leases.LEASE.total_seconds() + 1)
    assert leases.work() == 1
    may_end.set()
    at_it.join(10)
    assert found == [0]
    assert (Alarm.objects.count(), Job.objects.get().attempts) == (1, 2)


def test_what_is_not_wanted_any_more_is_not_done(station: Station, kind: None, later: Later) -> None:
    ask("a")
    ask("b")
    assert leases._take() is not None  # in somebody's hands
    for key in ("a", "b"):
        leases.withdraw(key, KIND)
    assert list(Job.objects.values_list("key", flat=True)) == ["a"]
