"""What was imported when by whom, and every row that was refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from data.database import Base


class ImportRun(Base):
    """One file given to an import, and what became of it."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    crs: Mapped[str | None] = mapped_column(Text)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    is_dry_run: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    status: Mapped[str] = mapped_column(Text, server_default="waiting", default="waiting")
    added: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    changed: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    unchanged: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    refused: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    sentence: Mapped[str | None] = mapped_column(Text)
    sentence_facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class ImportRefusal(Base):
    """One refused row: where it stood, what was wrong, and the facts of the sentence."""

    __tablename__ = "import_refusals"

    run_id: Mapped[int] = mapped_column(ForeignKey(ImportRun.id, ondelete="CASCADE"), primary_key=True)
    row_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    column_name: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
