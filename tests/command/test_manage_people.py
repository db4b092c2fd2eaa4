"""The pages of people: added with a password shown once, changed, given and taken roles, shut out; never one's own."""

import html
import json
import re
import time

import pytest
from django.test import Client

from command import people
from command.models import AuditEntry, Grant, Officer, Session
from tests.conftest import PASSWORD, Cast, confirmed

PEOPLE = "/manage/people/"


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = confirmed(cast, "administrator")
    client.cookies["django_language"] = "en"
    return client


def added(admin: Client, cast: Cast, **more: object):
    said = {"username": "newman", "name": "新民", "badge": "0777", "rank": "", "station": cast.s1.pk, "role": "officer"}
    return admin.post(f"{PEOPLE}add/", {**said, **more})


def with_badge(cast: Cast) -> str:
    Officer.objects.filter(pk=cast.officer.pk).update(badge="0412")
    return "0412"


def test_the_list_shows_own_people_only_and_is_searched(admin: Client, cast: Cast) -> None:
    text = admin.get(PEOPLE).content.decode()
    assert "某duty_officer" in text
    assert "某foreign_duty" not in text
    assert "某centre_commander" not in text
    text = admin.get(PEOPLE, {"q": "duty2"}).content.decode()
    assert "某duty2" in text
    assert "某commander" not in text
    assert "Nobody fits" in admin.get(PEOPLE, {"q": "nobody at all"}).content.decode()


def test_a_long_list_comes_in_pages(admin: Client, cast: Cast) -> None:
    Officer.objects.bulk_create(
        Officer(username=f"p{n}", name=f"人{n}", badge=f"{n}", station=cast.s1) for n in range(60)
    )
    assert "Page 1 of 2" in admin.get(PEOPLE).content.decode()
    assert "Page 2 of 2" in admin.get(PEOPLE, {"page": "99"}).content.decode()


def test_who_is_added_signs_in_with_a_password_shown_once(admin: Client, cast: Cast) -> None:
    answer = added(admin, cast)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    password = html.unescape(re.findall(r'class="secret">([^<]+)<', answer.content.decode())[1])
    officer = Officer.objects.get(username="newman")
    assert officer.must_change_password
    assert password not in admin.get(f"{PEOPLE}{officer.pk}/").content.decode()
    person = Client()
    step = person.post("/sign-in/", {"username": "newman", "password": password})
    assert step.headers["Location"] == "/sign-in/password/"
    assert person.get("/wall/").status_code == 302, "not in before the password is one's own"
    person.post("/sign-in/password/", {"password": PASSWORD, "again": PASSWORD})
    assert person.get("/wall/").status_code == 200


def test_what_is_wrong_stands_at_its_field(admin: Client, cast: Cast) -> None:
    answer = added(admin, cast, username="duty_officer")
    assert answer.status_code == 400
    assert "Somebody signs in with this name already." in answer.content.decode()
    assert "has this badge number already" in added(admin, cast, badge=with_badge(cast)).content.decode()
    assert added(admin, cast, station=cast.s2.pk).status_code == 400, "a foreign station is not offered"
    assert added(admin, cast, role="screen").status_code == 400
    assert not Officer.objects.filter(username="newman").exists()


def test_a_person_is_changed_and_the_audit_says_which_fields(admin: Client, cast: Cast) -> None:
    page = f"{PEOPLE}{cast.officer.pk}/"
    said = {"name": "<b>王</b>", "badge": "0999", "rank": "一级警员", "station": cast.s1.pk}
    assert admin.post(f"{page}change/", said).headers["Location"] == page
    text = admin.get(page).content.decode()
    assert "&lt;b&gt;王&lt;/b&gt;" in text
    assert "<b>王" not in text
    assert AuditEntry.objects.get(action="change_officer").facts == {"fields": ["name", "badge", "rank", "station"]}


def test_roles_are_given_and_withdrawn_on_pages(admin: Client, cast: Cast) -> None:
    page = f"{PEOPLE}{cast.officer.pk}/"
    assert "send units" not in admin.get(page).content.decode()
    admin.post(f"{page}roles/", {"role": "duty_officer", "station": cast.s1.pk})
    assert "send units" in admin.get(page).content.decode()
    grant = Grant.objects.get(officer=cast.officer, role="duty_officer")
    assert "Withdraw “Duty officer” at S1" in admin.get(f"{page}roles/{grant.pk}/withdraw/").content.decode()
    assert admin.post(f"{page}roles/{grant.pk}/withdraw/").headers["Location"] == page
    assert not Grant.objects.filter(pk=grant.pk).exists()
    assert admin.post(f"{page}roles/{grant.pk}/withdraw/").status_code == 404


