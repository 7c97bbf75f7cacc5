"""Incident numbers grow a seventh digit: lpad cut 1000000 to 100000, and the number was taken already."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DEFAULT = "ALTER TABLE incidents ALTER COLUMN number SET DEFAULT (to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || {n})"

UP = DEFAULT.format(n="to_char(nextval('incident_numbers'), 'FM999999000000')")
DOWN = DEFAULT.format(n="lpad(nextval('incident_numbers')::text, 6, '0')")


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
