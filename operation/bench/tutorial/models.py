from django.db import models


class Device(models.Model):
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "tutorial"


class Position(models.Model):
    device = models.ForeignKey(Device, models.CASCADE)
    time = models.DateTimeField()
    lat = models.FloatField()
    lon = models.FloatField()
    speed = models.FloatField(null=True)

    class Meta:
        app_label = "tutorial"
