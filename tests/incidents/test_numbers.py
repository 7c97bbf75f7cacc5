"""Case numbers stay different for ever."""

from sqlalchemy import text


def test_numbers_beyond_the_millionth_case_stay_different(build, session):
    session.execute(text("SELECT setval('incident_numbers', 999998)"))
    made = [build.incident(122.32 + i / 10000, 33.85) for i in range(3)]
    for incident in made:
        session.refresh(incident)
    assert [incident.number[9:] for incident in made] == ["999999", "1000000", "1000001"]
