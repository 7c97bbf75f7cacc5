"""Sending somebody: units on patrol with their reasons in words, and the step itself with what was known of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from incidents import commands
from incidents.models import Incident
from patrols.fitness import SHORTFALLS
from patrols.units import Unit, UnitAdvice, advise_units
from webapp import labels
from webapp.i18n import clock, distance, duration
from webapp.security import me
from webapp.session import db

#: A team that is sent is looked for among so many, so that the log knows its way even when it was not proposed.
_MOST_KNOWN = 50


def units_for(incident_id: UUID) -> UnitAdvice:
    """Teams on patrol in the dispatcher's area that could go, fit ones first."""
    return advise_units(db(), incident_id, me().scope("incident.dispatch"), datetime.now(UTC))


def take_step(incident_id: UUID, action: str, version: int | None, details: commands.Details) -> Incident:
    """The case one step further; when a team on patrol is sent, the log keeps what was known of its way."""
    if action == "dispatch" and details.team_id is not None:
        known = advise_units(
            db(), incident_id, me().scope("incident.dispatch"), datetime.now(UTC), most=_MOST_KNOWN
        ).units
        sent = next((unit for unit in known if unit.team_id == details.team_id), None)
        details = replace(details, facts=sent.facts()) if sent else details
    return commands.act(db(), incident_id, action, me(), version=version, details=details)


def shortfall_words(advice: UnitAdvice) -> str | None:
    """What all units lack and what to do about it, or None when one is fit."""
    return _(SHORTFALLS[advice.shortfall]) if advice.shortfall else None


def unit_words(unit: Unit) -> list[str]:
    """What speaks for a unit, in the order a dispatcher asks: how soon, how sure, what it leaves."""
    words = [*_way_words(unit.facts()), _("%(n)d on patrol", n=unit.members)]
    if unit.open_work:
        words.append(_("%(n)d open", n=unit.open_work))
    if unit.shift_ends_at:
        words.append(_("shift until %(at)s", at=clock(unit.shift_ends_at)))
    return words + _hole_words(unit.facts())


def problem_words(unit: Unit) -> list[str]:
    """What speaks against a unit."""
    return [labels.label(labels.UNIT_PROBLEMS, code) for code in unit.problems]


def log_words(facts: Mapping[str, Any]) -> str:
    """What was known when somebody was sent, as one line of the log; empty when nothing was."""
    level = [labels.label(labels.LEVELS, facts["level"])] if "level" in facts else []
    clock = [_("by the clock: nobody acted in time")] if facts.get("by_itself") else []
    against = [labels.label(labels.UNIT_PROBLEMS, code) for code in facts.get("problems", ())]
    return " · ".join([*level, *clock, *_way_words(facts), *against, *_hole_words(facts)])


def _way_words(facts: Mapping[str, Any]) -> list[str]:
    words = []
    if "eta_s" in facts:
        words.append(_("%(time)s on the way, %(far)s", time=duration(facts["eta_s"]), far=distance(facts["away_m"])))
    if "seen_s" in facts:
        is_fresh = facts["seen_s"] < 60
        words.append(_("seen just now") if is_fresh else _("seen %(time)s ago", time=duration(facts["seen_s"])))
    return words


def _hole_words(facts: Mapping[str, Any]) -> list[str]:
    """What of its route nobody walks when it leaves."""
    if facts.get("left_m") is None or (facts["left_m"] < 1 and not facts["checkpoints_left"]):
        return []
    sentence = _(
        "leaves %(far)s and %(n)d checkpoints of “%(route)s” unwalked",
        far=distance(facts["left_m"]), n=facts["checkpoints_left"], route=facts["route_name"],
    )  # fmt: skip
    return [sentence]
