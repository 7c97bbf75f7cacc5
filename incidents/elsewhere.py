"""What a grid worker is told about a report whose place lies in somebody else's cell: whose it is, where it goes."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.sql import sql
from incidents.access import Sight
from incidents.models import Incident
from incidents.rules import sentence


@dataclass(frozen=True)
class Remark:
    """A sentence with its facts, to be said in the reader's language."""

    sentence: str
    facts: dict[str, str]


def remark_on_place(session: Session, sight: Sight, lon: float, lat: float) -> Remark | None:
    """Where a report of this place goes, when that is not the own cell; None for those who have no cell.

    `lon`, `lat` are WGS 84 degrees.
    """
    if not sight.cell_codes:
        return None
    cell = session.execute(sql("incidents", "whose_cell"), {"lon": lon, "lat": lat}).one_or_none()
    if cell is None:
        return Remark(sentence("This lies outside of every cell; it goes to the centre."), {})
    if cell.code in sight.cell_codes:
        return None
    if cell.worker is None:
        words = sentence("This lies in cell {cell}, where nobody works today; it goes to the centre.")
        return Remark(words, {"cell": cell.name})
    words = sentence("This lies in cell {cell}; it goes to {worker} there.")
    return Remark(words, {"cell": cell.name, "worker": cell.worker})


def remark_on_report(session: Session, sight: Sight, incident: Incident) -> Remark | None:
    """The same about a kept report; None for one the reporter settles without help."""
    if incident.worker_id is not None and incident.worker_id == sight.worker_id:
        return None
    place = select(func.st_x(Incident.place), func.st_y(Incident.place)).where(Incident.id == incident.id)
    lon, lat = session.execute(place).one()
    return remark_on_place(session, sight, lon, lat)
