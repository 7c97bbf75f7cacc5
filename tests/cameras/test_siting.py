"""Siting studies out of the database: chosen, locked, excluded, stopped, kept as planned cameras."""

import pytest
from shapely import box
from sqlalchemy import select, text

from cameras import siting
from cameras.coverage_lists import narrowed
from cameras.models import Camera
from cameras.siting import (
    Asked,
    Hints,
    Where,
    ask_for_study,
    decide,
    get_study,
    keep_as_planned,
    list_gains,
    list_proposals,
    solve_again,
)
from cameras.siting_models import SitingStudy
from cameras.siting_solving import solve
from data.errors import NotFound, Refused
from tests.build import CELL

ASKED = Asked(k=2, every_m=30, bearings=4, range_m=40, time_limit_s=5)
HERE, NO_HINTS = Where(CELL), Hints()
INCIDENTS = [(122.3010, 33.8015), (122.3010, 33.8015), (122.3040, 33.8015)]


@pytest.fixture
def county(build):
    """One cell with one street, a house and a school beside it."""
    build.cell(CELL, box(122.3, 33.8, 122.306, 33.803))
    build.street("122.3003 33.8015, 122.3057 33.8015")
    build.building(box(122.3020, 33.8018, 122.3024, 33.8020), "house", kind="house")
    build.building(box(122.3045, 33.8012, 122.3050, 33.8017), "school", kind="school")
    return build


def answered(session, study, incidents=INCIDENTS, stop=lambda: False):
    """The study with its answer kept, inside the test's transaction."""
    hints = Hints(study.poles, study.fixed, study.barred)
    where, asked = siting.where_of(study), Asked(**study.parameters)
    siting._keep(session, study.id, solve(session, where, asked, hints, incidents, stop=stop), "done")
    return study


def study_of(session, hints=NO_HINTS, asked=ASKED, where=HERE, scope=("",)):
    return ask_for_study(session, "Study", where, asked, hints, scope=scope, actor_id=None)


def test_study_when_answered_proposes_cameras_with_reasons_and_a_proven_bound(session, county):
    study = answered(session, study_of(session))
    lines = list_proposals(session, study.id)
    assert [line["rank"] for line in lines] == [1, 2]
    assert lines[0]["weight"] >= lines[1]["weight"] > 0
    assert lines[0]["adds"]["street"] > 0
    assert lines[0]["reasons"]
    result = study.result
    assert result["value"] == pytest.approx(sum(line["weight"] for line in lines))
    assert result["bound"] >= result["value"] * (1 - 1e-9)
    assert result["amounts"]["incident"] == 3.0
    gain = list_gains(session, [study.id])
    assert len(gain) == 1
    assert gain[0]["street_after_m"] - gain[0]["street_before_m"] == pytest.approx(
        sum(line["adds"]["street"] for line in lines)
    )
    assert gain[0]["before_m2"] <= gain[0]["after_m2"] <= gain[0]["open_m2"]


def test_study_when_asked_twice_gives_the_same_answer(session, county):
    first, second = (list_proposals(session, answered(session, study_of(session)).id) for _ in range(2))
    strip = [{name: line[name] for name in ("lon", "lat", "bearing_deg", "weight")} for line in first]
    assert strip == [{name: line[name] for name in ("lon", "lat", "bearing_deg", "weight")} for line in second]


def test_locked_proposals_stay_and_excluded_places_are_out_when_solved_again(session, county):
    study = answered(session, study_of(session))
    first, second = list_proposals(session, study.id)
    decide(session, study, {second["id"]: "locked", first["id"]: "excluded"}, actor_id=None)
    again = answered(session, solve_again(session, study, "Again", scope=("",), actor_id=None))
    assert again.parent_id == study.id
    lines = list_proposals(session, again.id)
    assert len(lines) == 2
    assert lines[0]["is_fixed"]
    assert (lines[0]["lon"], lines[0]["lat"]) == pytest.approx((second["lon"], second["lat"]))
    assert all((line["lon"], line["lat"]) != pytest.approx((first["lon"], first["lat"]), abs=1e-7) for line in lines)
    assert again.result["value"] <= study.result["value"] * (1 + 1e-9)


