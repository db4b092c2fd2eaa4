from django.db import migrations, models
from django.db.models import Q, deletion

COLOUR_NAMES = ("aqua", "sky", "lime", "lemon", "pink", "sand", "white", "grey")
SURROUNDINGS = ("city", "suburb", "country")
PRIORITIES = Q(priority__in=[1, 2, 3, 4])


class Migration(migrations.Migration):
    dependencies = [("command", "0007_screens"), ("dispatch", "0004_vehicles_and_retired_units")]
    operations = [
        migrations.AddField("kind", "colour", models.CharField(choices=[(one, one) for one in COLOUR_NAMES], default="grey", max_length=10)),
        migrations.AddField("kind", "expects", models.JSONField(default=list)),
        migrations.CreateModel(
            "ChecklistLine",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.SmallIntegerField()),
                ("text_zh", models.CharField(max_length=120)),
                ("text_en", models.CharField(blank=True, max_length=120)),
                ("retired_at", models.DateTimeField(null=True)),
                ("kind", models.ForeignKey(on_delete=deletion.PROTECT, related_name="lines", to="dispatch.kind")),
            ],
            options={"ordering": ("order", "pk")},
        ),
        migrations.CreateModel(
            "Target",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("surroundings", models.CharField(choices=[(one, one) for one in SURROUNDINGS], max_length=10)),
                ("priority", models.SmallIntegerField()),
                ("answer_s", models.IntegerField(null=True)),
                ("dispatch_s", models.IntegerField(null=True)),
                ("arrive_s", models.IntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Tick",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("incident", models.ForeignKey(on_delete=deletion.PROTECT, related_name="ticks", to="dispatch.incident")),
                ("line", models.ForeignKey(on_delete=deletion.PROTECT, related_name="+", to="dispatch.checklistline")),
                ("officer", models.ForeignKey(null=True, on_delete=deletion.PROTECT, related_name="+", to="command.officer")),
            ],
        ),
        migrations.AddConstraint("kind", models.CheckConstraint(condition=PRIORITIES, name="kind_priority")),
        migrations.AddConstraint(
            "target", models.UniqueConstraint(fields=("surroundings", "priority"), name="one_target")
        ),
        migrations.AddConstraint("target", models.CheckConstraint(condition=PRIORITIES, name="target_priority")),
        migrations.AddConstraint(
            "target",
            models.CheckConstraint(
                condition=(Q(answer_s=None) | Q(answer_s__gt=0))
                & (Q(dispatch_s=None) | Q(dispatch_s__gt=0))
                & (Q(arrive_s=None) | Q(arrive_s__gt=0)),
                name="target_takes_time",
            ),
        ),
        migrations.AddConstraint("tick", models.UniqueConstraint(fields=("incident", "line"), name="one_tick")),
    ]
