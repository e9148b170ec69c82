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

from storage.columns import Json, Moment, Sealed, SealedBytes, SealedJson, StorableText

NEWEST_REVISION = "0007"  # revisions are counted, so that a later one is the greater string
REVISION_TABLE = "alembic_version"
REVISION_STATEMENT = "SELECT version_num FROM alembic_version"

METADATA = MetaData()
IS_ANSWERING = text("status = 'answering'")  # word for word as in the index: with a parameter, it would not be used
COUNTED = BigInteger().with_variant(Integer(), "sqlite")  # what SQLite counts up by itself

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("room", StorableText, nullable=False, server_default="chat"),
    Column("title", Sealed("conversations.title"), nullable=False),
    Column("folded_title", Sealed("conversations.folded_title"), nullable=False),
    Column("title_source", StorableText, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("options", SealedJson("conversations.options"), nullable=False),
    Column("summary", Sealed("conversations.summary"), nullable=False),
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
    Column("position", COUNTED, primary_key=True, autoincrement=True),
    Column("conversation_id", StorableText, nullable=False),
    Column("id", StorableText, nullable=False),
    Column("parent_id", StorableText),
    Column("role", StorableText, nullable=False),
    Column("status", StorableText, nullable=False),
    Column("num_left_out", Integer, nullable=False),
    Column("fault", StorableText),
    Column("rating", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("inputs", SealedJson("messages.inputs"), nullable=False),
    Column("steps", SealedJson("messages.steps"), nullable=False),
    Column("figures", SealedJson("messages.figures"), nullable=False),
    Column("text", Sealed("messages.text"), nullable=False),
    Column("folded_text", Sealed("messages.folded_text"), nullable=False),
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
    Column("packed", SealedBytes("records.packed"), nullable=False),
    ForeignKeyConstraint(
        ["conversation_id", "message_id"], ["messages.conversation_id", "messages.id"], ondelete="CASCADE"
    ),
)

NOTES = Table(
    "notes",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("text", Sealed("notes.text"), nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("notes_of_owner", "owner", "created_at"),
)

TEMPLATES = Table(
    "templates",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("content", SealedJson("templates.content"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("templates_of_owner", "owner", "created_at"),
)

COLLECTIONS = Table(
    "collections",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("name", StorableText, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("settings", Json, nullable=False),
    Column("stamp", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("collections_of_owner", "owner"),
    Index(
        "default_collections",
        "owner",
        unique=True,
        sqlite_where=text("is_default"),
        postgresql_where=text("is_default"),
    ),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("collection_id", StorableText, nullable=False),
    Column("name", StorableText, nullable=False),
    Column("kind", StorableText, nullable=False),
    Column("source", StorableText, nullable=False),
    Column("num_bytes", BigInteger, nullable=False),
    Column("content_hash", StorableText, nullable=False),
    Column("status", StorableText, nullable=False),
    Column("fault", StorableText),
    Column("fault_values", Json, nullable=False),
    Column("num_pages", Integer, nullable=False),
    Column("num_chunks", Integer, nullable=False),
    Column("language", StorableText, nullable=False),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(["collection_id"], ["collections.id"], ondelete="CASCADE"),
    Index("documents_of_collection", "collection_id", "created_at"),
    Index("documents_by_content", "collection_id", "content_hash"),
)

PAGES = Table(
    "pages",
    METADATA,
    Column("document_id", StorableText, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("label", StorableText, nullable=False),
    Column("text", StorableText, nullable=False),
    ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
)

CHUNKS = Table(
    "chunks",
    METADATA,
    Column("id", COUNTED, primary_key=True, autoincrement=True),
    Column("document_id", StorableText, nullable=False),
    Column("number", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("headings", Json, nullable=False),
    Column("windows", Json, nullable=False),
    Column("text", StorableText, nullable=False),
    ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
    Index("chunks_of_document", "document_id", "number"),
    sqlite_autoincrement=True,  # indexes may still hold the id of a chunk that was deleted
)

# Numbers of 16 bits one after the other. In two tables, for an index is built of the first alone.
VECTORS = Table(
    "vectors",
    METADATA,
    Column("chunk_id", COUNTED, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
    ForeignKeyConstraint(["chunk_id"], ["chunks.id"], ondelete="CASCADE"),
)
WINDOW_VECTORS = Table(
    "window_vectors",
    METADATA,
    Column("chunk_id", COUNTED, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
    ForeignKeyConstraint(["chunk_id"], ["chunks.id"], ondelete="CASCADE"),
)

TRIPLES = Table(
    "triples",
    METADATA,
    Column("position", COUNTED, primary_key=True, autoincrement=True),
    Column("id", StorableText, nullable=False),
    Column("collection_id", StorableText, nullable=False),
    Column("document_id", StorableText),
    Column("question", StorableText, nullable=False),
    Column("answer", StorableText, nullable=False),
    Column("source_text", StorableText, nullable=False),
    ForeignKeyConstraint(["collection_id"], ["collections.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
    Index("triples_of_collection", "collection_id", "position"),
    Index("triples_of_document", "document_id"),
)

EVALUATIONS = Table(
    "evaluations",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("name", Sealed("evaluations.name"), nullable=False),
    Column("content", SealedJson("evaluations.content"), nullable=False),
    Column("num_outcomes", Integer, nullable=False),
    Column("status", StorableText, nullable=False),
    Column("fault", StorableText),
    Column("fault_values", SealedJson("evaluations.fault_values"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("evaluations_of_owner", "owner", "created_at"),
)

EVALUATION_OUTCOMES = Table(
    "evaluation_outcomes",
    METADATA,
    Column("evaluation_id", StorableText, primary_key=True),
    Column("variant", Integer, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),
    Column("content", SealedJson("evaluation_outcomes.content"), nullable=False),
    ForeignKeyConstraint(["evaluation_id"], ["evaluations.id"], ondelete="CASCADE"),
)

VOTES = Table(
    "votes",
    METADATA,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("question", Sealed("votes.question"), nullable=False),
    Column("answers", SealedJson("votes.answers"), nullable=False),
    Column("winner", Integer),
    Column("is_none_good", Boolean, nullable=False),
    Column("is_blind", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("votes_of_owner", "owner", "created_at"),
)

# What is being done by which of the processes that share this database; ``storage.claims``.
CLAIMS = Table(
    "claims",
    METADATA,
    Column("key", StorableText, primary_key=True),
    Column("instance", StorableText, nullable=False),
    Column("beaten_at", Moment, nullable=False),
    Index("claims_of_instance", "instance"),
)

# One row, once the operator gave a key: what tells whether a later one is the same; ``storage.data_key``.
DATA_KEY = Table(
    "data_key",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("is_whole", Boolean, nullable=False),
)

TABLES = set(METADATA.tables)
