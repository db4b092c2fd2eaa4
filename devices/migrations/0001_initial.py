"""The tables of what reports in. Fixes are partitioned by day, which Django does not do by itself."""

import datetime as dt

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from devices import partitions


FIXES = """
CREATE TABLE devices_fix (
    device_id bigint NOT NULL,
    time timestamptz NOT NULL,
    corrected timestamptz NOT NULL,
    received timestamptz NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    speed double precision,
    course double precision,
    altitude double precision,
    accuracy double precision,
    battery double precision,
    mock boolean NOT NULL,
    late boolean NOT NULL,
    PRIMARY KEY (device_id, time),
    CONSTRAINT fix_on_earth CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180)
) PARTITION BY RANGE (time);
CREATE INDEX fix_corrected ON devices_fix (device_id, corrected) WHERE corrected <> time;
CREATE TABLE devices_fix_default PARTITION OF devices_fix DEFAULT;
"""
# A row is rewritten with every fix: leave room in its page, and clean long before the table swells
LAST_FIXES = """
ALTER TABLE devices_lastfix SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
"""


def first_partitions(apps, schema_editor):
    partitions.ensure(dt.datetime.now(dt.UTC).date(), partitions.DAYS_BACK)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('command', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('tracker', 'tracker'), ('gateway', 'gateway'), ('camera', 'camera')], max_length=10)),
                ('profile', models.CharField(choices=[('traccar8', 'traccar8'), ('traccar9', 'traccar9'), ('osmand', 'osmand'), ('owntracks', 'owntracks'), ('forward', 'forward'), ('fixes', 'fixes')], max_length=10)),
                ('datum', models.CharField(choices=[('wgs84', 'wgs84'), ('gcj02', 'gcj02')], default='wgs84', max_length=5)),
                ('key_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('unique_id', models.CharField(max_length=64, null=True)),
                ('clock_offset_s', models.FloatField(default=0)),
                ('approved_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('gateway', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trackers', to='devices.device')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='devices', to='command.station')),
            ],
        ),
        migrations.CreateModel(
            name='LastFix',
            fields=[
                ('device', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='last_fix', serialize=False, to='devices.device')),
                ('time', models.DateTimeField()),
                ('corrected', models.DateTimeField()),
                ('received', models.DateTimeField()),
                ('place', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('speed', models.FloatField(null=True)),
                ('course', models.FloatField(null=True)),
                ('altitude', models.FloatField(null=True)),
                ('accuracy', models.FloatField(null=True)),
                ('battery', models.FloatField(null=True)),
                ('mock', models.BooleanField(default=False)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FIXES, 'DROP TABLE devices_fix')],
            state_operations=[
                migrations.CreateModel(
                    name='Fix',
                    fields=[
                        ('pk', models.CompositePrimaryKey('device_id', 'time', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('time', models.DateTimeField()),
                        ('corrected', models.DateTimeField()),
                        ('received', models.DateTimeField()),
                        ('lat', models.FloatField()),
                        ('lon', models.FloatField()),
                        ('speed', models.FloatField(null=True)),
                        ('course', models.FloatField(null=True)),
                        ('altitude', models.FloatField(null=True)),
                        ('accuracy', models.FloatField(null=True)),
                        ('battery', models.FloatField(null=True)),
                        ('mock', models.BooleanField()),
                        ('late', models.BooleanField()),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='fixes', to='devices.device')),
                    ],
                ),
                migrations.AddIndex(
                    model_name='fix',
                    index=models.Index(models.F('device'), models.F('corrected'), condition=models.Q(('corrected', models.F('time')), _negated=True), name='fix_corrected'),
                ),
                migrations.AddConstraint(
                    model_name='fix',
                    constraint=models.CheckConstraint(condition=models.Q(('lat__range', (-90, 90)), ('lon__range', (-180, 180))), name='fix_on_earth'),
                ),
            ],
        ),
        migrations.CreateModel(
            name='Quarantine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received', models.DateTimeField(db_index=True)),
                ('code', models.CharField(max_length=40)),
                ('profile', models.CharField(max_length=10)),
                ('raw', models.TextField()),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='devices.device')),
                ('station', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='command.station')),
            ],
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(fields=('gateway', 'unique_id'), name='one_tracker_per_name'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('phone', 'tracker', 'gateway', 'camera'))), name='device_kind'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(('profile__in', ('traccar8', 'traccar9', 'osmand', 'owntracks', 'forward', 'fixes'))), name='device_profile'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(('datum__in', ('wgs84', 'gcj02'))), name='device_datum'),
        ),
        migrations.RunSQL(LAST_FIXES, migrations.RunSQL.noop),
        migrations.RunPython(first_partitions, migrations.RunPython.noop),
    ]
