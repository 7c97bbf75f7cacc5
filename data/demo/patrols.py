"""Teams with their stations, members and route plans."""

from datetime import timedelta

import numpy as np
import shapely

from data.demo.chance import Floats
from data.demo.frame import wkb
from data.demo.ledger import Ledger, Route, Team
from data.demo.names import stem
from data.demo.people import ACCOUNTS, home_township, lively_cells
from data.demo.walking import WALK_M_S, Walks, open_walks


def write_patrols(ledger: Ledger) -> None:
    """Teams, members and routes; the demo leader leads the first team, the demo volunteers belong to a team there."""
    rng = ledger.stream("patrols")
    first = ledger.tables.next_id("patrol_teams")
    _full_time_teams(ledger, first, rng)
    _volunteer_teams(ledger, first + len(ledger.teams), rng)
    _write_teams(ledger)
    _write_members(ledger, rng)
    _write_routes(ledger, open_walks(ledger.county.network), rng)


def _full_time_teams(ledger: Ledger, first: int, rng: np.random.Generator) -> None:
    layout, borders = ledger.county.layout, ledger.borders
    townships = sorted(borders.township_row, key=lambda number: borders.divisions[borders.township_row[number]].code)
    homes = [home_township(ledger), *townships]
    weight = np.array(
        [
            (layout.township == number).sum() + 6.0 * (layout.cluster[layout.township == number] >= 0).sum()
            for number in homes
        ]
    )
    weight[0] *= 0.5
    share = np.maximum(1, np.floor(weight / weight.sum() * ledger.county.profile.teams)).astype(int)
    queue = [number for number, count in zip(homes, share, strict=True) for _ in range(count)]
    queue = (queue + townships * ledger.county.profile.teams)[: ledger.county.profile.teams]
    counts: dict[int, int] = {}
    for place, township in enumerate(queue):
        counts[township] = counts.get(township, 0) + 1
        row = borders.township_row[township]
        name = f"{stem(borders.divisions[row].name)}专职巡防{'一二三四五六七八九十'[(counts[township] - 1) % 10]}队"
        station = _station(ledger, township, counts[township] - 1, rng)
        ledger.teams.append(
            Team(first + place, f"PT-{place + 1:03d}", name, "full_time", township, ledger.division_ids[row], station)
        )


def _station(ledger: Ledger, township: int, place: int, rng: np.random.Generator) -> Floats:
    """At the police station, the town hall, a school …, later ones in other communities."""
    wanted = ("police", "townhall", "community_centre", "bus_station", "school", "village_office")
    layout = ledger.county.layout
    sites = [
        site
        for kind in wanted
        for site in ledger.sites
        if site.kind == kind and layout.township[site.territory] == township
    ]
    if not sites:
        beside: Floats = layout.centres[township] + rng.normal(0, 60, 2)
        return beside
    return sites[place % len(sites)].xy


def _volunteer_teams(ledger: Ledger, first: int, rng: np.random.Generator) -> None:
    """One team of volunteers for every village or community."""
    borders, layout = ledger.borders, ledger.county.layout
    offices = {site.territory: site.xy for site in ledger.sites if site.kind in {"community_centre", "townhall"}}
    for place, (number, row) in enumerate(borders.village_row.items()):
        village = borders.divisions[row]
        station = offices.get(number, layout.seeds[number] + rng.normal(0, 20, 2))
        ledger.teams.append(
            Team(
                first + place,
                f"VT-{place + 1:03d}",
                f"{stem(village.name)}平安志愿者队",
                "volunteer",
                int(layout.township[number]),
                ledger.division_ids[row],
                station,
            )
        )


def _write_teams(ledger: Ledger) -> None:
    teams = ledger.teams
    leaders = {teams[0].id: ledger.user_ids["leader"], teams[1].id: ledger.user_ids["leader2"]}
    demo_volunteers = demo_volunteer_team(ledger)
    leaders[demo_volunteers.id] = ledger.user_ids["leader"]
    ledger.tables.write(
        "patrol_teams",
        {
            "id": [team.id for team in teams],
            "code": [team.code for team in teams],
            "name": [team.name for team in teams],
            "kind": [team.kind for team in teams],
            "division_id": [team.division_id for team in teams],
            "leader_id": [leaders.get(team.id) for team in teams],
            "station": wkb(ledger.lonlat_points(np.array([team.station for team in teams]))),
        },
    )
    ledger.tables.advance("patrol_teams")


def demo_volunteer_team(ledger: Ledger) -> Team:
    """The volunteers of the community with the liveliest cell."""
    territory = ledger.borders.cells[lively_cells(ledger)[0]].territory
    return next(
        team for team in ledger.teams if team.kind == "volunteer" and team.division_id == ledger.village_id(territory)
    )


