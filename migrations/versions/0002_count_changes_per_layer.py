"""Every statement that changes a map layer leaves a row; readers see from it how fresh their copy is.

Rows are only added, never updated: two writers at once do not wait for each other.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE layer_changes (
  layer text NOT NULL,
  changed_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_layer_changes PRIMARY KEY (layer, changed_by)
);

CREATE FUNCTION record_layer_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO layer_changes (layer) VALUES (TG_ARGV[0]) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
"""

DOWN = """
DROP FUNCTION record_layer_change();
DROP TABLE layer_changes;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
