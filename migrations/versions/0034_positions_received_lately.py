"""An index by the time of arrival, so that the live stream finds what came in the last seconds."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# rows arrive in this order: a summary of each block of pages is enough, and costs the writers nothing
UP = "CREATE INDEX ix_position_fixes_received_at ON position_fixes USING brin (received_at) WITH (pages_per_range = 16, autosummarize = on);"
DOWN = "DROP INDEX ix_position_fixes_received_at;"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
