"""Look-ups of people: misuse is found, and somebody else than who looked looks at it."""

import random

import pytest
from django.db import IntegrityError
from django.test import Client

from command import clock, lookups
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Lookup
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def look(cast: Cast, who: str, subject: str) -> Lookup:
    person = cast.people[who]
    return lookups.record(person, person.station, subject, "case", "A-1", "because of it")


def test_a_seeded_set_of_misuse_is_found(cast: Cast) -> None:
    """60 acts of misuse among 300 proper look-ups: at least 95 % are flagged, and proper ones are not."""
    chance = random.Random(7)
    names = [one.name for one in cast.people.values() if one.username not in ("commander", "duty2")]
    misuse = [("commander", f"1390000{n:04}") for n in range(20) for _ in range(3)]
    misuse += [("duty2", chance.choice(names)) for _ in range(20)] + [("duty2", cast.duty2.name)] * 20
    proper = [("commander", f"1380000{n:04}") for n in range(300)]
    asked = [(who, subject, True) for who, subject in misuse] + [(who, subject, False) for who, subject in proper]
    chance.shuffle(asked)
    made = [(look(cast, who, subject).flag, subject, bad) for who, subject, bad in asked]
    repeated = {subject for flag, subject, _ in made if flag == "repeated"}
    found = len(repeated) + sum(1 for flag, _, bad in made if bad and flag in ("colleague", "oneself"))
    assert found >= 0.95 * 60
    assert not [subject for flag, subject, bad in made if flag and not bad]


def test_a_supervisor_looks_at_it_and_nobody_at_their_own(cast: Cast) -> None:
    flagged = look(cast, "duty2", cast.duty2.name)
    own = look(cast, "commander", cast.commander.name)
    plain = look(cast, "duty2", "13800001111")
    assert {one.pk for one in lookups.supervised_by(cast.commander)} == {flagged.pk, own.pk}
    with pytest.raises(Conflict):
        lookups.judge(cast.commander, own.pk, "in_order")
    with pytest.raises(Invalid):
        lookups.judge(cast.commander, flagged.pk, "fine")
    with pytest.raises(NotThere):
        lookups.judge(cast.commander, plain.pk, "in_order")
    assert lookups.judge(cast.commander, flagged.pk, "in_order").looked_by == cast.commander
    with pytest.raises(NotThere):
        lookups.judge(cast.inspector, flagged.pk, "followed_up")
    assert lookups.judge(cast.inspector, own.pk, "followed_up").verdict == "followed_up"
    assert AuditEntry.objects.filter(action="judge_lookup").count() == 2


def test_the_database_itself_lets_nobody_judge_themselves(cast: Cast) -> None:
    own = look(cast, "commander", cast.commander.name)
    with pytest.raises(IntegrityError):
        Lookup.objects.filter(pk=own.pk).update(looked_by=cast.commander, looked_at=clock.now(), verdict="in_order")


def test_only_supervisors_and_only_of_their_stations(cast: Cast) -> None:
    look(cast, "duty2", cast.duty2.name)
    for who in ("duty_officer", "officer", "administrator"):
        with pytest.raises(Forbidden):
            lookups.supervised_by(cast.people[who])
    assert not lookups.supervised_by(cast.foreign_commander).exists()
    assert lookups.supervised_by(cast.centre_commander).count() == 1


def test_the_page(cast: Cast) -> None:
    flagged = look(cast, "duty2", cast.duty2.name)
    client = Client()
    client.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")
    assert "because of it" in client.get("/audit/look-ups/").content.decode()
    assert AuditEntry.objects.filter(action="read_lookups").count() == 1
    assert client.post("/audit/look-ups/", {"lookup": "x", "verdict": "in_order"}).status_code == 302
    client.post("/audit/look-ups/", {"lookup": flagged.pk, "verdict": "in_order"})
    flagged.refresh_from_db()
    assert flagged.verdict == "in_order"
    assert "because of it" not in client.get("/audit/look-ups/?state=open").content.decode()
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/audit/look-ups/").status_code == 403
