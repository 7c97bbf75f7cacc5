"""How fresh the map's layers are, and what is forgotten of it at night."""

from sqlalchemy import text

from data.layers import fold_layer_changes, layer_versions

ADD = text(
    "INSERT INTO layer_changes (layer, changed_by, changed_at)"
    " VALUES (:layer, CAST(:number AS xid8), now() - CAST(:age AS interval))"
)


def _changed(session, layer, number, age):
    session.execute(ADD, {"layer": layer, "number": str(number), "age": age})


def test_layer_when_changed_by_an_older_transaction_still_gets_a_new_version(session):
    _changed(session, "kites", 900, "0")
    before = layer_versions(session, ["kites", "boats"])
    _changed(session, "kites", 800, "0")  # began before the other, ended after it
    after = layer_versions(session, ["kites", "boats"])
    assert after["kites"] != before["kites"]
    assert after["boats"] == before["boats"] == "0"


def test_layer_changes_when_folded_keep_the_newest_of_each_layer_and_those_of_today(session):
    for layer, number, age in (("kites", 1, "3 days"), ("kites", 2, "2 days"), ("boats", 3, "2 days")):
        _changed(session, layer, number, age)
    for number in (4, 5):
        _changed(session, "nets", number, "1 hour")
    assert fold_layer_changes(session) == 1
    left = session.execute(
        text(
            "SELECT layer, changed_by::text FROM layer_changes WHERE layer IN ('kites', 'boats', 'nets') ORDER BY 1, 2"
        )
    )
    assert [tuple(row) for row in left] == [("boats", "3"), ("kites", "2"), ("nets", "4"), ("nets", "5")]
