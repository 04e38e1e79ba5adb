"""Nothing of what people told lies open anywhere that an installation leaves or shows.

Rule: the story is told on a real house; then every file of its folder, every metrics page, every webhook body and every
process environment is searched for every personal value that went in, in every usual encoding.
"""

from base64 import b64encode
from collections.abc import Iterator

import httpx
import psutil
import pytest

from deploy.local.house import SERVICES, Plan
from deploy.local.nats_server import LOOPBACK
from deploy.local.processes import Supervisor
from deploy.local.story import Partner
from deploy.local.story.cast import PAPERS
from tests.secrets.canaries import BY_CHANCE, IN_CLEAR, ONLY_IN, Canaries, forms, found_in
from tests.secrets.conftest import ToldHouse

CODED = {
    kind: [value for told in PAPERS.values() for one, value in told if one == kind]
    for kind in ("nationality", "marital_status", "relationship")
}
"""What the story tells in codes of who somebody is."""

PLANTED = "Rosalind Inventedcanary"


def test_every_form_of_a_canary_is_recognised() -> None:
    """The search itself finds what is planted: as it is, in hex, in base64 behind anything, and as UTF-16."""
    looked_for = dict.fromkeys(forms(PLANTED), "name")
    raw = PLANTED.encode()
    planted = [raw, raw.hex().encode(), raw.hex().upper().encode(), PLANTED.encode("utf-16-le")]
    planted += [b64encode(b"{" * before + raw + b"}" * after) for before in range(4) for after in range(3)]
    assert all(list(found_in(b"..." + one + b"...", looked_for)) for one in planted)
    assert not list(found_in(b"Rosalind Somebody Else", looked_for))


def test_codes_of_every_kind_are_canaries() -> None:
    """Of one field that holds several kinds, however many of another kind were said before."""
    canaries = Canaries()
    for value in ("LP-IH", "LP-RR", "SM-MI", "SM-CC", "SV-HK"):
        canaries.add("/people/{id}/entries", {"kind": "need", "value": value})
    for kind, value in (("nationality", "KG"), ("marital_status", "widowed"), ("relationship", "niece_or_nephew")):
        canaries.add("/people/{id}/entries", {"kind": kind, "value": value})
    looked_for = canaries.forms()
    assert list(found_in(b'{"nationality": "KG"}', looked_for)) == ["/people/{id}/entries.value[nationality]"]
    assert list(found_in(b"she is widowed", looked_for)) == ["/people/{id}/entries.value[marital_status]"]
    assert list(found_in(b"a niece_or_nephew", looked_for)) == ["/people/{id}/entries.value[relationship]"]


@pytest.mark.timeout(600)
@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_personal_lies_open(house: ToldHouse) -> None:
    """Files, metrics, webhooks and environments of a house that told the whole story hold no canary."""
    canaries, found = house.canaries, dict[str, set[str]]()
    looked_for = canaries.forms()
    assert set(IN_CLEAR) - BY_CHANCE <= set(canaries.said), "an exception that nobody needs any more"
    assert len(canaries.secrets()) > 20
    coded = {kind: canaries.secrets()[f"/people/{{id}}/entries.value[{kind}]"] for kind in CODED}
    assert coded == {kind: list(dict.fromkeys(told)) for kind, told in CODED.items()}
    assert len(looked_for) > 300
    shown = [*await _metrics(house.plan), *_webhooks(house.partner), *_environments(house.supervisor)]
    for name, content in [*shown, *_files(house.plan)]:
        for place in found_in(content, looked_for):
            if place in ONLY_IN and name.startswith(ONLY_IN[place]):
                continue
            found.setdefault(place, set()).add(name)
    assert found == {}


async def _metrics(plan: Plan) -> list[tuple[str, bytes]]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        pages = [(one, await http.get(f"http://{LOOPBACK}:{plan.metrics_port(one)}/metrics")) for one in SERVICES]
    assert all(b"lodestar_http_requests_total" in page.content for _, page in pages)
    return [(f"metrics of {one}", page.content) for one, page in pages]


def _webhooks(partner: Partner) -> Iterator[tuple[str, bytes]]:
    for told in partner.news.values():
        yield "a webhook", repr(told).encode()


def _environments(supervisor: Supervisor) -> Iterator[tuple[str, bytes]]:
    for name, child in supervisor.children.items():
        yield f"the environment of {name}", repr(psutil.Process(child.pid).environ()).encode()


def _files(plan: Plan) -> Iterator[tuple[str, bytes]]:
    for path in sorted(plan.state.path.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(plan.state.path)), path.read_bytes()
