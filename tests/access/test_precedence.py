"""Seal, recusal, broken glass, assignment: the first that has an answer decides, in every policy file."""

from itertools import product

import pytest

from shared.access import Policies, Resource
from tests.access.rooms import BLUEPRINTS
from tests.support.room import staff

ANYBODY = staff("coordinator", "caseworker", "settlement_worker", "intake_officer")

TRUTH = {
    # recused, glass broken, assigned: seen
    (False, False, False): False,
    (False, False, True): True,
    (False, True, False): True,
    (False, True, True): True,
    (True, False, False): False,
    (True, False, True): False,
    (True, True, False): False,
    (True, True, True): False,
}
EMPLOYABILITY = {standing: seen and standing[2] for standing, seen in TRUTH.items()}
"""Plans and needs: only an assignment opens them."""


def policies(service: str) -> Policies:
    return Policies.load(BLUEPRINTS[service]().policies)


def resource(kind: str, standing: tuple[bool, bool, bool], **facts: bool) -> Resource:
    recused, glass_broken, assigned = standing
    return Resource(kind, "c" * 32, {"recused": recused, "glass_broken": glass_broken, "assigned": assigned, **facts})


@pytest.mark.parametrize("service", BLUEPRINTS)
def test_recusal_beats_broken_glass_and_broken_glass_beats_assignment(service: str) -> None:
    """A case is seen by exactly these."""
    asked = policies(service)
    seen = {one: asked.allows(ANYBODY, "see_case", resource("Case", one)) for one in TRUTH}
    assert seen == TRUTH


@pytest.mark.parametrize(("kind", "truth"), [("Reception", TRUTH), ("Plan", EMPLOYABILITY)])
def test_a_seal_beats_everything_at_the_far_end(kind: str, truth: dict[tuple[bool, bool, bool], bool]) -> None:
    """What is hidden is hidden however one stands to the case; broken glass opens no plan."""
    asked, action = policies("settlement"), f"see_{kind.lower()}"
    for hidden, (standing, seen) in product((False, True), truth.items()):
        allowed = asked.allows(ANYBODY, action, resource(kind, standing, hidden=hidden))
        assert allowed is (seen and not hidden), (hidden, standing)


def test_a_seal_beats_everything_about_a_submission() -> None:
    """To a programme that is neither disclosed nor has the actor on its list, there is no submission."""
    asked = policies("settlement")
    for is_open, listed, (standing, seen) in product((False, True), (False, True), TRUTH.items()):
        allowed = asked.allows(ANYBODY, "see_submission", resource("Submission", standing, open=is_open, listed=listed))
        assert allowed is (seen and (is_open or listed)), (is_open, listed, standing)
