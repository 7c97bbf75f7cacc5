"""Who is asking, what may they do, and what the browser is told to refuse."""

from webapp.security.access import current_actor, current_scope, may, me, requires

__all__ = ["current_actor", "current_scope", "may", "me", "requires"]
