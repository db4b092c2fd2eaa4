from django.db import migrations

from dispatch.words import CHECKLISTS, COLOURS, EXPECTS


def begin(apps, schema_editor):
    """Colours, what to ask and what to do, for the kinds that there are from the start."""
    Kind, Line = apps.get_model("dispatch", "Kind"), apps.get_model("dispatch", "ChecklistLine")
    for kind in Kind.objects.all():
        kind.colour, kind.expects = COLOURS.get(kind.slug, "grey"), EXPECTS.get(kind.slug, [])
        kind.save(update_fields=["colour", "expects"])
        lines = enumerate(CHECKLISTS.get(kind.slug, []))
        Line.objects.bulk_create(Line(kind=kind, order=at, text_zh=zh, text_en=en) for at, (zh, en) in lines)


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0005_kinds_checklists_targets")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
