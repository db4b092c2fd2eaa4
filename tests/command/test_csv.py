"""Tables in and out: any spreadsheet's CSV, every row's error named, nothing half-imported, no cell that acts."""

import base64
import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from command import tables
from command.errors import Invalid
from command.models import AuditEntry, Officer, digest
from devices.devices import add_device
from devices.models import Device
from dispatch.models import Unit, Vehicle
from tests.conftest import Cast, confirmed

PEOPLE, DEVICES, UNITS = "/manage/people/", "/manage/devices/", "/manage/units/"
NAMES = {"name": "name", "名称": "name", "badge": "badge"}
HEAD = "username,name,badge,rank,station,roles\n"


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client = confirmed(cast, "administrator")
    client.cookies["django_language"] = "en"
    return client


def tried(admin: Client, where: str, text: str | bytes):
    raw = text if isinstance(text, bytes) else text.encode()
    return admin.post(f"{where}import/", {"file": SimpleUploadedFile("t.csv", raw)})


def kept(admin: Client, where: str, text: str):
    return admin.post(f"{where}import/", {"text": text})


def wrongs(answer) -> list[list[str]]:
    """The rows of the table of errors: line, column, words."""
    body = answer.content.decode().partition('class="table wrong"')[2].partition("</table>")[0]
    return [re.findall(r"<td>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(<td>.*?)</tr>", body, re.S)]