def test_existing_cameras_when_online_leave_less_to_gain(session, county):
    before = answered(session, study_of(session)).result
    county.camera("A", 122.3010, 33.80145, hfov_deg=360, range_m=80, status="online")
    after = answered(session, study_of(session)).result
    assert after["value_before"] > before["value_before"] == 0
    assert after["value"] < before["value"]


def test_poles_when_given_are_the_only_places_and_those_by_the_school_are_out(session, county):
    poles = [(122.3010, 33.80152), (122.30475, 33.80118), (120.0, 30.0)]
    study = answered(session, study_of(session, Hints(poles=poles)))
    lines = list_proposals(session, study.id)
    assert [(line["lon"], line["lat"]) for line in lines] == [pytest.approx(poles[0])]
    assert study.result["poles"] == 2
    assert sum(study.result["excluded"].values()) == 4


def test_view_into_a_dwellings_ground_is_warned_of_or_excluded(session, county):
    pole = Hints(poles=[(122.3022, 33.80165)])
    asked = Asked(k=1, bearings=1, hfov_deg=360, range_m=40)
    warned = list_proposals(session, answered(session, study_of(session, pole, asked)).id)
    assert warned[0]["dwellings"] == 1
    assert warned[0]["entered_m2"] > 1
    out = answered(session, study_of(session, pole, Asked(**vars(asked) | {"privacy": "exclude"})))
    assert list_proposals(session, out.id) == []


def test_part_of_the_map_when_chosen_holds_all_proposals(session, county):
    part = (122.300, 33.801, 122.302, 33.802)
    study = answered(session, study_of(session, where=Where(CELL, part)))
    assert all(part[0] <= line["lon"] <= part[2] for line in list_proposals(session, study.id))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(k=0), "1 to 200"),
        (Asked(every_m=0), "too small"),
        (Asked(time_limit_s=float("nan")), "too small"),
        (Asked(hfov_deg=720), "field of view"),
        (Asked(weight_street=0, weight_incident=0, weight_place=0, weight_open_ground=0), "above 0"),
        (Asked(privacy="ignore"), "dwellings"),
    ],
)
def test_question_when_impossible_is_refused_with_a_sentence(session, county, asked, words):
    with pytest.raises(Refused, match=words):
        study_of(session, asked=asked)


def test_study_when_no_place_lies_in_the_area_says_so(session, county):
    with pytest.raises(Refused, match="No place to choose from"):
        answered(session, study_of(session, Hints(poles=[(120.0, 30.0)])))


def test_study_when_outside_the_area_of_somebody_is_not_found(session, county):
    study = study_of(session)
    with pytest.raises(NotFound):
        get_study(session, study.id, ("990102",))
    with pytest.raises(NotFound):
        study_of(session, scope=("990102",))
    assert siting.list_studies(session, ("990102",)) == []
    assert [one.id for one in siting.list_studies(session, ("990101",))] == [study.id]


def test_proposals_when_kept_become_planned_cameras_once(session, county):
    study = answered(session, study_of(session))
    ids = [line["id"] for line in list_proposals(session, study.id)]
    kept = keep_as_planned(session, study, ids[:1], scope=("",), actor_id=None)
    assert [camera.status for camera in kept] == ["planned"]
    assert session.scalar(select(Camera.location_code).where(Camera.id == kept[0].id)) == CELL
    with pytest.raises(Refused, match="at least one"):
        keep_as_planned(session, study, ids[:1], scope=("",), actor_id=None)


def test_decision_when_of_another_study_is_refused(session, county):
    study, other = (answered(session, study_of(session)) for _ in range(2))
    foreign = list_proposals(session, other.id)[0]["id"]
    with pytest.raises(Refused):
        decide(session, study, {foreign: "locked"}, actor_id=None)


def test_study_when_asked_for_has_its_job(session, county):
    study = study_of(session)
    job = session.execute(text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")).one()
    assert (job.task_name, job.args) == ("run_siting", {"study_id": study.id})
    assert session.get(SitingStudy, study.id).status == "waiting"


def test_scope_when_narrowed_never_grows():
    assert narrowed(("990101001", "990101002"), "990101002001") == ("990101002001",)
    assert narrowed(("990101001",), "990101") == ("990101001",)
    for area in ("990102", "9901%", "abc"):
        with pytest.raises(NotFound):
            narrowed(("990101001",), area)
    with pytest.raises(NotFound):
        narrowed(("",), "99%")
