"""Called by Alembic, by this name: its steps run on the connection that `opening` gives."""

from alembic import context

from planner.serve.store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
