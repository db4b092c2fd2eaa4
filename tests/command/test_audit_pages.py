"""The audit's pages: who may search it, what a search finds, and that the search is an entry itself."""

import io
import subprocess
import sys
import time
import zipfile

import pytest
from django.test import Client

from command import audit, changes, heads, signing
from command.models import AuditEntry
from dispatch import incidents
from tests.conftest import PLACE, ROOT, Cast


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, settings) -> None:
    settings.AUDIT_HEADS = tmp_path / "heads"
    settings.SIGNING_KEY = tmp_path / "key.pem"


@pytest.fixture
def inspector(cast: Cast, client: Client) -> Client:
    client.force_login(cast.inspector, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_at"] = time.time()
    session.save()
    return client


def test_a_search_finds_and_is_found(cast: Cast, inspector: Client) -> None:
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    page = inspector.get("/audit/?station=S1&who=duty_officer").content.decode()
    assert number in page
    assert "某duty_officer" in page
    assert number not in inspector.get("/audit/?station=S1&who=commander").content.decode()
    assert number in inspector.get(f"/audit/?station=S1&subject={number}").content.decode()
    assert number not in inspector.get("/audit/?station=S1&until=2020-01-01").content.decode()
    searches = AuditEntry.objects.filter(action="search_audit", actor_id=str(cast.inspector.pk))
    assert searches.count() == 4
    assert searches.order_by("number")[0].facts == {"by": ["who"]}, "what was typed is no fact: it may be a name"


def test_wrong_fields_are_named(cast: Cast, inspector: Client) -> None:
    assert inspector.get("/audit/?station=S2").status_code == 400
    assert inspector.get("/audit/?station=S1&since=yesterday").status_code == 400
    assert inspector.get("/audit/?station=S1&who=%00").status_code == 400
    assert not AuditEntry.objects.filter(action="search_audit").exists()


def test_pages_go_back_to_the_beginning(cast: Cast, inspector: Client) -> None:
    with changes.change():
        for number in range(150):
            audit.record(None, "note", "incident", number, cast.s1.pk)
    first = inspector.get("/audit/?station=S1").content.decode()
    older = first.split('class="plain" href="?')[1].split('"')[0].replace("&amp;", "&")
    assert "add_officer" in inspector.get(f"/audit/?{older}").content.decode()


def test_hostile_facts_are_text(cast: Cast, inspector: Client) -> None:
    with changes.change():
        audit.record(None, "<img src=x>", "incident", "{{7*7}}<script>", cast.s1.pk, code="<b>")
    page = inspector.get("/audit/?station=S1").content.decode()
    assert "<script>{{" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page


def test_the_export_verifies(cast: Cast, inspector: Client, tmp_path) -> None:
    answer = inspector.post("/audit/export/", {"station": "S1"})
    assert answer.status_code == 200
    zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).extractall(tmp_path)
    heads.write()
    words = ["--heads", str(heads.file_of("S1")), "--key", signing.fingerprint()]
    argv = [sys.executable, str(ROOT / "verify.py"), str(tmp_path / "audit-S1"), *words]
    assert subprocess.run(argv).returncode == 0
    assert inspector.post("/audit/export/", {"station": "S2"}).status_code == 404
