"""Which unit carries which device. Rooms above know it; they pin a function here."""

from collections.abc import Callable, Collection

CarriedBy = Callable[[Collection[int]], dict[int, str]]
_carried_by: CarriedBy | None = None


def pin(carried_by: CarriedBy) -> None:
    """Say who carries devices, by their ids; called from a room's AppConfig.ready()."""
    global _carried_by
    _carried_by = carried_by


def of(device_ids: Collection[int]) -> dict[int, str]:
    """What carries each of these devices, in words; those that nothing carries are left out."""
    return _carried_by(device_ids) if _carried_by else {}