def test_nobody_raises_or_shuts_out_themselves(admin: Client, cast: Cast) -> None:
    mine = f"{PEOPLE}{cast.administrator.pk}/"
    answer = admin.post(f"{mine}roles/", {"role": "commander", "station": cast.s1.pk})
    assert answer.status_code == 409
    assert "Nobody does this to themselves" in answer.content.decode()
    assert admin.post(f"{mine}deactivate/").status_code == 409
    grant = Grant.objects.get(officer=cast.administrator)
    assert admin.post(f"{mine}roles/{grant.pk}/withdraw/").status_code == 409, "the last administrator stays"
    assert Grant.objects.filter(pk=grant.pk).exists()
    assert "Give a role</a>" not in admin.get(mine).content.decode()


def test_somebody_elses_grant_is_not_reached_through_ones_own_person(admin: Client, cast: Cast) -> None:
    foreign = Grant.objects.get(officer=cast.foreign_duty)
    for officer in (cast.officer, cast.foreign_duty):
        assert admin.post(f"{PEOPLE}{officer.pk}/roles/{foreign.pk}/withdraw/").status_code == 404
    assert Grant.objects.filter(pk=foreign.pk).exists()


def test_shutting_out_ends_sessions_and_is_asked_first(admin: Client, cast: Cast) -> None:
    other = Client()
    other.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    page = f"{PEOPLE}{cast.duty_officer.pk}/"
    assert "Shut out 某duty_officer?" in admin.get(f"{page}deactivate/").content.decode()
    assert other.get("/desk/").status_code == 200
    admin.post(f"{page}deactivate/")
    assert other.get("/desk/").status_code == 302
    assert "shut out" in admin.get(page).content.decode()
    admin.post(f"{page}reactivate/")
    assert Officer.objects.get(pk=cast.duty_officer.pk).is_active


def test_all_sessions_of_somebody_end(admin: Client, cast: Cast) -> None:
    other = Client()
    other.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "Ended: 1." in admin.post(f"{PEOPLE}{cast.duty_officer.pk}/sessions/", follow=True).content.decode()
    assert not Session.objects.filter(officer=cast.duty_officer).exists()


def test_who_lets_somebody_in_or_higher_has_just_given_the_second_factor(cast: Cast, client: Client) -> None:
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    one = cast.officer.pk
    for path in ("add/", "import/", f"{one}/roles/", f"{one}/reactivate/"):
        for answer in (
            client.get(PEOPLE + path),
            client.post(PEOPLE + path, {"role": "commander", "station": cast.s1.pk}),
        ):
            assert answer.status_code == 302, path
            assert answer.headers["Location"].startswith("/account/confirm/"), path
    assert not Grant.objects.filter(officer=cast.officer, role="commander").exists()


def test_what_was_typed_is_there_again_after_the_second_factor(cast: Cast, client: Client) -> None:
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    path = f"{PEOPLE}add/"
    said = {"name": "新来的", "username": "newcomer", "password": "not to be kept", "station": cast.s1.pk}
    assert client.post(path, said).headers["Location"].startswith("/account/confirm/")
    assert "not to be kept" not in json.dumps(dict(client.session.items()))
    session = client.session
    session["second_factor_at"] = time.time()
    session.save()
    elsewhere = client.get(f"{PEOPLE}import/").content.decode()
    assert "尚未保存" not in elsewhere
    again = client.get(path).content.decode()
    assert 'value="新来的"' in again
    assert "尚未保存" in again
    assert not Officer.objects.filter(username="newcomer").exists(), "a person presses the button"
    assert 'value="新来的"' not in client.get(path).content.decode(), "told once"


def test_a_foreign_administrator_reaches_nobody_here(cast: Cast) -> None:
    foreign = people.add_officer(None, "foreign_admin", "administrator", cast.s2, None, name="外")
    cast.people["foreign_admin"] = foreign
    client = confirmed(cast, "foreign_admin")
    grant = Grant.objects.get(officer=cast.officer)
    for rest in ("", "change/", "roles/", f"roles/{grant.pk}/withdraw/", "deactivate/", "reactivate/", "sessions/"):
        assert client.get(f"{PEOPLE}{cast.officer.pk}/{rest}").status_code == 404, rest
        if rest:
            assert client.post(f"{PEOPLE}{cast.officer.pk}/{rest}").status_code in (400, 404), rest
    assert Officer.objects.get(pk=cast.officer.pk).is_active
    text = client.get(PEOPLE).content.decode()
    assert "某officer" not in text


def test_the_centre_reaches_the_stations_below(cast: Cast, client: Client) -> None:
    centre = people.add_officer(None, "centre_admin", "administrator", cast.centre, None, name="中")
    client.force_login(centre, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(PEOPLE).content.decode()
    assert "某foreign_duty" in text
    assert "某duty_officer" in text
