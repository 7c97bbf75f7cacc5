"""The database finds the cell of a point: the one answer every table of points uses."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
CREATE FUNCTION locate_point() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen_on date := CASE TG_ARGV[0] WHEN 'received_at' THEN (NEW.received_at AT TIME ZONE 'UTC')::date ELSE CURRENT_DATE END;
BEGIN
  -- a point on a border belongs to the cell with the lower code; what is older than the cells goes to today's cell
  SELECT cell.id, cell.code INTO NEW.cell_id, NEW.location_code FROM cells cell
   WHERE cell.area && NEW.place AND st_covers(cell.area, NEW.place)
     AND (cell.validity @> seen_on OR cell.validity @> CURRENT_DATE)
   ORDER BY (cell.validity @> seen_on) DESC, cell.code LIMIT 1;
  IF NEW.cell_id IS NULL THEN
    SELECT division.code INTO NEW.location_code FROM divisions division
     WHERE division.area && NEW.place AND st_covers(division.area, NEW.place) AND division.validity @> CURRENT_DATE
     ORDER BY length(division.code) DESC, division.code LIMIT 1;
  END IF;
  RETURN NEW;
END $$;
"""

DOWN = """DROP FUNCTION locate_point();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
