"""Pure decoders: what a sender said → fixes. The device's profile chooses; nobody guesses from the bytes."""

from collections.abc import Callable
from typing import Any

from devices.gateway import fixes, osmand, owntracks, traccar
from devices.gateway.fix import Fix, Refused

Decoder = Callable[[Any, int], list[Fix | Refused]]

DECODERS: dict[str, Decoder] = {
    "osmand": osmand.decode_osmand,
    "traccar8": osmand.decode_traccar8,
    "traccar9": traccar.decode_client,
    "forward": traccar.decode_forward,
    "owntracks": owntracks.decode,
    "fixes": fixes.decode,
}
