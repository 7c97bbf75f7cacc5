"""What an import says beside its four numbers: how it was asked for, counts by table, remarks, and the facts of its sentence."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE import_runs
  ADD COLUMN options jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN counts jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN notes jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN sentence_facts jsonb NOT NULL DEFAULT '{}';
"""

DOWN = """
ALTER TABLE import_runs DROP COLUMN options, DROP COLUMN counts, DROP COLUMN notes, DROP COLUMN sentence_facts;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
