"""The tables of version 0.1, which were made without Alembic."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "1", None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "scenarios",
        sa.Column("id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("name", "title", "who")),
        sa.Column("created", sa.Double, nullable=False, index=True),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("version", sa.String, nullable=False),
        *(sa.Column(name, sa.String) for name in ("bundled", "parent", "strategy")),
        sa.Column("changes", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("sha256", "currency")),
        sa.Column("strategies", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("problems", "warnings")),
    )
    op.create_table(
        "comparisons",
        *(sa.Column(name, sa.String, primary_key=name == "id", nullable=False) for name in ("id", "label", "who")),
        sa.Column("created", sa.Double, nullable=False, index=True),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("scenario", sa.String, sa.ForeignKey("scenarios.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("comparison", sa.String, index=True),
        *(sa.Column(name, sa.String) for name in ("base", "strategy")),
        sa.Column("options", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("label", "who")),
        sa.Column("created", sa.Double, nullable=False, index=True),
        *(sa.Column(name, sa.Double) for name in ("started", "ended")),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("cancel", sa.Boolean, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("incumbent", "bound", "gap")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("status", "message")),
        sa.Column("figures", sa.JSON, nullable=False),
    )
    op.create_table(
        "points",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("seconds", sa.Double, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("incumbent", "bound", "gap")),
    )
