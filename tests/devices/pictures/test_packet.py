"""A packet's head, byte for byte, and that nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.pictures.packet import (
    CODECS,
    HEAD_BYTES,
    PAYLOAD_LIMIT,
    Head,
    Malformed,
    head_of,
    of_source,
    packed,
    payload_of,
)

HEADS = st.builds(
    Head, st.sampled_from(sorted(CODECS)), st.booleans(), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
    st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**64 - 1),
)  # fmt: skip


def test_the_head_stands_as_it_is_described() -> None:
    packet = packed(Head("h264", True, 7, 258, 3, 66, 1_700_000_000_000_000), b"abc")
    assert packet.hex() == "01010118" + "00000007" + "00000102" + "0003" + "0042" + "00060a24181e4000" + "616263"


@given(HEADS, st.binary(min_size=1, max_size=200))
def test_what_was_packed_is_read_the_same(head: Head, payload: bytes) -> None:
    packet = packed(head, payload)
    assert head_of(packet) == head
    assert payload_of(packet) == payload
    renamed = of_source(packet, 99)
    assert head_of(renamed).source == 99
    assert payload_of(renamed) == payload


@given(st.binary(max_size=60))
def test_rubbish_is_refused_and_never_anything_else(rubbish: bytes) -> None:
    try:
        head = head_of(rubbish)
    except Malformed as said:
        assert "expected" in str(said)
    else:
        assert packed(head, bytes(payload_of(rubbish)))[:2] == rubbish[:2]


@pytest.mark.parametrize("size", [0, HEAD_BYTES, HEAD_BYTES + PAYLOAD_LIMIT + 1])
def test_too_short_and_too_long_are_told(size: int) -> None:
    packet = packed(Head("jpeg", True, 1, 0, 0, 0, 0), bytes(PAYLOAD_LIMIT + 1))[:size]
    with pytest.raises(Malformed, match="expected"):
        head_of(packet)
