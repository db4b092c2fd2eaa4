"""Pictures as nobody should send them: cut off, random, with headers that lie, and small ones that become huge."""

import functools
import io
import random
from collections.abc import Iterator

from PIL import Image

Picture = tuple[str, bytes]  # codec, bytes
KINDS = ("cut", "random", "size", "huge", "scans", "h264", "h265", "vp8")
SIZES = [(65520, 65520), (16384, 16384), (8192, 8192), (16, 65520), (4096, 3904), (640, 368)]
HUGE_PX = 8192  # of each side of a real picture that is small as a file
_START = b"\x00\x00\x00\x01"


@functools.cache
def jpeg(width: int = 640, height: int = 360, colour: tuple[int, int, int] = (200, 80, 90)) -> bytes:
    """A good one."""
    sheet = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(sheet, "JPEG")
    return sheet.getvalue()


@functools.cache
def huge(side: int = HUGE_PX) -> bytes:
    """A real one of `side`² pixels that is some hundred KB long."""
    sheet = io.BytesIO()
    Image.new("L", (side, side), 77).save(sheet, "JPEG", optimize=True)
    return sheet.getvalue()


@functools.cache
def many_scans(count: int, side: int = 2048) -> bytes:
    """A progressive one whose scans are repeated: each costs a decoder as much as a whole picture."""
    sheet = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).save(sheet, "JPEG", progressive=True, quality=5)
    body = sheet.getvalue()
    first = body.index(b"\xff\xda")
    second = body.index(b"\xff\xda", first + 2)
    return body[:second] + body[second:-2] * count + body[-2:]


def sized(width: int, height: int) -> bytes:
    """A good one whose header says another size."""
    body = bytearray(jpeg())
    at = body.index(b"\xff\xc0")
    body[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(body)


def pictures(kind: str, count: int, seed: int = 1) -> Iterator[Picture]:
    """So many of a kind, the same ones for the same seed."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311 # nosec B311 - the same ones each time
    for _ in range(count):
        yield _one(kind, chance)


def _one(kind: str, chance: random.Random) -> Picture:
    match kind:
        case "cut":
            return "jpeg", jpeg()[: chance.randrange(1, len(jpeg()))]
        case "random":
            return chance.choice(("jpeg", "h264", "h265", "vp8")), chance.randbytes(chance.randint(1, 5000))
        case "size":
            return "jpeg", sized(*chance.choice([(65535, 65535), (1, 65535), (0, 0), (4000, 4001), (641, 360)]))
        case "huge":
            return "jpeg", huge()
        case "scans":
            return "jpeg", many_scans(chance.choice((4, 20)))
        case "vp8":
            return "vp8", _vp8(chance)
    return kind, _flipped(lying(kind, *chance.choice(SIZES)), chance)


def _flipped(body: bytes, chance: random.Random) -> bytes:
    """Now and then with some bits that are others."""
    found = bytearray(body)
    for _ in range(chance.choice((0, 0, 1, 4))):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _vp8(chance: random.Random) -> bytes:
    """A key picture's head (RFC 6386, 9.1) with any size, and no picture after it."""
    width, height = chance.choice([(16383, 16383), (16383, 1), (640, 360), (0, 0)])
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"\x10\x02\x00\x9d\x01\x2a" + size + chance.randbytes(300)


# ---- parameter sets


class _Bits:
    """A row of bits, as parameter sets are written (ITU-T H.264, 7.2 and 9.1)."""

    def __init__(self) -> None:
        self.row = ""

    def u(self, bits: int, *values: int) -> "_Bits":
        self.row += "".join(format(value, f"0{bits}b") for value in values)
        return self

    def ue(self, *values: int) -> "_Bits":
        for value in values:
            self.row += format(value + 1, "b").zfill(2 * (value + 1).bit_length() - 1)
        return self

    def unit(self, head: bytes, tail: bytes = b"") -> bytes:
        """As a NAL unit of Annex B."""
        whole = self.row + "1"
        whole += "0" * (-len(whole) % 8)
        body, zeros = bytearray(), 0
        for byte in int(whole, 2).to_bytes(len(whole) // 8, "big") + tail:
            if zeros >= 2 and byte <= 3:
                body.append(3)
                zeros = 0
            body.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return _START + head + bytes(body)


def lying(codec: str, width: int, height: int) -> bytes:
    """H.264 or H.265 as Annex B: parameter sets of this size (multiples of 16), and a key picture that is none."""
    tail = random.Random(width).randbytes(400)  # noqa: S311 # nosec B311 - the same one each time
    return _h264(width, height, tail) if codec == "h264" else _h265(width, height, tail)


def _h264(width: int, height: int, tail: bytes) -> bytes:
    sps = _Bits().u(8, 66, 0, 51).ue(0, 0, 2, 1).u(1, 0).ue(width // 16 - 1, height // 16 - 1).u(1, 1, 1, 0, 0)
    pps = _Bits().ue(0, 0).u(1, 0, 0).ue(0, 0, 0).u(1, 0).u(2, 0).ue(0, 0, 0).u(1, 0, 0, 0)
    key = _Bits().ue(0, 7, 0).u(4, 0).ue(0).u(1, 0, 0).ue(0)
    return sps.unit(b"\x67") + pps.unit(b"\x68") + key.unit(b"\x65", tail)


def _h265(width: int, height: int, tail: bytes) -> bytes:
    def profile(row: _Bits) -> _Bits:
        return row.u(8, 1).u(32, 0x60000000).u(48, 0).u(8, 153)

    vps = profile(_Bits().u(4, 0).u(2, 3).u(6, 0).u(3, 0).u(1, 1).u(16, 0xFFFF)).u(1, 1).ue(0, 0, 0).u(6, 0)
    sps = profile(_Bits().u(4, 0).u(3, 0).u(1, 1)).ue(0, 1, width, height).u(1, 0).ue(0, 0, 0).u(1, 1)
    sps.ue(0, 0, 0, 0, 3, 0, 3, 0, 0).u(1, 0, 0, 0, 0).ue(0).u(1, 0, 0, 0, 0, 0)
    pps = _Bits().ue(0, 0).u(1, 0, 0).u(3, 0).u(1, 0, 0).ue(0, 0, 0).u(1, 0, 0, 0).ue(0, 0)
    pps.u(1, *[0] * 11).ue(0).u(1, 0, 0)
    key = _Bits().u(1, 1, 0).ue(0, 2, 0)
    units = [vps.ue(0).u(1, 0, 0).unit(b"\x40\x01"), sps.unit(b"\x42\x01"), pps.unit(b"\x44\x01")]
    return b"".join(units) + key.unit(b"\x26\x01", tail)
