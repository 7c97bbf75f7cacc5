"""What happens, told to open pages as it happens: one reader of the database a process, any number of listeners."""

from webapp.live.changes import Changes, Reader
from webapp.live.hub import Audience, Hub

__all__ = ["Audience", "Changes", "Hub", "Reader"]