def saved(answer) -> list[dict[str, str]]:
    """What the one download of an import holds."""
    found = re.search(r'href="data:text/csv;base64,([^"]+)"', answer.content.decode())
    assert found
    return list(csv.DictReader(io.StringIO(base64.b64decode(found[1]).decode("utf-8-sig"))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_spreadsheets_table_is_read(encoding: str, divider: str, end: str) -> None:
    text = f"名称{divider}badge{end}王磊{divider}0412{end}{end}“引号”{divider}'=1+1{end}"
    lines = tables.lines_of(tables.text_of(text.encode(encoding)), NAMES)
    assert [(one.number, one.cells) for one in lines] == [
        (2, {"name": "王磊", "badge": "0412"}),
        (4, {"name": "“引号”", "badge": "=1+1"}),
    ]


def test_the_line_of_a_row_is_where_it_begins() -> None:
    lines = tables.lines_of('name,badge\n"two\nlines",1\nthree,2\n', NAMES)
    assert [one.number for one in lines] == [2, 4]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("name,badge\n", "empty"), ("name,shoe\na,b\n", "unknown_column"), ("name,name\na,b\n", "doubled_column"),
        ("name,badge\na,b,c\n", "too_many_cells"), ('name,badge\n"a"b,c\n', "not_csv"),
        ("name\n" + "a\n" * (tables.ROWS_LIMIT + 1), "too_many_rows"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        tables.lines_of(text, NAMES)
    assert refused.value.code == code


@pytest.mark.parametrize("raw", [b"\x00\x01\x02", b"\xff\xff\xff", b"PK\x03\x04\x00", b"a" * (tables.BYTES_LIMIT + 1)])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        tables.text_of(raw)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_acts_and_each_comes_back(cell: str) -> None:
    assert tables.harmless(cell) == f"'{cell}"
    written = tables.written(["name", "badge"], [[cell, "a"]])
    assert written.startswith(b"\xef\xbb\xbf")
    if cell.strip() == cell:
        assert tables.lines_of(tables.text_of(written), NAMES)[0].cells["name"] == cell


def test_people_are_tried_looked_at_and_added(admin: Client, cast: Cast) -> None:
    before = Officer.objects.count()
    text = HEAD + "li,李明,1001,三级警司,S1,officer\nzhao,赵雷,1002,,,Officer; Duty officer\n"
    answer = tried(admin, PEOPLE, text)
    assert answer.status_code == 200
    assert "All 2 rows are right" in answer.content.decode()
    assert Officer.objects.count() == before, "looking adds nothing"
    answer = kept(admin, PEOPLE, text)
    assert "2 rows are added" in answer.content.decode()
    rows = saved(answer)
    assert [row["Name to sign in with"] for row in rows] == ["li", "zhao"]
    li = Officer.objects.get(username="li")
    assert li.check_password(rows[0]["First password"])
    assert li.must_change_password
    assert set(Officer.objects.get(username="zhao").grants.values_list("role", flat=True)) == {
        "officer",
        "duty_officer",
    }
    assert wrongs(kept(admin, PEOPLE, text))[0][0] == "2", "sent again, it adds nobody twice"


def test_every_rows_error_is_named_and_nothing_is_added(admin: Client, cast: Cast) -> None:
    before = Officer.objects.count(), AuditEntry.objects.filter(action="add_officer").count()
    text = HEAD + (
        "good,好人,2001,,S1,officer\n"
        ",没名,2002,,S1,officer\n"
        "bad,坏人,2003,,S9,chief\n"
        "duty_officer,重名,2004,,S1,officer\n"
        "good,又一个,2005,,S1,officer\n"
        "same,同号,2001,,S1,officer\n"
        "foreign,外人,2006,,S2,officer\n"
    )
    for answer in (tried(admin, PEOPLE, text), kept(admin, PEOPLE, text)):
        assert answer.status_code == 400
        found = wrongs(answer)
        assert [row[0] for row in found] == ["3", "4", "4", "5", "6", "7", "8"]
        assert found[0][1] == "Name to sign in with"
        assert {row[1] for row in found[1:3]} == {"Roles", "Station"}
        said = found[1][2] + found[2][2]
        assert "expected one or more of Commander, Duty officer" in said
        assert "found “chief”" in said
        assert "expected one of S1; found “S9”" in said
        assert "6 of 7 rows are not right" in answer.content.decode()
    assert before == (Officer.objects.count(), AuditEntry.objects.filter(action="add_officer").count())


def test_hostile_cells_are_shown_as_text(admin: Client, cast: Cast) -> None:
    text = HEAD + '"<script>alert(1)</script>",名,1,,S9,"<b>x</b>"\n'
    body = tried(admin, PEOPLE, text).content.decode()
    assert "<script>alert" not in body
    assert "<b>x" not in body
    assert "&lt;script&gt;" in body


def test_a_file_that_is_none_is_said(admin: Client, cast: Cast) -> None:
    assert "expected a file, found none" in admin.post(f"{PEOPLE}import/", {}).content.decode()
    answer = tried(admin, PEOPLE, b"\x00\x00")
    assert answer.status_code == 400
    assert "found something else" in answer.content.decode()
    assert "expected one of username" in tried(admin, PEOPLE, "shoe\n1\n").content.decode()


def test_devices_come_with_their_keys_in_one_file(admin: Client, cast: Cast) -> None:
    text = (
        "name,kind,profile,gateway,unique_id\n"
        "phone 1,,owntracks,,\ngate,gateway,forward,,\ncar 1,tracker,forward,gate,86\n"
    )
    rows = saved(kept(admin, DEVICES, text))
    assert [row["Name"] for row in rows] == ["phone 1", "gate"], "a tracker behind a gateway has no key"
    for row in rows:
        assert Device.objects.get(pk=row["Number"]).key_hash == digest(row["Key"])
    found = wrongs(
        tried(admin, DEVICES, "name,profile,gateway\nphone 1,osmand,\nnew,forward,nowhere\n,,\n new 2 ,x,\n")
    )
    assert [(row[0], row[1]) for row in found] == [
        ("2", "Name"), ("3", "Behind the gateway"), ("5", "What it speaks"),
    ]  # fmt: skip
    assert wrongs(tried(admin, DEVICES, "name,profile\nphone 3,forward\n"))[0][1] == "What it speaks"
    assert Device.objects.count() == 3


def test_units_come_with_vehicles_and_devices(admin: Client, cast: Cast) -> None:
    add_device(None, "phone 1", "phone", "fixes", cast.s1)
    text = "call_sign,kind,vehicle,devices\n2107,car,渝A·1,phone 1\n2108,foot,,\n"
    assert "2 rows are added" in kept(admin, UNITS, text).content.decode()
    assert Unit.objects.get(call_sign="2107").devices.get().name == "phone 1"
    assert Vehicle.objects.get().plate == "渝A·1"
    text = "call_sign,kind,vehicle,devices\n2109,car,渝A·1,\n2110,foot,,phone 1\n2111,boat,,phone 9\n2107,,,\n"
    found = wrongs(tried(admin, UNITS, text))
    assert [(row[0], row[1]) for row in found] == [
        ("2", "Vehicle"), ("3", "Devices it carries"), ("4", "Kind"), ("4", "Devices it carries"), ("5", "Call sign"),
    ]  # fmt: skip
    assert Unit.objects.count() == 2


@pytest.mark.parametrize(("where", "name"), [(PEOPLE, "people"), (DEVICES, "devices"), (UNITS, "units")])
def test_what_is_saved_can_be_read_again(admin: Client, cast: Cast, where: str, name: str) -> None:
    add_device(None, "=cmd|' /C calc'!A0", "phone", "fixes", cast.s1)
    kept(admin, UNITS, "call_sign,kind,vehicle\n+2107,car,@A\n")
    cast.officer.name = "-2+3"
    cast.officer.save()
    answer = admin.get(f"{where}export/")
    assert f'filename="{name}.csv"' in answer["Content-Disposition"]
    assert AuditEntry.objects.filter(action=f"export_{name}").count() == 1
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell.startswith(tables.ACTING)]
    headings = rows[0]
    template = admin.get(f"{where}template/").content.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(template))) == headings
    found = wrongs(tried(admin, where, answer.content))
    assert len({row[0] for row in found}) == len(rows) - 1, "all is there already, and nothing else is wrong"
    assert not [row for row in found if "one of" in row[2]]
