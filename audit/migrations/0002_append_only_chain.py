"""Make the trail append-only and seal it at commit (docs/adr/0002-audit-chain.md)."""

from django.db import migrations

from audit.migrations_support import refuse

# Only the sealing trigger may touch a row, only once, and only its three sealing columns.
GUARD_EVENT = """
CREATE FUNCTION audit_event_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.position IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF pg_trigger_depth() > 1 AND OLD.position IS NULL AND
          (NEW.id, NEW.at, NEW.actor_id, NEW.actor_label, NEW.action, NEW.subject_label, NEW.subject_id, NEW.data)
          IS NOT DISTINCT FROM
          (OLD.id, OLD.at, OLD.actor_id, OLD.actor_label, OLD.action, OLD.subject_label, OLD.subject_id, OLD.data) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$body$;
CREATE TRIGGER audit_event_guard BEFORE INSERT OR UPDATE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_guard();
"""

GUARD_HEAD = """
CREATE FUNCTION audit_head_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF pg_trigger_depth() > 1 AND TG_OP <> 'DELETE' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_head is written by the sealing trigger: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$body$;
CREATE TRIGGER audit_head_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_head_guard();
"""

# Sealing happens in a second round of deferred triggers. The first round also runs the foreign key checks of the
# transaction, which lock rows; taking the head before them could deadlock with a transaction that holds such a row.
SEAL = """
CREATE FUNCTION audit_event_request_seal() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE audit_event SET position = NULL WHERE id = NEW.id;
    RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER audit_event_request_seal AFTER INSERT ON audit_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_event_request_seal();

CREATE FUNCTION audit_event_seal() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    link_position bigint;
    link_before text;
    link_hash text;
BEGIN
    INSERT INTO audit_head AS head (id, position, hash) VALUES (1, 1, '')
        ON CONFLICT (id) DO UPDATE SET position = head.position + 1
        RETURNING head.position, head.hash INTO link_position, link_before;
    link_hash := encode(sha256(convert_to(jsonb_build_array(
        link_before, link_position, NEW.id, (extract(epoch FROM NEW.at) * 1000000)::bigint, NEW.actor_id,
        NEW.actor_label, NEW.action, NEW.subject_label, NEW.subject_id, NEW.data::text
    )::text, 'UTF8')), 'hex');
    UPDATE audit_event SET position = link_position, previous_hash = link_before, hash = link_hash WHERE id = NEW.id;
    UPDATE audit_head SET hash = link_hash WHERE id = 1;
    RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER audit_event_seal AFTER UPDATE ON audit_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION audit_event_seal();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            GUARD_EVENT, "DROP TRIGGER audit_event_guard ON audit_event; DROP FUNCTION audit_event_guard();"
        ),
        migrations.RunSQL(GUARD_HEAD, "DROP TRIGGER audit_head_guard ON audit_head; DROP FUNCTION audit_head_guard();"),
        migrations.RunSQL(
            SEAL,
            "DROP TRIGGER audit_event_seal ON audit_event; DROP TRIGGER audit_event_request_seal ON audit_event;"
            "DROP FUNCTION audit_event_seal(); DROP FUNCTION audit_event_request_seal();",
        ),
        refuse("audit_event", "DELETE", "TRUNCATE"),
        refuse("audit_head", "TRUNCATE"),
    ]
