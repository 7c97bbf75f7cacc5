"""How much of each cell is seen at which quality: open ground watched at a number of pixels per metre."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE coverage_tiers (
  cell_id bigint NOT NULL,
  tier text NOT NULL,
  run_id bigint NOT NULL,
  px_per_m double precision NOT NULL,
  watched_area_m2 double precision NOT NULL,
  CONSTRAINT pk_coverage_tiers PRIMARY KEY (cell_id, tier),
  CONSTRAINT ck_coverage_tiers_density_positive CHECK (px_per_m > 0),
  CONSTRAINT ck_coverage_tiers_area_possible CHECK (watched_area_m2 >= 0),
  CONSTRAINT fk_coverage_tiers_cell_id FOREIGN KEY (cell_id) REFERENCES cells (id) ON DELETE CASCADE,
  CONSTRAINT fk_coverage_tiers_run_id FOREIGN KEY (run_id) REFERENCES coverage_runs (id) ON DELETE CASCADE
);
CREATE INDEX ix_coverage_tiers_run_id ON coverage_tiers (run_id);
"""

DOWN = "DROP TABLE coverage_tiers"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
