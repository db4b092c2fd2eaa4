import django.contrib.gis.db.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0013_desk_checklists")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="way",
            field=django.contrib.gis.db.models.fields.LineStringField(null=True, srid=4326),
        ),
        migrations.AddField(
            model_name="order",
            name="way_asked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
