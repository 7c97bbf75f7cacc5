"""On patrol: pauses, check-ins at checkpoints, calls for help; no position is taken while somebody pauses."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE session_pauses (
  session_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT pk_session_pauses PRIMARY KEY (session_id, started_at),
  CONSTRAINT ck_session_pauses_forward CHECK (ended_at >= started_at),
  CONSTRAINT fk_session_pauses_session_id FOREIGN KEY (session_id) REFERENCES patrol_sessions (id) ON DELETE CASCADE,
  CONSTRAINT ex_session_pauses_one_at_a_time EXCLUDE USING gist (session_id WITH =, tstzrange(started_at, ended_at) WITH &&)
);

-- What is written on the sign at a checkpoint; nobody can guess it.
ALTER TABLE checkpoints ADD COLUMN code text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
  ADD CONSTRAINT uq_checkpoints_code UNIQUE (code);

CREATE TABLE checkpoint_visits (
  session_id uuid NOT NULL,
  checkpoint_id bigint NOT NULL,
  visited_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  how text NOT NULL,
  distance_m real,
  accuracy_m real,
  CONSTRAINT pk_checkpoint_visits PRIMARY KEY (session_id, checkpoint_id),
  CONSTRAINT ck_checkpoint_visits_how_known CHECK (how IN ('place', 'qr')),
  CONSTRAINT ck_checkpoint_visits_distance_m_possible CHECK (distance_m >= 0),
  CONSTRAINT ck_checkpoint_visits_accuracy_m_possible CHECK (accuracy_m >= 0),
  CONSTRAINT ck_checkpoint_visits_place_measured CHECK (how <> 'place' OR distance_m IS NOT NULL),
  CONSTRAINT fk_checkpoint_visits_session_id FOREIGN KEY (session_id) REFERENCES patrol_sessions (id) ON DELETE CASCADE,
  CONSTRAINT fk_checkpoint_visits_checkpoint_id FOREIGN KEY (checkpoint_id) REFERENCES checkpoints (id) ON DELETE CASCADE
);
CREATE INDEX ix_checkpoint_visits_checkpoint_id ON checkpoint_visits (checkpoint_id);

-- A member calls for help; it stays open until somebody says that it is over.
CREATE TABLE patrol_alerts (
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  member_id bigint NOT NULL,
  division_id bigint NOT NULL,
  raised_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  accuracy_m real,
  place geometry(Point, 4326),
  answered_by bigint,
  answered_at timestamptz,
  closed_by bigint,
  closed_at timestamptz,
  note text,
  CONSTRAINT pk_patrol_alerts PRIMARY KEY (id),
  CONSTRAINT ck_patrol_alerts_place_sound CHECK (NOT st_isempty(place)),
  CONSTRAINT ck_patrol_alerts_accuracy_m_possible CHECK (accuracy_m >= 0),
  CONSTRAINT ck_patrol_alerts_answered_whole CHECK ((answered_by IS NULL) = (answered_at IS NULL)),
  CONSTRAINT ck_patrol_alerts_closed_whole CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CONSTRAINT ck_patrol_alerts_closed_with_reason CHECK (closed_at IS NULL OR btrim(note) <> ''),
  CONSTRAINT fk_patrol_alerts_session_id FOREIGN KEY (session_id) REFERENCES patrol_sessions (id) ON DELETE CASCADE,
  CONSTRAINT fk_patrol_alerts_member_id FOREIGN KEY (member_id) REFERENCES patrol_members (id),
  CONSTRAINT fk_patrol_alerts_division_id FOREIGN KEY (division_id) REFERENCES divisions (id),
  CONSTRAINT fk_patrol_alerts_answered_by FOREIGN KEY (answered_by) REFERENCES users (id),
  CONSTRAINT fk_patrol_alerts_closed_by FOREIGN KEY (closed_by) REFERENCES users (id)
);
CREATE INDEX idx_patrol_alerts_place ON patrol_alerts USING gist (place);
CREATE INDEX ix_patrol_alerts_session_id ON patrol_alerts (session_id);
CREATE INDEX ix_patrol_alerts_open ON patrol_alerts (division_id) WHERE closed_at IS NULL;

-- A member is followed only between the own start and the own end, and not while pausing: a position outside of the
-- patrol is refused, one in a pause is not kept (a hand-held device that goes on sending must not fail for it).
CREATE OR REPLACE FUNCTION position_fixes_only_on_patrol() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM patrol_sessions patrol
    WHERE patrol.id = NEW.session_id AND NEW.fixed_at >= patrol.started_at - interval '1 minute'
      AND NEW.fixed_at <= coalesce(patrol.ended_at, now() + interval '10 minutes');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'position outside the patrol session'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'position_fixes_only_on_patrol', TABLE = 'position_fixes';
  END IF;
  PERFORM 1 FROM session_pauses pause
    WHERE pause.session_id = NEW.session_id AND NEW.fixed_at > pause.started_at
      AND NEW.fixed_at < coalesce(pause.ended_at, 'infinity');
  IF FOUND THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION position_fixes_only_on_patrol() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM patrol_sessions patrol
    WHERE patrol.id = NEW.session_id AND NEW.fixed_at >= patrol.started_at - interval '1 minute'
      AND NEW.fixed_at <= coalesce(patrol.ended_at, now() + interval '10 minutes');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'position outside the patrol session'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'position_fixes_only_on_patrol', TABLE = 'position_fixes';
  END IF;
  RETURN NEW;
END $$;
DROP TABLE patrol_alerts;
DROP TABLE checkpoint_visits;
ALTER TABLE checkpoints DROP COLUMN code;
DROP TABLE session_pauses;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
