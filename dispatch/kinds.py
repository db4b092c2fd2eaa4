"""Verbs on the kinds of incident, which all stations share. A kind is retired, never deleted: incidents have it."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from command import audit, changes, clock, live, topmost
from command.errors import Conflict, Invalid, NotThere
from command.permissions import Capability, Principal
from dispatch import kind_live
from dispatch.models import ChecklistLine, Incident, Kind
from dispatch.states import IncidentState

KINDS = Capability.MANAGE_KINDS
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
NAME_LIMIT, LINE_LIMIT, LINES_LIMIT = 60, 120, 30
SAFETY_LIMIT = 240  # minutes
Line = tuple[str, str]  # Chinese, English; the latter may be empty


def add_kind(actor: Principal | None, slug: str, checklist: Sequence[Line] = (), **said: Any) -> Kind:
    """Add a kind at the end of the list. `said`: name_zh, name_en, priority, colour, expects, safety_min (minutes or None).

    Raises Forbidden, Invalid with the fields that are wrong, Conflict where the code is taken.
    """
    if not CODE.fullmatch(slug):
        words = _("expected 2 to 40 of a–z, 0–9 and _, a letter first; found “%(found)s”") % {"found": slug[:40]}
        raise Invalid("invalid", words, fields={"slug": words})
    _check(checklist, **said)
    top = topmost.require(actor, KINDS)
    with changes.change():
        known = _all()
        if any(one.slug == slug for one in known):
            taken = _("There is a kind %(code)s already.") % {"code": slug}
            raise Conflict("code_taken", taken, fields={"slug": taken})
        kind = Kind.objects.create(slug=slug, order=_after(known), **said)
        _write(kind, checklist)
        audit.record(actor, "add_kind", "kind", slug, top, priority=kind.priority)
        kind_live.tell(kind)
    return kind


def change_kind(actor: Principal | None, kind_id: int, checklist: Sequence[Line], **said: Any) -> Kind:
    """Change what is known of a kind and its checklist; its code stays. Raises Forbidden, NotThere, Invalid."""
    _check(checklist, **said)
    top = topmost.require(actor, KINDS)
    with changes.change():
        kind = _held(kind_id)
        changed = [name for name, value in said.items() if getattr(kind, name) != value]
        for name in changed:
            setattr(kind, name, said[name])
        kind.save(update_fields=changed)
        if _write(kind, checklist):
            changed.append("checklist")
            _tell_open(kind)
        if "safety_min" in changed:
            _tell_open(kind)
        if changed:
            audit.record(actor, "change_kind", "kind", kind.slug, top, fields=sorted(changed))
            kind_live.tell(kind)
    return kind


def retire_kind(actor: Principal | None, kind_id: int) -> Kind:
    """Offer a kind no longer; incidents that have it keep it. Raises Forbidden, NotThere, Conflict for the last one."""
    return _set_active(actor, kind_id, active=False)


def restore_kind(actor: Principal | None, kind_id: int) -> Kind:
    """Offer a retired kind again. Raises Forbidden, NotThere."""
    return _set_active(actor, kind_id, active=True)


def _set_active(actor: Principal | None, kind_id: int, *, active: bool) -> Kind:
    top = topmost.require(actor, KINDS)
    with changes.change():
        others = any(one.is_active and one.pk != kind_id for one in _all())
        kind = _held(kind_id)
        if kind.is_active == active:
            return kind
        if not active and not others:
            raise Conflict("last_kind", _("It is the only kind in use: without one no call can be taken."))
        kind.is_active = active
        kind.save(update_fields=["is_active"])
        audit.record(actor, "restore_kind" if active else "retire_kind", "kind", kind.slug, top)
        kind_live.tell(kind)
    return kind


def move_kind(actor: Principal | None, kind_id: int, *, up: bool) -> Kind:
    """Let a kind change places with its neighbour in use: its place is its digit at the desk. Raises Forbidden, NotThere."""
    top = topmost.require(actor, KINDS)
    with changes.change():
        known = _all()
        kind = next((one for one in known if one.pk == kind_id), None)
        if kind is None:
            raise _unknown()
        shown = [one for one in known if one.is_active == kind.is_active]
        there = shown.index(kind) + (-1 if up else 1)
        if 0 <= there < len(shown):
            known.remove(kind)
            known.insert(known.index(shown[there]) + (0 if up else 1), kind)
            _number(known)
            audit.record(actor, "move_kind", "kind", kind.slug, top)
    return kind


def _number(known: list[Kind]) -> None:
    for order, kind in enumerate(known):
        if kind.order != order:
            kind.order = order
            kind.save(update_fields=["order"])
            kind_live.tell(kind)


def _all() -> list[Kind]:
    """All kinds in order, locked: two who change the list wait for one another."""
    return sorted(Kind.objects.select_for_update(no_key=True).order_by("pk"), key=lambda one: (one.order, one.slug))


def _after(known: list[Kind]) -> int:
    return max((one.order for one in known), default=-1) + 1


def _held(kind_id: int) -> Kind:
    kind = Kind.objects.select_for_update(no_key=True).filter(pk=kind_id).first()
    if kind is None:
        raise _unknown()
    return kind


def _unknown() -> NotThere:
    return NotThere("not_there", _("There is no such kind of incident."))


def _write(kind: Kind, checklist: Sequence[Line]) -> bool:
    """Make these the kind's lines, in this order; a line is known by its Chinese words. Whether anything changed."""
    before = list(ChecklistLine.objects.select_for_update().filter(kind=kind, retired_at=None))
    if [(one.text_zh, one.text_en) for one in before] == list(checklist):
        return False
    known = {one.text_zh: one for one in before}
    for order, (zh, en) in enumerate(checklist):
        line = known.pop(zh, None) or ChecklistLine(kind=kind, text_zh=zh)
        line.order, line.text_en = order, en
        line.save()
    now = clock.now()
    ChecklistLine.objects.filter(pk__in=[one.pk for one in known.values()]).update(retired_at=now)
    return True


