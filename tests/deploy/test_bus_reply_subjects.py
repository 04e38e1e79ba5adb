"""What the server's permissions do not cover: it writes answers wherever a request tells it to."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.bus import apply
from shared.contracts.envelope import decode
from shared.contracts.topology import LODESTAR

KEY = "0" * 32
ALIEN = f"intake.case_opened.v1.{KEY}"
PULL = "$JS.API.CONSUMER.MSG.NEXT.SETTLEMENT.notify-reads-settlement"
LOOK = "$JS.API.CONSUMER.INFO.SETTLEMENT.notify-reads-settlement"


async def test_what_slips_in_through_a_reply_subject_is_no_forged_event(bus: Any) -> None:
    """Naming another's subject for the answer puts a message into its stream, but never one of the sender's making:
    it is no envelope, or an event that the server delivers under its true subject. Consumers refuse both."""
    await apply(bus.url, bus.seed("operator"), LODESTAR, stream_bytes=2**26, monitoring_urls=bus.monitoring)
    told = await bus.connect("settlement")
    await told.jetstream().publish(f"settlement.plan_opened.v1.{KEY}", b"true")
    client = await bus.connect("notify")
    forged = b'{"source": "lodestar/intake"}'
    await client.publish(f"notify.referral_received.v1.{KEY}", forged, reply=ALIEN)
    await client.publish(LOOK, forged, reply=ALIEN)
    await client.publish(PULL, json.dumps({"batch": 1, "expires": 10**9}).encode(), reply=ALIEN)
    await client.flush()
    reader = (await bus.connect("logistics")).jetstream()
    durable = await reader.pull_subscribe_bind(durable="logistics-reads-intake", stream="INTAKE")
    for _ in range(3):
        (message,) = await durable.fetch(1, timeout=3)
        if message.subject == ALIEN:
            assert message.data != forged
            with pytest.raises(ValidationError):
                decode(message.data)
        else:
            assert (message.subject, message.data) == (f"settlement.plan_opened.v1.{KEY}", b"true")
