import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dispatch.words import SAFETY_MIN


def begin(apps, schema_editor):
    """How often units say that they are well, for the kinds that there are from the start."""
    Kind = apps.get_model("dispatch", "Kind")
    for slug, minutes in SAFETY_MIN.items():
        Kind.objects.filter(slug=slug, safety_min=None).update(safety_min=minutes)


class Migration(migrations.Migration):

    dependencies = [
        ('command', '0008_judged_lookups'),
        ('dispatch', '0008_orders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CallForHelp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('sos', 'sos'), ('help', 'help')], max_length=4)),
                ('text', models.CharField(blank=True, max_length=400)),
                ('wanted', models.SmallIntegerField(default=0)),
                ('place', django.contrib.gis.db.models.fields.PointField(null=True, srid=4326)),
                ('accuracy', models.FloatField(null=True)),
                ('placed_at', models.DateTimeField(null=True)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('raised_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('word', models.CharField(blank=True, max_length=400)),
            ],
        ),
        migrations.CreateModel(
            name='Errand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=400)),
                ('place', django.contrib.gis.db.models.fields.PointField(null=True, srid=4326)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('given_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('report', models.CharField(blank=True, max_length=1000)),
                ('recalled_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('en_route', 'en_route'), ('on_scene', 'on_scene'), ('cleared', 'cleared')], max_length=12)),
                ('at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('is_confirmed', models.BooleanField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='checked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='kind',
            name='safety_min',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name='kind',
            constraint=models.CheckConstraint(condition=models.Q(('safety_min', None), ('safety_min__range', (1, 240)), _connector='OR'), name='kind_safety'),
        ),
        migrations.AddField(
            model_name='callforhelp',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='callforhelp',
            name='incident',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls_for_help', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='callforhelp',
            name='officer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='callforhelp',
            name='station',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='command.station'),
        ),
        migrations.AddField(
            model_name='callforhelp',
            name='unit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls_for_help', to='dispatch.unit'),
        ),
        migrations.AddField(
            model_name='errand',
            name='accepted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='errand',
            name='done_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='errand',
            name='given_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='errand',
            name='incident',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='errands', to='dispatch.incident'),
        ),
        migrations.AddField(
            model_name='errand',
            name='station',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='command.station'),
        ),
        migrations.AddField(
            model_name='errand',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='errands', to='dispatch.unit'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='assignment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='dispatch.assignment'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='callforhelp',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('officer', 'kind'), name='one_call_for_help'),
        ),
        migrations.AddConstraint(
            model_name='callforhelp',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('word', '')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='help_ended_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='callforhelp',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('kind', 'sos'), _negated=True), models.Q(('word', ''), _negated=True), _connector='OR'), name='sos_ended_with_a_word'),
        ),
        migrations.AddIndex(
            model_name='errand',
            index=models.Index(fields=['station', '-id'], name='errand_newest'),
        ),
        migrations.AddConstraint(
            model_name='errand',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None), ('report', '')), models.Q(('accepted_at__isnull', False), ('done_at__isnull', False), ('done_by__isnull', False), models.Q(('report', ''), _negated=True)), _connector='OR'), name='errand_done_with_a_report'),
        ),
        migrations.AddConstraint(
            model_name='errand',
            constraint=models.CheckConstraint(condition=models.Q(('done_at', None), ('recalled_at', None), _connector='OR'), name='errand_done_or_recalled'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('assignment', 'step'), name='one_proposal'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('is_confirmed', None)), models.Q(('decided_at__isnull', False), ('is_confirmed__isnull', False)), _connector='OR'), name='proposal_decided'),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
