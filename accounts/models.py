"""Users, their roles over divisions, their sessions and login attempts."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import INET, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.database import Base


class User(Base):
    """A person who may sign in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    must_change_password: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    locale: Mapped[str] = mapped_column(Text, server_default="zh_Hans_CN", default="zh_Hans_CN")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    last_login_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    roles: Mapped[list["UserRole"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True, order_by="UserRole.id"
    )

    __table_args__ = (Index("uq_users_username", "username", unique=True),)


class UserRole(Base):
    """One role over one division and all below it; no division means everywhere."""

    __tablename__ = "user_roles"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int | None] = mapped_column(ForeignKey("divisions.id"), index=True)

    user: Mapped[User] = relationship(back_populates="roles")

    __table_args__ = (Index("uq_user_roles_once", "user_id", "role", text("coalesce(division_id, 0)"), unique=True),)


class UserSession(Base):
    """A signed-in browser; only the hash of its token is kept."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    address: Mapped[str | None] = mapped_column(INET)


class LoginAttempt(Base):
    """One try to sign in, kept to slow guessing down."""

    __tablename__ = "login_attempts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(INET)
    has_succeeded: Mapped[bool] = mapped_column(Boolean)
    attempted_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())

    __table_args__ = (
        Index("ix_login_attempts_username_attempted_at", "username", "attempted_at"),
        Index("ix_login_attempts_address_attempted_at", "address", "attempted_at"),
    )
