"""Django's admin is read only, narrow, and tells no incident, no key and no password."""

import pytest
from django.test import Client

from command.admin import site
from command.models import Officer
from devices.devices import add_device
from dispatch import incidents, units
from tests.conftest import PLACE, Cast

LISTS = [f"/django/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_lists_show_what_the_station_is_set_up_with(admin: Client, cast: Cast) -> None:
    add_device(None, "<i>phone</i>", "phone", "fixes", cast.s1)
    add_device(None, "foreign phone", "phone", "fixes", cast.s2)
    units.add_unit(None, cast.s1, "2107", plate="A1")
    assert admin.get("/django/").status_code == 200
    text = "".join(admin.get(path).content.decode() for path in LISTS)
    for shown in ("S1", "duty_officer", "&lt;i&gt;phone&lt;/i&gt;", "2107", "A1", "fight"):
        assert shown in text
    for hidden in ("foreign phone", "foreign_duty", "pbkdf2", "<i>phone", Officer.objects.first().password):
        assert hidden not in text
    assert "onclick" not in text


def test_nothing_of_incidents_people_in_them_or_the_audit_is_there(admin: Client, cast: Cast) -> None:
    incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE, caller_phone="13800000000")
    shown = {model._meta.model_name for model in site._registry}
    assert shown == {"station", "officer", "grant", "device", "camera", "kind", "unit", "vehicle"}
    for path in LISTS:
        assert "13800000000" not in admin.get(path).content.decode()
    for path in ("dispatch/incident/", "command/auditentry/", "devices/fix/", "command/alarm/", "auth/group/"):
        assert admin.get(f"/django/{path}").status_code == 404


def test_nothing_can_be_changed(admin: Client, cast: Cast) -> None:
    for path in LISTS:
        assert admin.post(path, {"action": "delete_selected", "_selected_action": "1"}).status_code == 405
        for rest in ("add/", "1/change/", "1/delete/", "1/history/", "1/"):
            assert admin.get(path + rest).status_code == 404, path + rest
            assert admin.post(path + rest).status_code == 404, path + rest
    for path in ("login/", "logout/", "password_change/", "jsi18n/", "autocomplete/", "r/1/1/"):
        assert admin.get(f"/django/{path}").status_code == 404


def test_it_is_for_who_manages_stations(cast: Cast, client: Client) -> None:
    assert client.get("/django/").status_code == 302
    for name in ("commander", "technician", "inspector"):
        client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
        for path in ("/django/", "/django/command/", *LISTS):
            assert client.get(path).status_code == 403
            assert client.head(path).status_code == 403, "a HEAD runs what a GET runs"


def test_pages_carry_no_inline_script(admin: Client, cast: Cast) -> None:
    for path in ("/django/", *LISTS):
        text = admin.get(path).content.decode()
        assert "<script>" not in text
        assert text.count("<script") == text.count("<script src=")
