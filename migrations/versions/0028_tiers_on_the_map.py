"""The map notices when cells' shares by quality of the picture were computed anew."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

UP = """
CREATE TRIGGER coverage_tiers_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON coverage_tiers
  FOR EACH STATEMENT EXECUTE FUNCTION record_layer_change('cells');
"""

DOWN = "DROP TRIGGER coverage_tiers_changed ON coverage_tiers"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
