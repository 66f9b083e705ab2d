"""Users and what is theirs, sharing, approval, the audit trail, leases; workbooks under names of the server's own."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "2", "1"


def upgrade() -> None:
    """Make the new tables and columns. What was there has no owner yet, and its workbooks keep their names."""
    _people()
    for table in ("scenarios", "comparisons", "runs"):
        # As text: Alembic would add the reference apart, which SQLite cannot.
        op.execute(f"ALTER TABLE {table} ADD COLUMN owner VARCHAR REFERENCES users (id) ON DELETE SET NULL")
        op.create_index(f"ix_{table}_owner", table, ["owner"])
    op.add_column("scenarios", sa.Column("file", sa.String, nullable=False, server_default=""))
    op.execute("UPDATE scenarios SET file = name")
    op.add_column("scenarios", sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    for column in (
        sa.Column("holder", sa.String),
        sa.Column("draw", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("approver", sa.String),
        sa.Column("approved", sa.Double),
        sa.Column("approval", sa.String, nullable=False, server_default=""),
    ):
        op.add_column("runs", column)
    op.create_index("ix_runs_draw", "runs", ["draw"])
    op.create_index("ix_runs_ended", "runs", ["ended"])
    _shared()


def _reference(name: str, to: str, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, sa.ForeignKey(f"{to}.id", ondelete="CASCADE"), nullable=False, primary_key=key)


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("subject", sa.String, unique=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        _reference("user", "users"),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("used", sa.Double, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("hash", sa.String, nullable=False, unique=True),
        _reference("user", "users"),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("ends", sa.Double, nullable=False),
        sa.Column("used", sa.Double),
    )
    for table in ("sessions", "tokens"):
        op.create_index(f"ix_{table}_user", table, ["user"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False, index=True),
        sa.Column("at", sa.Double, nullable=False, index=True),
    )


def _shared() -> None:
    op.create_table("shares", _reference("scenario", "scenarios", key=True), _reference("user", "users", key=True))
    op.create_index("ix_shares_user", "shares", ["user"])
    op.create_table(
        "comments",
        sa.Column("id", sa.String, primary_key=True),
        _reference("run", "runs"),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("text", sa.String, nullable=False),
    )
    op.create_index("ix_comments_run", "comments", ["run"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False, index=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("who", "action", "subject", "address")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
    op.create_table(
        "facts", sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
    )
