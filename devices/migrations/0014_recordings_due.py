from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0013_recordings_folder'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='recording',
            index=models.Index(condition=models.Q(('erased_at', None)), fields=['source', 'ended_at'], name='recordings_due'),
        ),
    ]
