"""The audit is append-only by the database itself: no statement of anybody changes, empties or shortens it.

Only an entry older than three years may go, and only behind a checkpoint that has taken its place.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE FUNCTION command_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'command_auditentry' THEN
        IF OLD.at < now() - interval '3 years' AND EXISTS (
            SELECT 1 FROM command_auditcheckpoint c WHERE c.station_id = OLD.station_id AND c.number >= OLD.number
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'command_audithead' THEN
        IF NEW.station_id = OLD.station_id AND NEW.number > OLD.number THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON command_auditentry FOR EACH ROW EXECUTE FUNCTION command_audit_guard();
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON command_audithead FOR EACH ROW EXECUTE FUNCTION command_audit_guard();
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON command_auditcheckpoint FOR EACH ROW EXECUTE FUNCTION command_audit_guard();
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON command_auditentry FOR EACH STATEMENT EXECUTE FUNCTION command_audit_guard();
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON command_audithead FOR EACH STATEMENT EXECUTE FUNCTION command_audit_guard();
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON command_auditcheckpoint FOR EACH STATEMENT EXECUTE FUNCTION command_audit_guard();
"""
UNGUARD = "DROP FUNCTION command_audit_guard() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("command", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("said", models.JSONField()),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="command.station"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("station", "number"), name="one_checkpoint")],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
