import django.contrib.gis.db.models.fields
from django.db import migrations, models
from django.db.models import Q, deletion

KINDS = ("visible", "thermal", "panorama", "plate")


class Migration(migrations.Migration):
    dependencies = [("command", "0007_screens"), ("devices", "0002_holds")]
    operations = [
        migrations.CreateModel(
            "Camera",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("kind", models.CharField(choices=[(one, one) for one in KINDS], default="visible", max_length=10)),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("height_m", models.FloatField()),
                ("bearing_deg", models.FloatField()),
                ("fov_deg", models.FloatField()),
                ("range_m", models.FloatField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("station", models.ForeignKey(on_delete=deletion.PROTECT, related_name="cameras", to="command.station")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=Q(retired_at=None), fields=("station", "name"), name="one_camera_per_name"),
                    models.CheckConstraint(condition=Q(height_m__gte=0, height_m__lte=1000), name="camera_height"),
                    models.CheckConstraint(condition=Q(bearing_deg__gte=0, bearing_deg__lt=360), name="camera_bearing"),
                    models.CheckConstraint(condition=Q(fov_deg__gte=1, fov_deg__lte=360), name="camera_fov"),
                    models.CheckConstraint(condition=Q(range_m__gte=1, range_m__lte=10000), name="camera_range"),
                ]
            },
        ),
    ]
