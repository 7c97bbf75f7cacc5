"""A cell taken away on the day it was drawn leaves its cameras and incidents without a cell, until they are located again."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE cameras DROP CONSTRAINT fk_cameras_cell_id,
  ADD CONSTRAINT fk_cameras_cell_id FOREIGN KEY (cell_id) REFERENCES cells (id) ON DELETE SET NULL;
ALTER TABLE incidents DROP CONSTRAINT fk_incidents_cell_id,
  ADD CONSTRAINT fk_incidents_cell_id FOREIGN KEY (cell_id) REFERENCES cells (id) ON DELETE SET NULL;
"""

DOWN = """
ALTER TABLE cameras DROP CONSTRAINT fk_cameras_cell_id,
  ADD CONSTRAINT fk_cameras_cell_id FOREIGN KEY (cell_id) REFERENCES cells (id);
ALTER TABLE incidents DROP CONSTRAINT fk_incidents_cell_id,
  ADD CONSTRAINT fk_incidents_cell_id FOREIGN KEY (cell_id) REFERENCES cells (id);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
