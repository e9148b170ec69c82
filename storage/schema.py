"""The tables as they are now. ``storage/migrations`` brings a database here; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from storage.columns import Json, Moment, StorableText

NEWEST_REVISION = "0002"  # revisions are counted, so that a later one is the greater string
REVISION_TABLE = "alembic_version"
REVISION_STATEMENT = "SELECT version_num FROM alembic_version"

METADATA = MetaData()
IS_ANSWERING = text("status = 'answering'")  # word for word as in the index: with a parameter, it would not be used

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("title", StorableText, nullable=False),
    Column("folded_title", StorableText, nullable=False),
    Column("title_source", StorableText, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("options", Json, nullable=False),
    Column("summary", StorableText, nullable=False),
    Column("summary_until", StorableText),
    Column("leaf_id", StorableText),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index("conversations_as_listed", "owner", "is_pinned", "updated_at"),
    Index("conversations_deleted", "deleted_at"),
)

# ``position`` grows with every message of every conversation: within one, it is the order in which they came.
MESSAGES = Table(
    "messages",
    METADATA,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", StorableText, nullable=False),
    Column("id", StorableText, nullable=False),
    Column("parent_id", StorableText),
    Column("role", StorableText, nullable=False),
    Column("status", StorableText, nullable=False),
    Column("num_left_out", Integer, nullable=False),
    Column("fault", StorableText),
    Column("rating", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("steps", Json, nullable=False),
    Column("figures", Json, nullable=False),
    Column("text", StorableText, nullable=False),
    Column("folded_text", StorableText, nullable=False),
    UniqueConstraint("conversation_id", "id", name="messages_of_conversation"),
    ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
    Index(
        "messages_being_written",
        "conversation_id",
        sqlite_where=IS_ANSWERING,
        postgresql_where=IS_ANSWERING,
    ),
)

RECORDS = Table(
    "records",
    METADATA,
    Column("conversation_id", StorableText, primary_key=True),
    Column("message_id", StorableText, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["conversation_id", "message_id"], ["messages.conversation_id", "messages.id"], ondelete="CASCADE"
    ),
)

NOTES = Table(
    "notes",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("text", StorableText, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("notes_of_owner", "owner", "created_at"),
)

TEMPLATES = Table(
    "templates",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("content", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("templates_of_owner", "owner", "created_at"),
)

TABLES = set(METADATA.tables)
