"""Migration operations that other rooms use to make a table append-only.

A migration that uses them depends on ("audit", "0001_initial"), which creates the function the triggers call.
"""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('portal.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$body$;
"""


def refuse(table: str, *operations: str) -> migrations.RunSQL:
    """Refuse some of UPDATE, DELETE and TRUNCATE on a table, whoever asks."""
    create, drop = [], []
    for operation in operations:
        level = "STATEMENT" if operation == "TRUNCATE" else "ROW"
        name = f"{table}_refuses_{operation.lower()}"
        create.append(
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table}"
            f" FOR EACH {level} EXECUTE FUNCTION portal_refuse_change();"
        )
        drop.append(f"DROP TRIGGER {name} ON {table};")
    return migrations.RunSQL("\n".join(create), "\n".join(drop))


def append_only(table: str) -> list[migrations.RunSQL]:
    """Rows of the table can be added, never changed or removed.

    TRUNCATE is allowed to a session that says `portal.allow_truncate = on`, which only the tests do.
    """
    return [refuse(table, "UPDATE", "DELETE", "TRUNCATE")]
