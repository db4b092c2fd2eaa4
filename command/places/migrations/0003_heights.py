from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("places", "0002_uploads")]
    operations = [migrations.AddField("building", "height_m", models.FloatField(default=6))]
