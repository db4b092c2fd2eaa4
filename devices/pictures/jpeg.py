"""What can be known of a JPEG without decoding it. Pure."""

PIXELS_LIMIT = 16_000_000  # a picture of more is none that a camera here sends
MARKERS_LIMIT = 1_000  # before the frame's header: cameras write some ten
_START, _END = b"\xff\xd8", b"\xff\xd9"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers SOF0 … SOF15 (ITU-T T.81, table B.1)
_BARE = {0x01, *range(0xD0, 0xDA)}  # markers without a length


class NoPicture(Exception):
    """Not a JPEG that is taken: what was expected, and what came."""


def size_of(body: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header. Raises NoPicture for what is none, is cut off or is too large."""
    if not body.startswith(_START) or _END not in body[-64:]:
        raise NoPicture(f"expected a whole JPEG, found {body[:4].hex(' ')} … {body[-2:].hex(' ')}, {len(body)} bytes")
    width, height = _frame_of(body)
    if not 0 < width * height <= PIXELS_LIMIT:
        raise NoPicture(f"expected 1 to {PIXELS_LIMIT} pixels, found {width} × {height}")
    return width, height


class Row:
    """JPEGs of one source in their order. The same bytes again are no new picture: a feeder that stands is not live."""

    def __init__(self) -> None:
        self._newest = b""

    def is_new(self, body: bytes) -> bool:
        """Whether this one shows something new. Raises NoPicture, as `size_of`."""
        if body == self._newest:
            return False
        size_of(body)
        self._newest = body
        return True


def _frame_of(body: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(MARKERS_LIMIT):
        if at + 9 > len(body) or body[at] != 0xFF:
            break
        marker = body[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
        elif marker in _FRAMES:
            return int.from_bytes(body[at + 7 : at + 9], "big"), int.from_bytes(body[at + 5 : at + 7], "big")
        else:
            at += 2 + max(2, int.from_bytes(body[at + 2 : at + 4], "big"))
    raise NoPicture(f"expected a frame's header, found none in {len(body)} bytes")
