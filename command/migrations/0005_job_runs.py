from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("command", "0004_lookups")]

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("is_ok", models.BooleanField(default=False)),
                ("said", models.CharField(blank=True, max_length=200)),
                ("succeeded_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
