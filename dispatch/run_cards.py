"""Verbs on run cards (whom a kind of incident needs) and on skills (who can do what), which all stations share."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from command import audit, changes, topmost
from command.errors import Conflict, Invalid, NotThere
from command.models import Officer
from command.permissions import Capability, Principal
from dispatch import kind_live
from dispatch.kinds import CODE, KINDS
from dispatch.models import Kind, RunCard, Skill, Vehicle
from dispatch.recommend import Needs

MOST = 6  # units, and people on one
NAME_LIMIT = 40


def needs_of(slug: str) -> Needs:
    """What a kind asks for; one unit with anybody on it where no card says more, or no such kind is there."""
    card = RunCard.objects.filter(kind__slug=slug).prefetch_related("skills").first() if slug else None
    return Needs(card.count, card.crew_min, frozenset(one.code for one in card.skills.all())) if card else Needs()


def change_card(
    actor: Principal | None, kind_id: int, *, count: int, crew_min: int, skills: Collection[Skill]
) -> RunCard:
    """Say whom a kind needs: 1 to 6 units, 1 to 6 people on each, skills. Raises Forbidden, NotThere, Invalid."""
    said = {"count": count, "crew_min": crew_min}
    wrong = {
        name: _("expected 1 to %(most)s; found %(found)s") % {"most": MOST, "found": number}
        for name, number in said.items() if not 1 <= number <= MOST
    }  # fmt: skip
    if wrong:
        raise Invalid("invalid", " ".join(wrong.values()), fields=wrong)
    top = topmost.require(actor, KINDS)
    with changes.change():
        kind = Kind.objects.select_for_update(no_key=True).filter(pk=kind_id).first()
        if kind is None:
            raise NotThere("not_there", _("There is no such kind of incident."))
        card, _made = RunCard.objects.update_or_create(kind=kind, defaults=said)
        card.skills.set(skills)
        codes = sorted(one.code for one in skills)
        audit.record(actor, "change_run_card", "kind", kind.slug, top, **said, skills=codes)
        kind_live.tell(kind)
    return card


def add_skill(actor: Principal | None, code: str, **names: str) -> Skill:
    """A new skill; `names`: name_zh, name_en. Raises Forbidden, Invalid, Conflict where the code is taken."""
    if not CODE.fullmatch(code):
        words = _("expected 2 to 40 of a–z, 0–9 and _, a letter first; found “%(found)s”") % {"found": code[:40]}
        raise Invalid("invalid", words, fields={"code": words})
    _check(names)
    top = topmost.require(actor, KINDS)
    with changes.change():
        if Skill.objects.filter(code=code).exists():
            taken = _("There is a skill %(code)s already.") % {"code": code}
            raise Conflict("code_taken", taken, fields={"code": taken})
        skill = Skill.objects.create(code=code, **names)
        audit.record(actor, "add_skill", "skill", code, top)
    return skill


def change_skill(actor: Principal | None, skill_id: int, **names: str) -> Skill:
    """Change a skill's names. Raises Forbidden, NotThere, Invalid."""
    _check(names)
    top = topmost.require(actor, KINDS)
    with changes.change():
        skill = locked_skill(skill_id)
        skill.name_zh, skill.name_en = names["name_zh"], names["name_en"]
        skill.save(update_fields=["name_zh", "name_en"])
        audit.record(actor, "change_skill", "skill", skill.code, top)
        _tell(_that_need(skill))
    return skill


def remove_skill(actor: Principal | None, skill_id: int) -> None:
    """Strike a skill: from the list, from run cards, from people and vehicles. Raises Forbidden, NotThere."""
    top = topmost.require(actor, KINDS)
    with changes.change():
        skill = locked_skill(skill_id)
        audit.record(actor, "remove_skill", "skill", skill.code, top)
        needed_by = _that_need(skill)
        skill.delete()
        _tell(needed_by)


def _that_need(skill: Skill) -> list[Kind]:
    return list(Kind.objects.filter(card__skills=skill).order_by("pk"))


def _tell(kinds: list[Kind]) -> None:
    """Desks show what a kind needs."""
    for kind in kinds:
        kind_live.tell(kind)


def set_holders(
    actor: Principal, skill_id: int, *, officers: Collection[Officer] = (), vehicles: Collection[Vehicle] = ()
) -> Skill:
    """Say who of one's own people has a skill and which of one's own vehicles bring it; other stations' stay.

    People are those of stations where the actor manages people, vehicles where devices. Raises NotThere.
    """
    people, fleet = (actor.rights().stations(one) for one in (Capability.MANAGE_PEOPLE, Capability.MANAGE_DEVICES))
    with changes.change():
        skill = locked_skill(skill_id)
        changed: dict[int, dict[str, Any]] = {}
        _hold(skill.officers, Officer.objects.filter(station__in=people), officers, "officers", changed)
        _hold(skill.vehicles, Vehicle.objects.filter(station__in=fleet), vehicles, "vehicles", changed)
        for station_id in sorted(changed):
            audit.record(actor, "set_skill_holders", "skill", skill.code, station_id, **changed[station_id])
    return skill


def _hold(held: Any, own: Any, wanted: Collection[Any], name: str, changed: dict[int, dict[str, Any]]) -> None:
    """Make `held` what is wanted as far as it is one's own; notes who was added and taken away, by station."""
    before, after = set(held.filter(pk__in=own.values("pk"))), {*wanted} & {*own}
    held.remove(*(before - after))
    held.add(*(after - before))
    for verb, some in ((f"{name}_added", after - before), (f"{name}_taken", before - after)):
        for one in sorted(some, key=lambda one: one.pk):
            changed.setdefault(one.station_id, {}).setdefault(verb, []).append(one.pk)


def locked_skill(skill_id: int) -> Skill:
    """The skill, locked until the end of the change. Raises NotThere."""
    found = Skill.objects.select_for_update(no_key=True).filter(pk=skill_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such skill."))
    return found


def _check(names: dict[str, str]) -> None:
    wrong = {
        field: _("expected 1 to %(limit)s characters") % {"limit": NAME_LIMIT}
        for field, name in names.items() if not name.strip() or len(name) > NAME_LIMIT or not name.isprintable()
    }  # fmt: skip
    if wrong:
        raise Invalid("invalid", " ".join(wrong.values()), fields=wrong)
