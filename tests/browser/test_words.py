"""Every word that a person reads stands in Chinese."""

import re
import subprocess
from pathlib import Path

import pytest

from dispatch.states import DISPOSITIONS

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
STRING = r'"((?:[^"\\]|\\.)*)"'
IN_SCRIPTS = [rf"\bgettext\(\s*{STRING}", rf"\bngettext\(\s*{STRING}", rf"\bpgettext\(\s*{STRING},\s*{STRING}"]
IN_TEMPLATES = [
    r"""\{% translate "([^"]*)\"""",
    r"""\{% translate '([^']*)'""",
    r"\{% blocktranslate[^%]*%\}(.*?)\{% end",
]
STRINGS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'  # some, one after the other, are one
IN_PYTHON = [rf"\b_\(\s*{STRINGS}", rf"\bgettext_lazy\(\s*{STRINGS}", rf"\bngettext\(\s*{STRING}"]
ROOMS = ("command", "devices", "dispatch")


def asked(files: list[Path], patterns: list[str]) -> set[str]:
    """The ids that the files ask for."""
    found = set()
    for file in files:
        text = file.read_text()
        for pattern in patterns:
            for match in re.finditer(pattern, text, re.DOTALL):
                words = re.sub(r'"\s+"', "", match.group(match.lastindex or 1))
                words = words.strip().removeprefix('"').removesuffix('"') if words.startswith('"') else words
                words = words.partition("{% plural %}")[0].replace('\\"', '"')
                found.add(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", words))
    return found


def answered(name: str) -> dict[str, str]:
    """Ids and their Chinese, from a message file."""
    text = re.sub(r'"\n"', "", (WORDS / name).read_text())
    pairs = re.findall(rf"^msgid {STRING}\n(?:msgid_plural {STRING}\n)?msgstr(?:\[0\])? {STRING}", text, re.MULTILINE)
    return {one.replace('\\"', '"'): chinese for one, _, chinese in pairs if one}


CASES = {
    "scripts": ("djangojs.po", list((ROOT / "static" / "src").rglob("*.ts")), IN_SCRIPTS),
    "templates": ("django.po", list((ROOT / "templates").rglob("*.html")), IN_TEMPLATES),
    "python": ("django.po", [file for room in ROOMS for file in (ROOT / room).rglob("*.py")], IN_PYTHON),
}


@pytest.mark.parametrize("where", CASES)
def test_every_word_stands_in_chinese(where: str) -> None:
    name, files, patterns = CASES[where]
    wanted, there = asked(files, patterns), answered(name)
    assert len(wanted) > 30
    assert sorted(wanted - set(there)) == []


@pytest.mark.parametrize("name", ["django.po", "djangojs.po"])
def test_no_word_is_empty_or_doubtful(name: str) -> None:
    there = answered(name)
    assert [one for one, chinese in there.items() if not chinese] == []
    assert "fuzzy" not in (WORDS / name).read_text()
    places = {
        one: (set(re.findall(r"%\((\w+)\)s", one)), set(re.findall(r"%\((\w+)\)s", chinese)))
        for one, chinese in there.items()
    }
    assert [one for one, (said, chinese) in places.items() if said != chinese] == []


def test_message_files_compile(tmp_path: Path) -> None:
    for file in (ROOT / "locale").rglob("*.po"):
        subprocess.run(["msgfmt", "--check-format", "-o", tmp_path / "words.mo", file], check=True)


def test_the_log_reads_the_same_at_the_desk_and_on_paper() -> None:
    page, desk = answered("django.po"), answered("djangojs.po")
    log = {one for one in asked([ROOT / "dispatch" / "log_words.py"], [STRING]) if "%(" in one or one[:1].isupper()}
    assert len(log) > 20
    assert {one: (page[one], desk[one]) for one in log & set(page) & set(desk) if page[one] != desk[one]} == {}


def test_how_an_incident_ended_reads_the_same_everywhere() -> None:
    page, desk = answered("django.po"), answered("djangojs.po")
    results = set(DISPOSITIONS.values())
    assert sorted(results - set(page)) == []
    assert {one: page[one] for one in results} == {one: desk.get(one) for one in results}
