"""The way back from a case to the list somebody came from, with its filter."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from webapp.security.access import may

#: Lists that lead to a case: endpoint, what the way back is called, who may go there. The first one permitted is
#: where somebody is led who came from none of them.
LISTS: tuple[tuple[str, LazyString, str], ...] = (
    ("dispatch.queue", _l("Back to the queue"), "incident.dispatch"),
    ("worker.home", _l("Back to my work"), "cell.work"),
    ("incidents.index", _l("Back to the incidents"), "incident.view"),
    ("map.index", _l("Back to the map"), "map.view"),
    ("audit.index", _l("Back to the audit log"), "audit.view"),
)


@dataclass(frozen=True)
class WayBack:
    """Where the way back leads (an address of ours), and what it is called."""

    href: str
    title: LazyString


def way_back() -> WayBack:
    """To the list this page was opened from: told in `back`, or by the browser; else to the own list."""
    for said in (request.args.get("back"), request.referrer if _is_ours(request.referrer) else None):
        if said and (found := _known(said)):
            return found
    endpoint, title, _permission = next((line for line in LISTS if may(line[2])), LISTS[2])
    return WayBack(url_for(endpoint), title)


def _is_ours(address: str | None) -> bool:
    return bool(address) and urlsplit(address or "").netloc == request.host


def _known(address: str) -> WayBack | None:
    """The list at this address, when it is one of ours; never another host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    for endpoint, title, permission in LISTS:
        path = url_for(endpoint)
        if parts.path == path and may(permission):
            return WayBack(f"{path}?{parts.query}" if parts.query else path, title)
    return None
