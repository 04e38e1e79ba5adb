"""Metrics and logs of settlement: operators learn from neither that a sealed programme exists."""

import logging
import re

import pytest
from prometheus_client import generate_latest

from tests.settlement.stories import found_programme, get, officer, open_case, post, submit
from tests.settlement.test_disclosures import listed, propose, sign
from tests.support.room import Room

COUNTED = re.compile(r'lodestar_http_requests_total\{method="(\w+)",route="([^"]+)",status="(\d+)"\} (\d+)')
TIMED = re.compile(r'lodestar_http_seconds_count\{route="([^"]+)"\} (\d+)')
LOGGED = re.compile(r"^(\w+) (/\S+) (\d+) ")


async def test_disclosures_are_told_as_programmes(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """All that is done about a sealed programme has the name that a public one gives to all that is done about it."""
    caplog.set_level(logging.INFO, "shared.web.envelope")
    me = officer()
    public, sealed = await found_programme(room, me), await found_programme(room, me, sealed="sealed")
    group = await open_case(room, me)
    submission = (await submit(room, me, public, group)).json()
    assert (await get(room, me, f"/submissions/{submission['id']}")).status_code == 200
    second = await listed(room, me, sealed)
    proposed = (await propose(room, me, sealed)).json()
    assert (await get(room, second, f"/disclosures/{proposed['id']}")).status_code == 200
    assert (await sign(room, second, proposed)).status_code == 200
    assert (await post(room, me, f"/programmes/{public}/disclosures", {})).status_code == 422

    # By hand: founded twice, submitted and proposed; two looks; put on the list and signed; one that was wrong.
    shown = generate_latest(room.registry).decode()
    assert sorted(COUNTED.findall(shown)) == [
        ("GET", "/programmes", "200", "2"),
        ("POST", "/programmes", "200", "2"),
        ("POST", "/programmes", "201", "4"),
        ("POST", "/programmes", "422", "1"),
    ]
    assert TIMED.findall(shown) == [("/programmes", "9")]
    logged = [LOGGED.match(record.getMessage()) for record in caplog.records if "/" in record.getMessage()]
    assert [line and line[2] for line in logged] == ["/programmes"] * 9
    assert "disclosure" not in shown + caplog.text
