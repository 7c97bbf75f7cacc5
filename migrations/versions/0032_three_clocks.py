"""Three clocks: when the centre works, how long each stage may take, and when a case turns yellow and red."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE office_hours (
  id boolean NOT NULL DEFAULT true,
  zone text NOT NULL DEFAULT 'Asia/Shanghai',
  hours jsonb NOT NULL,
  CONSTRAINT pk_office_hours PRIMARY KEY (id),
  CONSTRAINT ck_office_hours_one_row CHECK (id),
  CONSTRAINT ck_office_hours_some CHECK (jsonb_typeof(hours) = 'object' AND hours <> '{}'::jsonb)
);
INSERT INTO office_hours (hours)
  SELECT jsonb_object_agg(weekday::text, '08:30-12:00 14:00-17:30') FROM generate_series(1, 5) weekday;

CREATE TABLE calendar_days (
  day date NOT NULL,
  is_worked boolean NOT NULL,
  name text NOT NULL DEFAULT '',
  CONSTRAINT pk_calendar_days PRIMARY KEY (day),
  CONSTRAINT ck_calendar_days_name_length CHECK (length(name) <= 60)
);

CREATE TABLE deadline_rules (
  priority text NOT NULL,
  stage text NOT NULL,
  clock text NOT NULL,
  amount double precision NOT NULL,
  CONSTRAINT pk_deadline_rules PRIMARY KEY (priority, stage),
  CONSTRAINT ck_deadline_rules_priority_known CHECK (priority IN ('urgent', 'important', 'general', 'long')),
  CONSTRAINT ck_deadline_rules_stage_known CHECK (stage IN ('file', 'dispatch', 'accept', 'on_site', 'verify', 'review', 'close')),
  CONSTRAINT ck_deadline_rules_clock_known CHECK (clock IN ('urgent', 'hours', 'days')),
  CONSTRAINT ck_deadline_rules_amount_possible CHECK (amount > 0 AND amount <= CASE clock WHEN 'days' THEN 366 ELSE 527040 END)
);
-- our own first values: minutes of the urgent and the working-hours clock, days of the working-days clock
INSERT INTO deadline_rules (priority, stage, clock, amount) VALUES
  ('urgent', 'file', 'urgent', 5), ('urgent', 'dispatch', 'urgent', 10), ('urgent', 'accept', 'urgent', 5),
  ('urgent', 'on_site', 'urgent', 30), ('urgent', 'verify', 'urgent', 240), ('urgent', 'review', 'days', 1),
  ('urgent', 'close', 'urgent', 1440),
  ('important', 'file', 'hours', 30), ('important', 'dispatch', 'hours', 60), ('important', 'accept', 'hours', 30),
  ('important', 'on_site', 'hours', 240), ('important', 'verify', 'days', 1), ('important', 'review', 'days', 5),
  ('important', 'close', 'days', 3),
  ('general', 'file', 'hours', 240), ('general', 'dispatch', 'days', 1), ('general', 'accept', 'hours', 240),
  ('general', 'on_site', 'days', 2), ('general', 'verify', 'days', 2), ('general', 'review', 'days', 20),
  ('general', 'close', 'days', 7),
  ('long', 'file', 'days', 1), ('long', 'dispatch', 'days', 3), ('long', 'accept', 'days', 1),
  ('long', 'on_site', 'days', 20), ('long', 'verify', 'days', 5), ('long', 'review', 'days', 20),
  ('long', 'close', 'days', 60);

ALTER TABLE incident_categories ADD COLUMN close_clock text NOT NULL DEFAULT 'days',
  ADD CONSTRAINT ck_incident_categories_close_clock_known CHECK (close_clock IN ('urgent', 'hours', 'days'));
UPDATE incident_categories SET close_clock = 'urgent' WHERE priority = 'urgent';

ALTER TABLE incidents DROP CONSTRAINT ck_incidents_answer_by_while_dispatched;
ALTER TABLE incidents RENAME COLUMN answer_by TO state_due_at;
ALTER TABLE incidents ADD COLUMN state_yellow_at timestamptz, ADD COLUMN yellow_at timestamptz,
  ADD COLUMN due_clock text NOT NULL DEFAULT 'urgent',
  ADD CONSTRAINT ck_incidents_due_clock_known CHECK (due_clock IN ('urgent', 'hours', 'days')),
  ADD CONSTRAINT ck_incidents_yellow_before_red CHECK (yellow_at <= due_at AND state_yellow_at <= state_due_at),
  ADD CONSTRAINT ck_incidents_state_clock_while_open CHECK (state_due_at IS NULL OR status NOT IN ('closed', 'void'));
UPDATE incidents SET yellow_at = received_at + 0.75 * (due_at - received_at)
 WHERE status NOT IN ('closed', 'void') AND due_at >= received_at;
"""

DOWN = """
ALTER TABLE incidents DROP COLUMN due_clock, DROP COLUMN yellow_at, DROP COLUMN state_yellow_at;
ALTER TABLE incidents RENAME COLUMN state_due_at TO answer_by;
UPDATE incidents SET answer_by = NULL WHERE status <> 'dispatched' AND answer_by IS NOT NULL;
ALTER TABLE incidents DROP CONSTRAINT ck_incidents_state_clock_while_open,
  ADD CONSTRAINT ck_incidents_answer_by_while_dispatched CHECK (answer_by IS NULL OR status = 'dispatched');
ALTER TABLE incident_categories DROP COLUMN close_clock;
DROP TABLE deadline_rules;
DROP TABLE calendar_days;
DROP TABLE office_hours;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
