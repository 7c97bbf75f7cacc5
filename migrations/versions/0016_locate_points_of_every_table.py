"""A point's table may have no column of when it was received: cameras could not be stored.

PL/pgSQL resolves `NEW.received_at` in a CASE even where it is not chosen; a statement that is not reached it leaves alone.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BODY = """
CREATE OR REPLACE FUNCTION locate_point() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen_on date := {seen_on};
BEGIN{choice}
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

UP = BODY.format(
    seen_on="CURRENT_DATE",
    choice="""
  IF TG_ARGV[0] = 'received_at' THEN
    seen_on := (NEW.received_at AT TIME ZONE 'UTC')::date;
  END IF;""",
)
DOWN = BODY.format(
    seen_on="CASE TG_ARGV[0] WHEN 'received_at' THEN (NEW.received_at AT TIME ZONE 'UTC')::date ELSE CURRENT_DATE END",
    choice="",
)


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
