"""Where last year's incidents happened: all that coverage needs to know of them, so that an edit can count them, too."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UP = """
CREATE VIEW recent_incident_places AS
  SELECT place FROM incidents WHERE received_at >= now() - interval '365 days' AND status <> 'void';
"""

DOWN = "DROP VIEW recent_incident_places"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
