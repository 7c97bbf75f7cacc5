"""How migrations run: one transaction each, with bounds on waiting for locks."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"

#: Tables kept by PostGIS, by the job queue and by the days of positions, not by our models.
FOREIGN_PREFIXES = ("spatial_ref_sys", "procrastinate_", "position_fixes_")


def include_object(obj, name, kind, reflected, compare_to):
    """Whether a thing in the database is ours to compare with the models."""
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "") or ""
    if table.startswith(FOREIGN_PREFIXES):
        return False
    return alembic_helpers.include_object(obj, name, kind, reflected, compare_to)


def run() -> None:
    """Run the migrations asked for on the database named in the configuration."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=context.config.attributes.get("target_metadata"),
            include_object=include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
