"""Longer SQL lives in `<room>/sql/<question>.sql`; this is how a room asks for it."""

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

ROOT = Path(__file__).resolve().parent.parent


@cache
def sql(room: str, question: str) -> TextClause:
    """The statement in `<room>/sql/<question>.sql`, with `:name` bind parameters.

    Raises FileNotFoundError for a question nobody wrote down.
    """
    return text((ROOT / room / "sql" / f"{question}.sql").read_text(encoding="utf-8"))
