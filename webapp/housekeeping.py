"""What the worker tidies up at night."""

from data import layers


def fold_layer_changes() -> None:
    """The job: forget which transactions changed the map's layers before today."""
    from webapp.cli import working_session

    with working_session() as session:
        layers.fold_layer_changes(session)
