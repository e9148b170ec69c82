"""Which of several processes on one database does what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("claims_of_instance", "claims", ["instance"])