def _write_members(ledger: Ledger, rng: np.random.Generator) -> None:
    """Full-time members spread over their teams, volunteers over the villages; few demo accounts among them."""
    profile = ledger.county.profile
    full = [team for team in ledger.teams if team.kind == "full_time"]
    free = [team for team in ledger.teams if team.kind == "volunteer"]
    demo = demo_volunteer_team(ledger)
    special = [("leader", full[0], "full_time"), ("leader2", full[1], "full_time")]
    special += [(name, demo, "volunteer") for name in ("volunteer", "volunteer2", "volunteer3")]
    plan = [(name, team, kind) for name, team, kind in special]
    plan += [("", full[place % len(full)], "full_time") for place in range(profile.team_members - 2)]
    plan += [("", free[place % len(free)], "volunteer") for place in range(profile.volunteers - 3)]
    first = ledger.tables.next_id("patrol_members")
    homes = np.array([team.station for _, team, _ in plan]) + rng.normal(0, 260, (len(plan), 2))
    kinds = [kind for _, _, kind in plan]
    numbers = range(1, len(plan) + 1)
    for place, (name, team, _) in enumerate(plan):
        team.members.append(first + place)
        if name:
            ledger.demo_members.add(first + place)
    ledger.tables.write(
        "patrol_members",
        {
            "id": first + np.arange(len(plan)),
            "user_id": [ledger.user_ids[name] if name else None for name, _, _ in plan],
            "name": [_member_name(name, kind, number) for (name, _, kind), number in zip(plan, numbers, strict=True)],
            "kind": kinds,
            "team_id": [team.id for _, team, _ in plan],
            "division_id": [team.division_id for _, team, _ in plan],
            "home": wkb(ledger.lonlat_points(homes)),
            "joined_on": [ledger.today - timedelta(days=int(days)) for days in rng.integers(15, 1500, len(plan))],
        },
    )
    ledger.tables.advance("patrol_members")


def _member_name(username: str, kind: str, number: int) -> str:
    if username:
        return next(name for user, name, *_ in ACCOUNTS if user == username)
    return f"{'巡防员' if kind == 'full_time' else '志愿者'}{number:05d}"


def _write_routes(ledger: Ledger, walks: Walks, rng: np.random.Generator) -> None:
    """Three routes for each full-time team, one for each team of volunteers."""
    number = ledger.tables.next_id("route_plans")
    checkpoints: list[tuple[int, int, int, Floats]] = []
    for team in ledger.teams:
        for place in range(3 if team.kind == "full_time" else 1):
            length_m = rng.uniform(3_200, 6_500) if team.kind == "full_time" else rng.uniform(1_600, 2_800)
            start = team.station + (rng.normal(0, 250, 2) if place else 0.0)
            found = walks.loop(start, length_m, rng)
            if found is None:
                continue
            walk, stops = found
            walked_m = float(np.hypot(*np.diff(walk, axis=0).T).sum())
            if walked_m < 300.0:
                continue
            name = f"{team.name.removesuffix('队')}{'ABC'[place]}线"
            team.routes.append(Route(number, name, walk, stops, int(walked_m / WALK_M_S) + 300 * len(stops)))
            for seq, stop in enumerate(stops, start=1):
                checkpoints.append((number, seq, 5 if seq > 1 else 0, stop))
            number += 1
    _write_plans(ledger, checkpoints)


def _write_plans(ledger: Ledger, checkpoints: list[tuple[int, int, int, Floats]]) -> None:
    routes = [(team, route) for team in ledger.teams for route in team.routes]
    paths = ledger.plane.on_earth([shapely.LineString(route.xy) for _, route in routes])
    ledger.tables.write(
        "route_plans",
        {
            "id": [route.id for _, route in routes],
            "name": [route.name for _, route in routes],
            "division_id": [team.division_id for team, _ in routes],
            "method": ["drawn"] * len(routes),
            "status": ["published"] * len(routes),
            "walk_s": [route.walk_s for _, route in routes],
            "made_by": [ledger.user_ids["leader"]] * len(routes),
            "made_at": [ledger.now - timedelta(days=20)] * len(routes),
            "path": wkb(paths),
        },
    )
    ledger.tables.advance("route_plans")
    places = np.array([row[3] for row in checkpoints])
    ledger.tables.write(
        "checkpoints",
        {
            "route_plan_id": [row[0] for row in checkpoints],
            "seq": [row[1] for row in checkpoints],
            "name": _stop_names(ledger, places),
            "dwell_min": [row[2] for row in checkpoints],
            "place": wkb(ledger.lonlat_points(places)),
        },
    )


def _stop_names(ledger: Ledger, places: Floats) -> list[str]:
    """What people call a stop: the school or market it is at, otherwise the nearest street that has a name."""
    points = np.asarray(shapely.points(places))
    sites = shapely.STRtree(np.asarray(shapely.points([site.xy for site in ledger.sites])))
    named = [row for row, name in enumerate(ledger.streets.names) if name]
    streets = shapely.STRtree(ledger.streets.paths[named])
    names = [f"{ledger.streets.names[named[row]]}巡逻点" for row in streets.nearest(points)]
    at, site = sites.query_nearest(points, max_distance=110.0, all_matches=False)
    for place, row in zip(at.tolist(), site.tolist(), strict=True):
        names[place] = ledger.sites[row].name
    return names
