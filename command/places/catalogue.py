"""Turns streets, crossings, landmarks and house numbers into places and their spellings. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from command.places import gather, kinds, words
from command.places.gather import Crossing, Point, Street

NAME, ALIAS, INITIALS, PINYIN = range(4)  # as models.Spelling.How
SAME_LANDMARK_M = 250.0  # the stop on the other side, the school's gate and its ground


@dataclass(slots=True)
class Entry:
    """A place to be: `spellings` are (how, folded text)."""

    kind: str
    name: str
    detail: str
    category: str
    rank: int
    point: Point
    spellings: set[tuple[int, str]] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """A landmark (`category`) or a house number with the name of its street and a point on it."""

    name: str
    category: str
    street: str
    number: str
    aliases: Sequence[str]
    point: Point
    size: float = 0.0  # m², tells a ground from its gate


def of_streets(streets: Iterable[Street]) -> Iterator[Entry]:
    """One entry a street, at its middle."""
    for street in streets:
        entry = Entry("street", street.name, street.name_en, "street", street.rank, street.middle)
        yield spelt(entry, [street.name], [street.name_en])


def of_crossings(crossings: Iterable[Crossing]) -> Iterator[Entry]:
    """One entry a crossing, found by either street first."""
    for crossing in crossings:
        one, other = crossing.names
        name = f"{one} × {other}"
        yield spelt(Entry("crossing", name, name, "crossing", 3, crossing.point), [one + other, other + one], [])


def of_numbers(numbers: Iterable[Found]) -> Iterator[Entry]:
    """One address per written address: a building and the shop in it often bear the same."""
    seen: set[str] = set()
    for found in numbers:
        name = words.address(found.street, found.number)
        if not found.street or name in seen:
            continue
        seen.add(name)
        entry = Entry("address", name, found.street, found.number[:40], 5, found.point)
        yield spelt(entry, [words.number_last(name)], [])


def of_landmarks(landmarks: Iterable[Found]) -> Iterator[Entry]:
    """One entry a landmark; several of one name and kind are told apart."""
    by_name: dict[tuple[str, str], list[Found]] = {}
    for found in landmarks:
        by_name.setdefault((found.name, found.category), []).append(found)
    for (name, category), same in by_name.items():
        for group in gather.clusters([found.point for found in same], SAME_LANDMARK_M):
            main = max((same[i] for i in group), key=lambda found: found.size)
            detail = words.address(main.street, main.number) if main.number else main.street
            aliases = [alias for i in group for alias in same[i].aliases]
            yield spelt(Entry("landmark", name, detail, category, kinds.rank(category), main.point), [name], aliases)


def spelt(entry: Entry, names: Iterable[str], aliases: Iterable[str]) -> Entry:
    """`entry` with the spellings of its names and of its other names."""
    for how, spellings in ((NAME, names), (ALIAS, aliases)):
        for name in spellings:
            _spell(entry, how, name)
    return entry


def _spell(entry: Entry, how: int, name: str) -> None:
    folded = words.without_sign(words.fold(name))[: words.LONGEST * 2]
    if not folded:
        return
    entry.spellings.add((how, folded))
    entry.spellings.add(
        (INITIALS, words.initials(name).removesuffix("h") if folded[-1].isdigit() else words.initials(name))
    )
    if words.is_chinese(name):
        entry.spellings.add((PINYIN, words.pinyin(folded)))
