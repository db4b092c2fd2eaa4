from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("command", "0005_job_runs")]
    operations = [
        migrations.AddField(
            model_name="station",
            name="kind",
            field=models.CharField(
                choices=[("centre", "centre"), ("station", "station"), ("room", "room")], default="station", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="station",
            name="surroundings",
            field=models.CharField(
                choices=[("city", "city"), ("suburb", "suburb"), ("country", "country")], default="city", max_length=10
            ),
        ),
    ]
