import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# Of cameras that nobody has been asked about: they look at the ground half as far away as they can see
USUAL = "UPDATE devices_camera SET tilt_deg = round(degrees(atan2(height_m, range_m / 2))::numeric, 1)"


class Migration(migrations.Migration):
    dependencies = [("devices", "0004_pictures"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField("camera", "tilt_deg", models.FloatField(default=0), preserve_default=False),
        migrations.AddField("camera", "aspect", models.FloatField(default=16 / 9)),
        migrations.RunSQL(USUAL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "camera",
            models.CheckConstraint(condition=Q(tilt_deg__gte=-90, tilt_deg__lte=90), name="camera_tilt"),
        ),
        migrations.AddConstraint(
            "camera",
            models.CheckConstraint(condition=Q(aspect__gte=0.2, aspect__lte=20), name="camera_aspect"),
        ),
        migrations.CreateModel(
            "Calibration",
            [
                (
                    "camera",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="calibration",
                        serialize=False, to="devices.camera",
                    ),
                ),
                ("plane", models.JSONField()),
                ("pairs", models.JSONField()),
                ("residual_m", models.FloatField(null=True)),
                ("calibrated_at", models.DateTimeField()),
                (
                    "calibrated_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(residual_m__gte=0), name="calibration_residual")]
            },
        ),
    ]  # fmt: skip
