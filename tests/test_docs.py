"""The docs say what there is: every setting, capability, topic and route; every page in both languages; no dead link."""

import re
from pathlib import Path

import pytest

from command import reference

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_reference_is_up_to_date() -> None:
    said = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert said == reference.page(), "run ./station manage reference"


def test_every_setting_is_explained() -> None:
    assert reference.settings_read() == set(reference.SETTINGS)


def test_every_page_for_people_is_in_both_languages() -> None:
    english, chinese = ({path.name for path in (ROOT / "docs" / tongue).glob("*.md")} for tongue in ("en", "zh"))
    assert english == chinese
    assert {"commander.md", "duty_officer.md", "officer.md", "administrator.md"} <= english


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []
