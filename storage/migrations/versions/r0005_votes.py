"""Votes between answers of models that were compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "votes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("winner", sa.Integer),
        sa.Column("is_none_good", sa.Boolean, nullable=False),
        sa.Column("is_blind", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("votes_of_owner", "votes", ["owner", "created_at"])
