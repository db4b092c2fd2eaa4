"""Finds places by what a caller says: tries strict readings first and looser ones only while there is room."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction

from command.places import words
from command.places.models import Spelling

AND = re.compile(r"[\s×xX&+/,，、与和]+(?=\S)")
AND_SURE = re.compile(r"[\s×&+/,，、]+")
AT_CROSSING = re.compile(r"(交叉路?口|交汇处|路口|口)$")
FUZZY_CANDIDATES = 300
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    name: str
    detail: str
    lat: float
    lon: float
    map: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, folded: `whole` are readings of it as one name, `parts` its words."""

    whole: list[str]
    parts: list[str]

    @classmethod
    def of(cls, text: str) -> "Question":
        parts = [part for part in map(_plain, AND_SURE.split(text)) if part]
        joined = _plain(words.number_last(text))
        readings = [joined, *_and_readings(text)]
        readings += [AT_CROSSING.sub("", reading) for reading in readings]
        whole = [reading for reading in dict.fromkeys(readings) if reading]
        return cls(whole, parts)

    @property
    def ends_in_number(self) -> bool:
        """An address: once found, looser readings would only bring other houses."""
        return self.whole[0][-1].isdigit()

    @property
    def is_sensible(self) -> bool:
        return bool(self.whole) and len(self.whole[0]) <= words.LONGEST


def _plain(text: str) -> str:
    """Folded, and without the sign after a number: 银杏街 12 号 → 银杏街12, yxj12h → yxj12."""
    folded = words.without_sign(words.fold(text))
    return re.sub(r"(?<=[a-z]\d)h$|(?<=\d\d)h$", "", folded)


def _and_readings(text: str) -> Iterator[str]:
    """码头北路与仓储路 as two names: the word between them may also belong to one of them (和平路)."""
    for found in AND.finditer(text):
        one, other = text[: found.start()].strip(), text[found.end() :].strip()
        if len(words.fold(one)) > 1 and len(words.fold(other)) > 1:
            yield _plain(one + other)


def find(text: str, near: tuple[float, float] | None = None, limit: int = 8) -> list[Hit]:
    """The places that fit `text` best, at most `limit`; of equals the one nearest to `near` (latitude, longitude)."""
    question = Question.of(text)
    if not question.is_sensible:
        return []
    hits: dict[tuple[Any, ...], Hit] = {}
    for reading in (_exact, _prefix, _inside, _same_sound, _fuzzy):
        if reading is _fuzzy and hits:
            break
        for row in reading(question, near, limit):
            hit = Hit(*row)
            hits.setdefault((hit.kind, hit.name, round(hit.lat, 4), round(hit.lon, 4)), hit)
        if len(hits) >= limit or (hits and reading is _prefix and question.ends_in_number):
            break
    return list(hits.values())[:limit]


FIND = """
    select p.kind, p.name, p.detail, st_y(p.point), st_x(p.point), m.name
    from (select place_id, min(how) as how, min(length(text)) as length from places_spelling
          where {which} group by place_id) as s
    join places_place p on p.id = s.place_id join places_map m on m.id = p.map_id
    order by {order}, p.point <-> st_setsrid(st_point(%(lon)s, %(lat)s), 4326), p.name limit %(limit)s
"""
SHORT_NAMES_FIRST = (
    "s.how / 2, array_position(array['street', 'landmark', 'crossing', 'address'], p.kind::text), s.length, p.rank"
)


def _ask(which: str, order: str, near: tuple[float, float] | None, limit: int, **more: Any) -> Rows:
    lat, lon = near or (0.0, 0.0)
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(which=which, order=order), {"lat": lat, "lon": lon, "limit": limit, **more})
        return cursor.fetchall()


def _exact(question: Question, near: tuple[float, float] | None, limit: int) -> Rows:
    return _ask("text = any(%(texts)s)", "s.how, p.rank", near, limit, texts=question.whole)


def _prefix(question: Question, near: tuple[float, float] | None, limit: int) -> Rows:
    which = " or ".join(f"text like %(text{i})s" for i in range(len(question.whole)))
    texts = {f"text{i}": f"{text}%" for i, text in enumerate(question.whole)}
    return _ask(which, SHORT_NAMES_FIRST, near, limit, **texts)


def _inside(question: Question, near: tuple[float, float] | None, limit: int) -> Rows:
    """All words somewhere in one spelling, in any order. One character alone is in too many of them."""
    if len(question.whole[0]) < 2:
        return []
    texts = [f"%{part}%" for part in question.parts]
    return _ask("text like all(%(texts)s)", SHORT_NAMES_FIRST, near, limit, texts=texts)


def _same_sound(question: Question, near: tuple[float, float] | None, limit: int) -> Rows:
    """银兴街 for 银杏街: what an input method gives when one takes the first that sounds right."""
    text = question.whole[0]
    if len(text) < 2 or not words.is_chinese(text):
        return []
    which = "how = %(pinyin)s and text like %(text)s"
    sound = f"{words.pinyin(text)}%"
    return _ask(which, SHORT_NAMES_FIRST, near, limit, pinyin=Spelling.How.PINYIN, text=sound)


def _fuzzy(question: Question, near: tuple[float, float] | None, limit: int) -> Rows:
    """One character wrong or missing, two in long names."""
    text = question.whole[0]
    if len(text) < 3:
        return []
    allowed = 1 if len(text) < 8 else 2
    misses = {place: wrong for place, spelling in _similar(text) if (wrong := words.edits(text, spelling)) <= allowed}
    if not misses:
        return []
    order = "array_position(%(places)s, s.place_id), s.length"
    best = [place for place, _ in sorted(misses.items(), key=lambda item: item[1])]
    return _ask("place_id = any(%(places)s)", order, near, limit, places=best)


def _similar(text: str) -> list[tuple[int, str]]:
    """Places and spellings that share trigrams with `text`, the most alike first.

    One wrong character of n spoils three of n + 1 trigrams, so n - 2 of n + 4 are shared; the half of it is asked for.
    """
    alike = round(0.5 * (len(text) - 2) / (len(text) + 4), 3)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('pg_trgm.similarity_threshold', %s, true)", [str(alike)])
        cursor.execute(
            "select place_id, text from places_spelling where text %% %s and how <> %s"
            " order by similarity(text, %s) desc, length(text) limit %s",
            [text, Spelling.How.INITIALS, text, FUZZY_CANDIDATES],
        )
        return cursor.fetchall()
