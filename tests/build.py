"""Rows for tests, each in one readable call, with defaults that fit together.

The little county 990101 lies around (122.5, 34.0); a degree there is about 92.3 km east-west and 110.9 km north-south.
"""

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.commands import hash_token
from accounts.models import User, UserRole, UserSession
from cameras.models import Camera
from grids.ground import Building, Street
from grids.models import Cell, CellAssignment, Division, Worker
from incidents.models import Incident, IncidentCategory
from patrols.models import PatrolMember, PatrolTeam, Shift

COUNTY = "990101"
TOWNSHIP = "990101001"
VILLAGE = "990101001001"
CELL = "990101001001001"

#: The test county: 0.4° × 0.4°; its one township, village and cell share the south-west corner.
COUNTY_BOX = box(122.3, 33.8, 122.7, 34.2)
TOWNSHIP_BOX = box(122.3, 33.8, 122.5, 34.0)
VILLAGE_BOX = box(122.3, 33.8, 122.4, 33.9)
CELL_BOX = box(122.3, 33.8, 122.35, 33.9)

#: Nobody signs in with it; hashing a real password in each test would take longer than the test.
_NO_PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def wkt(shape: BaseGeometry) -> str:
    """The shape as EWKT in WGS 84; polygons become multipolygons, as the tables want them."""
    if isinstance(shape, Polygon):
        shape = MultiPolygon([shape])
    return f"SRID=4326;{shape.wkt}"


class Build:
    """Puts rows into the session and flushes them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def division(self, code: str = COUNTY, area: BaseGeometry | None = None, name: str = "", **more: Any) -> Division:
        """A division; those above it are made when they are missing."""
        found = self.session.scalar(select(Division).where(Division.code == code, Division.valid_to.is_(None)))
        if found:
            return found
        parent = self.division(code[:-3]) if len(code) > 6 else None
        area = area or {6: COUNTY_BOX, 9: TOWNSHIP_BOX, 12: VILLAGE_BOX}[len(code)]
        return self._add(
            Division(
                code=code,
                name=name or f"Division {code}",
                parent_id=parent and parent.id,
                area=wkt(area),
                **more,
            )
        )

    def cell(self, code: str = CELL, area: BaseGeometry = CELL_BOX, name: str = "", **more: Any) -> Cell:
        """A cell in its village."""
        found = self.session.scalar(select(Cell).where(Cell.code == code, Cell.valid_to.is_(None)))
        if found:
            return found
        village = self.division(code[:12])
        return self._add(
            Cell(code=code, name=name or f"Cell {code[-3:]}", village_id=village.id, area=wkt(area), **more)
        )

    def user(self, username: str = "somebody", role: str | None = None, area: str = "", *, locale: str = "en") -> User:
        """A user, with a role over an area when one is named; the same name gives the same user."""
        found = self.session.scalar(select(User).where(User.username == username))
        if found:
            return found
        user = User(username=username, name=username.title(), password_hash=_NO_PASSWORD, locale=locale)
        if role:
            user.roles = [UserRole(role=role, division_id=self.division(area).id if area else None)]
        return self._add(user)

    def session_token(self, user: User, *, expires_in: timedelta = timedelta(hours=1)) -> str:
        """The token of an open session of that user."""
        token = secrets.token_urlsafe(32)
        self._add(UserSession(token_hash=hash_token(token), user_id=user.id, expires_at=datetime.now(UTC) + expires_in))
        return token

    def worker(self, name: str = "Worker", user: User | None = None, area: str = TOWNSHIP, **more: Any) -> Worker:
        """A grid worker of a division."""
        return self._add(
            Worker(name=name, user_id=user.id if user else None, division_id=self.division(area).id, **more)
        )

    def assignment(self, cell: Cell, worker: Worker, starts_on: date = date(2026, 1, 1), **more: Any) -> CellAssignment:
        """Who answers for a cell from when."""
        return self._add(CellAssignment(cell_id=cell.id, worker_id=worker.id, starts_on=starts_on, **more))

    def camera(self, code: str = "C1", lon: float = 122.32, lat: float = 33.85, **more: Any) -> Camera:
        """A camera that looks north."""
        return self._add(Camera(code=code, name=more.pop("name", code), place=f"SRID=4326;POINT({lon} {lat})", **more))

    def street(self, path: str, ref: str = "s1", kind: str = "residential", **more: Any) -> Street:
        """A street along `path`, given as "lon lat, lon lat, …"."""
        return self._add(Street(source="test", source_ref=ref, kind=kind, path=f"SRID=4326;LINESTRING({path})", **more))

    def building(self, area: BaseGeometry, ref: str = "b1", **more: Any) -> Building:
        """A building on that ground."""
        return self._add(Building(source="test", source_ref=ref, area=wkt(area), **more))

    def category(self, code: str = "0102", scheme: str = "cjt214", **more: Any) -> IncidentCategory:
        """A line of the category list."""
        found = self.session.get(IncidentCategory, (scheme, code))
        return found or self._add(
            IncidentCategory(
                scheme=scheme,
                code=code,
                name_zh=more.pop("name_zh", "暴露垃圾"),
                name_en=more.pop("name_en", "Litter"),
                close_clock=more.pop("close_clock", "urgent"),  # sums without nights and weekends
                **more,
            )
        )

    def incident(self, lon: float = 122.32, lat: float = 33.85, id: UUID | None = None, **more: Any) -> Incident:  # noqa: A002 - the column's name
        """An incident, reported now unless told otherwise."""
        category = self.category()
        given = {
            "scheme": category.scheme,
            "category_code": category.code,
            "priority": "general",
            "channel": "app",
            "reported_at": datetime.now(UTC),
        } | more
        return self._add(Incident(id=id or uuid4(), place=f"SRID=4326;POINT({lon} {lat})", **given))

    def team(self, code: str = "T1", kind: str = "full_time", area: str = TOWNSHIP, **more: Any) -> PatrolTeam:
        """A patrol team."""
        return self._add(
            PatrolTeam(code=code, name=f"Team {code}", kind=kind, division_id=self.division(area).id, **more)
        )

    def member(
        self,
        name: str = "Member",
        user: User | None = None,
        kind: str = "volunteer",
        area: str = TOWNSHIP,
        **more: Any,
    ) -> PatrolMember:
        """A patrol member."""
        return self._add(
            PatrolMember(name=name, user_id=user and user.id, kind=kind, division_id=self.division(area).id, **more)
        )

    def shift(
        self,
        name: str = "Evening",
        area: str = TOWNSHIP,
        starts_at: datetime | None = None,
        hours: float = 2,
        **more: Any,
    ) -> Shift:
        """A shift, beginning now unless told otherwise."""
        starts_at = starts_at or datetime.now(UTC)
        return self._add(
            Shift(
                name=name,
                division_id=self.division(area).id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=hours),
                **more,
            )
        )
