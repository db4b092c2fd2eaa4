"""Turns as files: pages that hold what was put into them, and nothing lost when the process dies."""

import os
import struct
import uuid
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.voice import files
from devices.voice.ogg import FIRST, LAST, PRE_SKIP, OggOpus, checksum

PACKETS = st.lists(st.binary(min_size=1, max_size=1275), max_size=130)


def pages(stream: bytes) -> list[tuple[int, int, int, list[bytes]]]:
    """(flags, granule, number, packets) of each page; every checksum is right, every page whole."""
    found = []
    while stream:
        capture, version, flags, granule, _, number, crc, count = struct.unpack_from("<4sBBqIIIB", stream)
        lacing = stream[27 : 27 + count]
        size = 27 + count + sum(lacing)
        page = stream[:size]
        assert (capture, version, len(page)) == (b"OggS", 0, size)
        assert checksum(page[:22] + bytes(4) + page[26:]) == crc
        packets, at, length = [], 27 + count, 0
        for value in lacing:
            length += value
            if value < 255:
                packets.append(page[at : at + length])
                at, length = at + length, 0
        assert length == 0, "no packet goes over a page's end"
        found.append((flags, granule, number, packets))
        stream = stream[size:]
    return found


def test_the_checksum_is_oggs() -> None:
    assert checksum(b"123456789") == 0x89A1897F  # CRC-32/MPEG-2's polynomial with the start 0 that Ogg wants


@given(PACKETS)
@settings(max_examples=40, deadline=None)
def test_what_is_put_in_comes_out(packets: list[bytes]) -> None:
    stream = OggOpus(7)
    whole = stream.begin() + b"".join(stream.add(one) for one in packets) + stream.end()
    head, tags, *rest = pages(whole)
    assert head[0] == FIRST and head[3][0][:8] == b"OpusHead"
    assert struct.unpack_from("<BBHI", head[3][0], 8) == (1, 1, PRE_SKIP, 48_000)
    assert tags[3][0][:8] == b"OpusTags"
    assert [one for page in rest for one in page[3]] == packets
    assert [page[2] for page in rest] == list(range(2, 2 + len(rest)))
    assert [page[0] for page in rest] == [0] * (len(rest) - 1) + [LAST]
    assert rest[-1][1] == 960 * len(packets), "the last page says how long it all is"


def test_a_process_that_dies_takes_no_more_than_a_second(tmp_path: Path) -> None:
    path = files.path_of(tmp_path, uuid.uuid4())
    file = files.TurnFile(path, 1)
    for number in range(175):
        file.add(bytes([number]) * 60, 20)
    kept = [one for page in pages(path.read_bytes())[2:] for one in page[3]]
    assert len(kept) >= 175 - 51
    assert os.stat(path).st_mode & 0o777 == 0o600
    file.end()
    file.end()
    assert len([one for page in pages(path.read_bytes())[2:] for one in page[3]]) == 175


def test_a_file_that_was_changed_is_not_what_was_kept(tmp_path: Path) -> None:
    key = uuid.uuid4()
    file = files.TurnFile(files.path_of(tmp_path, key), 1)
    file.add(b"\x01" * 60, 20)
    file.end()
    digest = files.digest(files.path_of(tmp_path, key))
    files.copy(tmp_path, tmp_path / "archive", key)
    assert files.read(tmp_path / "archive", key, digest) == files.read(tmp_path, key, digest) != None  # noqa: E711
    with files.path_of(tmp_path, key).open("ab") as more:
        more.write(b"!")
    assert files.read(tmp_path, key, digest) is None
    files.remove(tmp_path, key)
    files.remove(tmp_path, key)
    assert files.digest(files.path_of(tmp_path, key)) == ""
