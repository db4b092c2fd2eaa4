"""The containers' entry: each part's command, and what it refuses."""

from pathlib import Path

import pytest

from operation import container, say
from operation.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.mark.parametrize("part", container.PARTS)
def test_each_part_has_a_command(home: Home, part: str) -> None:
    assert container.command(home, part)[0].startswith("/")


def test_the_front_door_is_open_to_the_network_of_containers(home: Home) -> None:
    words = container.command(home, "nginx")
    configured = Path(words[words.index("-c") + 1]).read_text()
    assert "listen 8000" in configured
    assert "listen 127.0.0.1" not in configured


def test_an_unknown_part_is_refused_with_those_known(home: Home) -> None:
    with pytest.raises(
        say.Trouble, match="expected one of web, pictures, ingest, worker, beat, roads, nginx; found 'postgres'"
    ):
        container.command(home, "postgres")
