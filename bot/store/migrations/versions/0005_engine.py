"""The tables of the engine on PostgreSQL: procrastinate's own SQL, in a schema of its own. Nothing on SQLite.

procrastinate changes its tables by SQL files that come with its releases. What stood in the package when the tables
were made is noted as the schema's comment. A release that brings a file needs a revision of ours that calls
`engine_tables.upgrade`, which runs those that are newer than the comment; a test fails until there is one.
"""

from alembic import op

from bot.store.schema import procrastinate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        procrastinate.make(op.get_bind())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        procrastinate.remove(op.get_bind())
