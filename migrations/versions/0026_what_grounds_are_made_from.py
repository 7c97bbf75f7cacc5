"""A cell's ground remembers what it was made from, so that a run makes only those anew around which anything changed."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE cell_grounds
  ADD COLUMN open_area_m2 double precision,
  ADD COLUMN made_from bytea,
  ADD CONSTRAINT ck_cell_grounds_known_area_with_mark CHECK (made_from IS NULL OR open_area_m2 >= 0);
"""

DOWN = "ALTER TABLE cell_grounds DROP COLUMN made_from, DROP COLUMN open_area_m2"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
