"""How urgent a case is: rules that anybody can read, an explained score, and a person who decides."""

import re
from dataclasses import fields
from datetime import timedelta
from typing import Any, get_args

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.cases.model import triage as model
from services.intake.cases.routes.triage import CodesBody, TriageBody
from services.intake.cases.store.triage import FILE, rules
from services.intake.people.model.entries import CODED
from shared.contracts.intake import CaseStateChanged, DutyCalled
from tests.intake.test_entries import enter
from tests.intake.test_way_to_a_plan import ADAM, accept, ask, check, decide, plan, propose
from tests.support.room import NOON, Room, problem, staff

FORBIDDEN = (
    "work",
    "job",
    "employ",
    "profession",
    "skill",
    "school",
    "educat",
    "degree",
    "language",
    "english",
    "french",
)
"""What no rule may speak of, however it is spelled."""

CODES = sorted(rule.code for rule in rules().rules)


async def verified(room: Room, client: httpx.AsyncClient, *team: str, **person: Any) -> str:
    """A case that is verified, at version 4; person: what is said of its only one."""
    reviewer = staff("reviewer")
    case_id = await accept(client, await ask(client), [{**ADAM, **person}], [reviewer.id, *team])
    await check(client, case_id)
    async with room.client(reviewer) as other:
        assert (await decide(other, (await propose(client, case_id)).json())).status_code == 200
    return case_id


async def triage(
    client: httpx.AsyncClient, case_id: str, version: int, codes: list[str], priority: str, reason: str = ""
) -> httpx.Response:
    body = {"codes": codes, "priority": priority, "reason": reason}
    return await client.post(f"/cases/{case_id}/triage", json=body, headers={"If-Match": f'"{version}"'})


