"""Runs that are studies; and an audit trail that the database itself lets nobody change."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "3", "2"

_TOLD = "rows of the audit trail are not changed or removed"

_SQLITE = {
    "events_not_changed": "BEFORE UPDATE ON events",
    "events_not_removed": "BEFORE DELETE ON events",
    # REPLACE would remove a row without asking the trigger above.
    "events_not_replaced": "BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)",
}

_POSTGRESQL = {
    "events_not_changed": "BEFORE UPDATE OR DELETE ON events FOR EACH ROW",
    "events_not_emptied": "BEFORE TRUNCATE ON events FOR EACH STATEMENT",
}


def upgrade() -> None:
    """Add the column, and the triggers of whichever database it is."""
    op.add_column("runs", sa.Column("study", sa.String))
    if op.get_bind().dialect.name == "sqlite":
        for name, when in _SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{_TOLD}'); END")
        return
    op.execute(
        f"CREATE FUNCTION events_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_TOLD}'; END $$"
    )
    for name, when in _POSTGRESQL.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION events_kept()")
