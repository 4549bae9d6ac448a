"""Entry point of Alembic: run the migrations inside the transaction of the given connection."""

from alembic import context

from bot.store.schema.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too: see the "begin" event in database.py
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
