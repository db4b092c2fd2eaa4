from django.db import migrations

from dispatch.words import CHECKLISTS, COLOURS, KINDS

# As they were at first; a station that changed its own list keeps it.
BEFORE = {
    "knife": ["问清有无凶器、人数、有无伤者", "至少两人同往，携带防护装备", "有伤者时联系 120"],
    "missing_child": ["问清年龄、衣着、最后出现的时间和地点", "取得近照", "通知附近单元和车站、商场"],
    "fire": ["联系 119", "问清有无人员被困", "疏散围观人员，保证消防通道畅通"],
}


def complete(apps, schema_editor):
    """A kind for people about to jump, and checklists that go further for knife, fire and a missing child."""
    Kind, Line = apps.get_model("dispatch", "Kind"), apps.get_model("dispatch", "ChecklistLine")
    if Kind.objects.exists() and not Kind.objects.filter(slug="jump").exists():
        said = next(one for one in KINDS if one[0] == "jump")
        last = Kind.objects.order_by("-order").values_list("order", flat=True).first()
        kind = Kind.objects.create(
            slug="jump", name_en=said[1], name_zh=said[2], priority=said[3], order=last + 1, colour=COLOURS["jump"]
        )
        write(Line, kind, 0)
    for slug, before in BEFORE.items():
        kind = Kind.objects.filter(slug=slug).first()
        lines = Line.objects.filter(kind=kind, retired_at=None).order_by("order", "pk") if kind else []
        if kind and [one.text_zh for one in lines] == before:
            write(Line, kind, len(before))


def write(Line, kind, known):
    for order, (zh, en) in enumerate(CHECKLISTS[kind.slug]):
        Line.objects.get_or_create(
            kind=kind, text_zh=zh, retired_at=None, defaults={"order": max(order, known), "text_en": en}
        )


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0012_roads")]
    operations = [migrations.RunPython(complete, migrations.RunPython.noop)]
