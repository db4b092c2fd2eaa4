from django.db import migrations

from dispatch.words import KINDS


def load(apps, schema_editor):
    Kind = apps.get_model("dispatch", "Kind")
    Kind.objects.bulk_create(
        Kind(slug=slug, name_en=english, name_zh=chinese, priority=priority, order=order)
        for order, (slug, english, chinese, priority) in enumerate(KINDS)
    )


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
