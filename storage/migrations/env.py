"""What alembic runs: ``storage.migrating`` has put a connection, its transaction already begun, into the options."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # SQLite can, when BEGIN is said aloud as we do
    render_as_batch=True,
)
context.run_migrations()
