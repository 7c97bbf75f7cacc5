"""Which level answers for a case, village, township or county, and when it last rose because nobody acted in time."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE incidents ADD COLUMN level text NOT NULL DEFAULT 'village', ADD COLUMN escalated_at timestamptz,
  ADD CONSTRAINT ck_incidents_level_known CHECK (level IN ('village', 'township', 'county'));
CREATE INDEX ix_incidents_state_due_open ON incidents (state_due_at) WHERE status NOT IN ('closed', 'void');
"""

DOWN = """
DROP INDEX ix_incidents_state_due_open;
ALTER TABLE incidents DROP COLUMN level, DROP COLUMN escalated_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
