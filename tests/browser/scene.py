"""A house at the end of the story, with something left to do for everybody who comes to the desk."""

from dataclasses import dataclass

import httpx
import orjson

from deploy.bus import operating
from deploy.local.house import Plan
from deploy.local.keys import seed_path
from deploy.local.story import Partner, Stage, tell
from shared.clock import new_id

PARKED = ("intake", "logistics", "unheard_of")


@dataclass(frozen=True)
class Scene:
    """plan: of a running house. family: the case of three people, of whom person is one; alone: the case of one.
    disclosure: proposed, and its approval, for somebody else on the programme's list to decide. asked: the request that
    came by the front door. statement: of somebody of the family, with evidence that came with it. report: frozen."""

    plan: Plan
    stage: Stage
    family: str
    person: str
    alone: str
    disclosure: str
    approval: str
    asked: str
    statement: str
    evidence: str
    report: str


async def set_scene(plan: Plan, http: httpx.AsyncClient) -> Scene:
    """Tell the story, propose a disclosure, and send an event that nobody can handle."""
    stage = Stage(plan, http)
    async with Partner(plan).listening() as partner:
        await tell(stage, partner)
    rows = await stage.as_("officer").every("intake", "/board")
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["case_id"]] = sizes.get(row["case_id"], 0) + 1
    (thread,) = await stage.as_("officer").every("intake", "/threads")
    family = next(case for case, people in sizes.items() if people == 3)
    disclosure, approval = await propose_disclosure(stage)
    await park(plan)
    (statement,) = await stage.as_("officer").every("intake", f"/cases/{family}/statements")
    (evidence,) = await stage.as_("officer").every("intake", f"/statements/{statement['id']}/evidence")
    (report,) = await stage.as_("analyst").every("intake", "/reports")
    return Scene(
        plan,
        stage,
        family=family,
        person=next(row["person_id"] for row in rows if row["case_id"] == family),
        alone=next(case for case, people in sizes.items() if people == 1),
        disclosure=disclosure,
        approval=approval,
        asked=str(thread["request_id"]),
        statement=str(statement["id"]),
        evidence=str(evidence["id"]),
        report=str(report["id"]),
    )


async def propose_disclosure(stage: Stage) -> tuple[str, str]:
    """The spokesperson would say a figure again, as of a later day; the disclosure, and the approval that it needs."""
    spokesperson = stage.as_("spokesperson")
    (programme,) = [one for one in await spokesperson.every("settlement", "/programmes") if one["sealed"]]
    body = {"figures": ["helped_to_escape"], "as_of": "2017-09-01", "source": "the spokesperson, from the case records"}
    proposed = await spokesperson.post("settlement", f"/programmes/{programme['id']}/disclosures", body)
    (waiting,) = await stage.as_("director").every("settlement", "/approvals")
    return str(proposed["id"]), str(waiting["id"])


async def park(plan: Plan) -> None:
    """Intake's own credential publishes what no contract knows."""
    publisher, _, event = PARKED
    key = new_id()
    envelope = {
        "specversion": "1.0",
        "id": new_id(),
        "source": f"lodestar/{publisher}",
        "type": f"{publisher}.{event}.v1",
        "subject": key,
        "time": "2017-09-01T09:00:00Z",
        "caseid": key,
        "revision": 1,
        "correlationid": new_id(),
        "data": {},
    }
    async with operating(plan.nats.url, seed_path(plan.state.keys, publisher)) as client:
        await client.publish(f"{publisher}.{event}.v1.{key}", orjson.dumps(envelope))
        await client.flush()
