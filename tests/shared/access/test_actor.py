"""Who acts."""

import re

from shared.access import PUBLIC, system_actor


def test_a_service_acts_under_the_same_id_everywhere() -> None:
    """The id of a service's own acts is fixed, or its audit rows would differ from machine to machine."""
    assert system_actor("intake").id == "f78f27e74fcb5e8da19c521b0081daf5"


def test_services_and_the_public_are_different_actors() -> None:
    """No two of the fixed actors share an id, and each has the form of every other id."""
    ids = {PUBLIC.id, *(system_actor(name).id for name in ("intake", "logistics", "settlement", "notify"))}
    assert len(ids) == 5
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_the_public_has_no_role() -> None:
    """Nobody gets a right by coming without a name."""
    assert (PUBLIC.kind, PUBLIC.roles) == ("public", frozenset())