def _tell_open(kind: Kind) -> None:
    """Incidents that are open show the new checklist at once."""
    touched = Incident.objects.filter(state=IncidentState.OPEN, kind=kind)
    for station_id, number in touched.values_list("station_id", "number"):
        live.publish(station_id, "incident", number)


def _check(
    checklist: Sequence[Line],
    name_zh: str,
    name_en: str,
    priority: int,
    colour: str,
    expects: Collection[str],
    safety_min: int | None = None,
) -> None:
    fields = {}
    for field, name in (("name_zh", name_zh), ("name_en", name_en)):
        if not name.strip() or len(name) > NAME_LIMIT or not name.isprintable():
            fields[field] = _("expected 1 to %(limit)s characters") % {"limit": NAME_LIMIT}
    if priority not in (1, 2, 3, 4):
        fields["priority"] = _("expected 1 to 4; found %(found)s") % {"found": priority}
    if safety_min is not None and not 1 <= safety_min <= SAFETY_LIMIT:
        limits = {"limit": SAFETY_LIMIT, "found": safety_min}
        fields["safety_min"] = _("expected 1 to %(limit)s minutes; found %(found)s") % limits
    for field, values, known in (("colour", [colour], Kind.COLOURS), ("expects", expects, Kind.EXPECTED)):
        if not set(values) <= set(known):
            facts = {"known": ", ".join(known), "found": ", ".join(values)[:80]}
            fields[field] = _("expected one of %(known)s; found %(found)s.") % facts
    wrong = _wrong_line(checklist)
    if wrong:
        fields["checklist"] = wrong
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)


def _wrong_line(checklist: Sequence[Line]) -> str:
    """What is wrong with the first line that can't be taken, or ""."""
    if len(checklist) > LINES_LIMIT:
        return _("expected at most %(limit)s lines; found %(found)s") % {"limit": LINES_LIMIT, "found": len(checklist)}
    seen: set[str] = set()
    for number, (zh, en) in enumerate(checklist, start=1):
        if not zh or max(len(zh), len(en)) > LINE_LIMIT or not (zh + en).isprintable():
            said = _("line %(number)s: expected 1 to %(limit)s characters in each language; found “%(found)s”")
            return said % {"number": number, "limit": LINE_LIMIT, "found": f"{zh} | {en}"[:60]}
        if zh in seen:
            return _("line %(number)s: expected each line once; found “%(found)s” again") % {
                "number": number, "found": zh[:60],
            }  # fmt: skip
        seen.add(zh)
    return ""


def lines_of(text: str) -> list[Line]:
    """A checklist as it is typed: one line each, the English behind a “|”."""
    found = []
    for line in text.splitlines():
        zh, _bar, en = line.replace("｜", "|").partition("|")
        if zh.strip() or en.strip():
            found.append((zh.strip(), en.strip()))
    return found


def text_of(lines: Collection[ChecklistLine]) -> str:
    """The same the other way."""
    return "\n".join(f"{one.text_zh} | {one.text_en}" if one.text_en else one.text_zh for one in lines)