async def test_the_score_is_explained_and_a_person_decides(room: Room) -> None:
    """40 for the hunt and 25 for the night make 65, an emergency; deciding otherwise needs a reason, kept beside."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        case_id = await verified(room, client)
        codes = ["threat.hunted", "need.no_shelter"]
        assessed = await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": codes})
        said = assessed.json()
        assert (said["score"], said["suggested"], said["lifted"], said["rules_version"]) == (65, "emergency", False, 2)
        assert [(rule["words"], rule["points"], rule["floor"]) for rule in said["counted"]] == [
            ("Looked for by name", 40, "urgent"),
            ("Without a safe place tonight", 25, "urgent"),
        ]
        assert (await client.get(f"/cases/{case_id}")).json()["priority"] is None
        assert problem(await triage(client, case_id, 4, codes, "urgent")) == (422, "reason_needed")
        assert problem(await triage(client, case_id, 4, ["skill.nurse"], "urgent")) == (422, "unknown_code")
        done = await triage(client, case_id, 4, codes, "urgent", "A friend hides him for ten days.")
        assert (done.json()["state"], done.json()["version"]) == ("triaged", 5)
        (kept,) = (await client.get(f"/cases/{case_id}/triages")).json()["items"]
        assert (kept["priority"], kept["overrode"], kept["reason"]) == (
            "urgent",
            True,
            "A friend hides him for ten days.",
        )
        assert (kept["assessment"], kept["decided_by"]) == (said, officer.id)
        assert (kept["again_at"], kept["expires_at"]) == ("2017-04-17T12:00:00Z", "2017-05-03T12:00:00Z")


async def test_a_floor_lifts_a_case_whatever_the_sum(room: Room) -> None:
    """20 points alone would be normal; that it can only be averted within two weeks makes it urgent."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await verified(room, client)
        said = (
            await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": ["time.within_two_weeks"]})
        ).json()
        assert (said["score"], said["suggested"], said["lifted"]) == (20, "urgent", True)
        plain = (await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": ["concern.torture"]})).json()
        assert (plain["score"], plain["suggested"], plain["lifted"]) == (20, "normal", False)


async def test_a_priority_runs_out_and_somebody_is_called_to_look_again(room: Room) -> None:
    """An emergency is looked at after two days and holds for seven; every triage stays, and a plan is not undone."""
    officer, supervisor = staff("intake_officer"), staff("supervisor")
    async with room.client(officer) as client, room.client(supervisor) as above:
        case_id = await verified(room, client, supervisor.id)
        assert (await triage(client, case_id, 4, ["threat.life_now"], "emergency")).status_code == 200
        assert (await plan(client, above, case_id, 5)).json()["state"] == "planned"
        due = [(one["kind"], one["due_at"]) for one in (await client.get("/duties")).json()["items"]]
        assert due == [("retriage", "2017-04-05T12:00:00Z"), ("review_plan", "2017-05-02T09:00:00Z")]
        room.clock.move(NOON + timedelta(days=2, hours=1))
        await room.fire()
        assert [called.step for called in await room.told(DutyCalled)] == ["reminder", "overdue"]
        room.clock.move(NOON + timedelta(days=7))
        seen = (await client.get(f"/cases/{case_id}")).json()
        assert (seen["priority"], seen["priority_expired"]) == ("emergency", True)
        again = await triage(client, case_id, 7, ["need.disability"], "normal")
        assert (again.json()["state"], again.json()["version"]) == ("planned", 8)
        seen = (await client.get(f"/cases/{case_id}")).json()
        assert (seen["priority"], seen["priority_expired"]) == ("normal", False)
        kept = (await client.get(f"/cases/{case_id}/triages")).json()["items"]
        assert [one["priority"] for one in kept] == ["emergency", "normal"]
        duties = (await client.get("/duties")).json()["items"]
        assert ("retriage", "2017-08-08T12:00:00Z") in [(one["kind"], one["due_at"]) for one in duties]
        assert ("retriage", "2017-04-05T12:00:00Z") not in [(one["kind"], one["due_at"]) for one in duties]
    assert [told.state for told in await room.told(CaseStateChanged)] == ["verified", "triaged", "planned"]


async def test_a_case_that_is_not_verified_yet_is_not_triaged(room: Room) -> None:
    """Nor may a reviewer triage."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id])
        assert problem(await triage(client, case_id, 1, ["threat.hunted"], "urgent")) == (409, "wrong_state")
        assert problem(await triage(other, case_id, 1, ["threat.hunted"], "urgent")) == (403, "not_permitted")


def test_no_rule_speaks_of_what_somebody_can_do() -> None:
    """No code, no word of the rules is about work, schooling or language, nor is an entry that makes one count, and no
    other field goes into the score."""
    known = {f"{kind}.{code}": words for kind, codes in CODED.items() for code, words in codes.items()}
    for code in rules().factors:
        assert code.partition(".")[0] in {"need", "concern"}
        assert not [word for word in (*FORBIDDEN, "labour") if re.search(rf"\b{word}", known[code])], code
    for rule in rules().rules:
        said = f"{rule.code} {rule.words}".casefold()
        assert not [word for word in FORBIDDEN if re.search(rf"\b{word}", said)], said
        assert rule.code.partition(".")[0] in {"threat", "time", "concern", "need"}
    assert set(CodesBody.model_fields) == {"codes"}
    assert set(TriageBody.model_fields) == {"codes", "priority", "reason"}
    assert set(model.assess.__annotations__) == {"rules", "codes", "known", "return"}
    assert {it.name for it in fields(model.Factor)} == {"entry_id", "person_id", "code", "since", "kept"}


def test_who_triages_may_not_look_at_employability() -> None:
    """Settlement's policies open plans and needs to settlement workers alone, and intake's name none of them."""
    home = FILE.parents[3]
    settlement = (home / "settlement/policies.cedar").read_text()
    opening = [part for part in settlement.split(";") if re.search(r'Action::"see_plans?"', part)]
    asked = [set(re.findall(r'roles\.contains\("(\w+)"\)', rule)) for rule in opening]
    assert asked == [{"settlement_worker"}] * 2
    assert "employ" not in (home / "intake/policies.cedar").read_text()


def test_the_rules_file_is_whole() -> None:
    """Every priority is there, the most urgent first; a code that stands twice, or a floor that is none, is refused."""
    assert tuple(rules().classes) == model.ORDER == get_args(model.Priority)
    assert rules().classes["emergency"].holds <= timedelta(days=7)
    text = FILE.read_text()
    with pytest.raises(ValueError, match="twice"):
        model.read_rules(text + '\n[[rules]]\ncode = "need.old_age"\nwords = "x"\npoints = 1\n')
    with pytest.raises(ValueError, match="twice"):
        model.read_rules(text + '\n[[rules]]\ncode = "need.x"\nwords = "x"\npoints = 1\nentries = ["need.SM-CC"]\n')
    with pytest.raises(ValueError, match="no priority"):
        model.read_rules(text.replace('floor = "emergency"', 'floor = "sooner"'))


EMPLOYABLE = st.fixed_dictionaries(
    {
        "languages": st.lists(st.sampled_from(["en", "fr", "de", "ce", "ru"]), max_size=4, unique=True),
        "name_on_papers": st.sampled_from(["Dr. Adam Test", "Adam Test, engineer", "Adam Test"]),
    }
)
CAPABLE = st.lists(st.sampled_from(["CR-NE", "CR-SE", "CR-LO", "CR-LW"]), max_size=2, unique=True)
"""Needs that speak of work or schooling."""


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=st.tuples(EMPLOYABLE, CAPABLE),
    other=st.tuples(EMPLOYABLE, CAPABLE),
    codes=st.lists(st.sampled_from(CODES), min_size=1, max_size=6, unique=True),
)
def test_two_who_differ_in_what_they_can_do_only_get_the_same_bytes(
    one: tuple[dict[str, Any], list[str]],
    other: tuple[dict[str, Any], list[str]],
    codes: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Two worlds: whatever their papers say of degrees and languages, and whatever is entered about their work and
    schooling, what triage answers is the same."""
    import asyncio

    from services.intake.service import blueprint
    from tests.intake.conftest import REFERRAL_KEY
    from tests.support.room import open_room

    async def world(person: dict[str, Any], needs: list[str]) -> bytes:
        async with open_room(blueprint(REFERRAL_KEY), tmp_path_factory.mktemp("world")) as room:
            officer = staff("intake_officer")
            async with room.client(officer) as client:
                case_id = await verified(room, client, **person)
                (adam,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
                for need in needs:
                    await enter(client, adam["id"], "need", need)
                assessed = await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": codes})
                suggested = assessed.json()["suggested"]
                assert (await triage(client, case_id, 4, codes, suggested)).status_code == 200
                (kept,) = (await client.get(f"/cases/{case_id}/triages")).json()["items"]
        return assessed.content + orjson.dumps({**kept, "id": "", "decided_by": ""})

    assert asyncio.run(world(*one)) == asyncio.run(world(*other))
