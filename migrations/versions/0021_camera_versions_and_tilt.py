"""A camera's record counts its changes, so that two people's edits cannot silently overwrite each other; and its tilt."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEPT = [
    "code",
    "gb_code",
    "name",
    "kind",
    "status",
    "place",
    "mount_height_m",
    "bearing_deg",
    "hfov_deg",
    "range_m",
    "pixels_h",
    "pitch_deg",
    "vfov_deg",
    "owner_class",
    "owner",
    "legal_basis",
    "signage",
    "sign_seen_on",
    "filing_no",
    "filed_on",
    "retention_days",
    "installed_on",
]

UP = f"""
ALTER TABLE cameras
  ADD COLUMN pitch_deg real,
  ADD COLUMN vfov_deg real,
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD CONSTRAINT ck_cameras_pitch_deg_possible CHECK (pitch_deg BETWEEN -90 AND 90),
  ADD CONSTRAINT ck_cameras_vfov_deg_possible CHECK (vfov_deg > 0 AND vfov_deg <= 180);
CREATE FUNCTION count_camera_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
-- whoever changes it, by the page, an import or by hand
CREATE TRIGGER cameras_counted BEFORE UPDATE ON cameras FOR EACH ROW
  WHEN (({", ".join("OLD." + name for name in _KEPT)}) IS DISTINCT FROM ({", ".join("NEW." + name for name in _KEPT)}))
  EXECUTE FUNCTION count_camera_change();
"""

DOWN = """
DROP TRIGGER cameras_counted ON cameras;
DROP FUNCTION count_camera_change();
ALTER TABLE cameras DROP COLUMN version, DROP COLUMN vfov_deg, DROP COLUMN pitch_deg;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
