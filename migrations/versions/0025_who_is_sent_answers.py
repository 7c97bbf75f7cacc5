"""Until when who is sent has to answer, what was known of the way when choosing, and which skill a case asks for."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SKILLS = "'first_aid', 'fire', 'water_rescue', 'traffic', 'electrical'"

UP = f"""
ALTER TABLE incidents ADD COLUMN answer_by timestamptz,
  ADD CONSTRAINT ck_incidents_answer_by_while_dispatched CHECK (answer_by IS NULL OR status = 'dispatched');
ALTER TABLE incident_actions ADD COLUMN facts jsonb NOT NULL DEFAULT '{{}}',
  ADD CONSTRAINT ck_incident_actions_facts_object CHECK (jsonb_typeof(facts) = 'object');
ALTER TABLE patrol_teams ADD COLUMN skills text[] NOT NULL DEFAULT '{{}}',
  ADD CONSTRAINT ck_patrol_teams_skills_known CHECK (skills <@ ARRAY[{SKILLS}]);
ALTER TABLE incident_categories ADD COLUMN needed_skill text,
  ADD CONSTRAINT ck_incident_categories_needed_skill_known CHECK (needed_skill IN ({SKILLS}));
"""

DOWN = """
ALTER TABLE incident_categories DROP COLUMN needed_skill;
ALTER TABLE patrol_teams DROP COLUMN skills;
ALTER TABLE incident_actions DROP COLUMN facts;
ALTER TABLE incidents DROP COLUMN answer_by;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
