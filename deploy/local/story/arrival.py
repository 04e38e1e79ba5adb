"""The second half: a sealed programme, journeys, reception, plans, and the day when it may be spoken of."""

from collections.abc import Callable

from deploy.local.errors import LocalError
from deploy.local.story import cast
from deploy.local.story.client import Json, patiently
from deploy.local.story.telling import Telling

ENTRY = "2017-06-10"
DEPARTURE = "2017-06-12T08:00:00+00:00"
NEEDS = ("employment", "language", "counselling")
TAKEN_BACK = {"how": "by_phone", "note": "She rang from a friend's telephone."}
OTHER_COUNTRIES = ("DE", "FR", "NL", "BE")
AIRPORT = {"CA": "YYZ", "DE": "BER", "FR": "CDG", "NL": "AMS", "BE": "BRU"}


def _submitted(telling: Telling) -> list[cast.Group]:
    return [group for group in telling.groups if group.number not in cast.NEVER_SUBMITTED]


def _to_canada(telling: Telling) -> list[cast.Group]:
    return [group for group in telling.groups if group.number not in cast.OTHER_WAYS]


async def submitted(telling: Telling) -> None:
    manager, officer = telling.stage.as_("programme_manager"), telling.stage.as_("programme_officer")
    quiet = {"name": "Quiet Harbour", "country": "CA", "kind": "visa_in_country", "places": cast.PLACES}
    programme = await manager.post("settlement", "/programmes", {**quiet, "sealed": "sealed"})
    telling.programme = programme["id"]
    for name in cast.ON_THE_LIST:
        path = f"/programmes/{telling.programme}/staff"
        await manager.post("settlement", path, {"actor_id": cast.staff_id(name)})
    for group in _submitted(telling):
        body = {"case_id": telling.cases[group.number], "person_ids": telling.people[group.number]}
        path = f"/programmes/{telling.programme}/submissions"
        made = await officer.post("settlement", path, body, awaits=("not_found", "consent_missing"))
        telling.submissions[group.number] = made["id"]
    await _quota(telling, held=cast.PLACES, waitlist=2)


async def _quota(telling: Telling, **expected: int) -> None:
    await telling.stage.as_("programme_officer").until(
        "settlement",
        f"/programmes/{telling.programme}",
        lambda seen: all(seen[name] == value for name, value in expected.items()) or seen["used"] == cast.PLACES,
    )


async def places_move(telling: Telling) -> None:
    consent, version = telling.withdrawable
    await telling.stage.as_("officer").post("intake", f"/consents/{consent}/withdrawal", TAKEN_BACK, version=version)
    await _state(telling, cast.WITHDRAWS, "withdrawn")
    await _quota(telling, held=cast.PLACES, waitlist=1)
    await _decide(telling, cast.REFUSED, {"outcome": "refused"})
    await _quota(telling, held=cast.PLACES, waitlist=0)
    for group in _to_canada(telling):
        await _decide(telling, group.number, {"outcome": "accepted", "from_date": ENTRY})
    await _quota(telling, held=0, used=cast.PLACES)


async def _state(telling: Telling, number: int, state: str) -> None:
    path = f"/submissions/{telling.submissions[number]}"
    await telling.stage.as_("programme_officer").until("settlement", path, lambda seen: seen["state"] == state)


async def _decide(telling: Telling, number: int, decision: Json) -> None:
    officer = telling.stage.as_("programme_officer")
    path = f"/submissions/{telling.submissions[number]}"
    seen = await officer.get("settlement", path)
    await officer.post("settlement", f"{path}/decision", decision, version=seen["version"])


async def other_ways(telling: Telling) -> None:
    officer = telling.stage.as_("programme_officer")
    for number, country in zip(cast.OTHER_WAYS, OTHER_COUNTRIES, strict=True):
        way = {"kind": "other_visa", "country": country, "from_date": ENTRY, "person_ids": telling.people[number]}
        await officer.post("settlement", f"/cases/{telling.cases[number]}/pathways", way)


async def papers(telling: Telling) -> None:
    coordinator = telling.stage.as_("coordinator")
    everybody = [person for group in telling.groups for person in telling.people[group.number]]
    for place, person in enumerate(everybody):
        passport = {
            "kind": "passport",
            "issuing_country": "RU",
            "number": f"70 {place:07}",
            "valid_until": "2024-01-01",
        }
        await coordinator.post("logistics", f"/people/{person}/documents", passport)
    await telling.stage.advance(f"{ENTRY}T08:00:00+00:00")
    for person in everybody:
        await coordinator.until("logistics", f"/people/{person}/clearance", lambda seen: bool(seen["cleared"]))


async def travel(telling: Telling) -> None:
    await telling.stage.advance(DEPARTURE)
    for group in telling.groups:
        await _depart(telling, group)
    await telling.stage.advance("2017-06-12T13:00:00+00:00")
    for group in telling.groups:
        if group.number != cast.MISSES_CHECK_IN:
            await _check_in(telling, group, 1)
    await _ladder(telling)
    await telling.stage.advance("2017-06-13T06:00:00+00:00")
    for group in telling.groups:
        await _check_in(telling, group, 2)
        journey = f"/journeys/{telling.journeys[group.number]}"
        coordinator = telling.stage.as_("coordinator")
        seen = await coordinator.get("logistics", journey)
        manifest = {"person_ids": telling.people[group.number]}
        await coordinator.post("logistics", f"{journey}/arrival", manifest, version=seen["version"])


def _country(group: cast.Group) -> str:
    if group.number in cast.OTHER_WAYS:
        return OTHER_COUNTRIES[cast.OTHER_WAYS.index(group.number)]
    return "CA"


async def _depart(telling: Telling, group: cast.Group) -> None:
    coordinator = telling.stage.as_("coordinator")
    country = _country(group)
    legs = [
        _leg("GRV", "IST", "2017-06-12T09:00:00+00:00", "2017-06-12T14:00:00+00:00"),
        _leg("IST", AIRPORT[country], "2017-06-12T16:00:00+00:00", "2017-06-13T07:00:00+00:00"),
    ]
    body = {"person_ids": telling.people[group.number], "legs": legs, "destination_country": country}
    planned = await coordinator.post("logistics", f"/cases/{telling.cases[group.number]}/journeys", body)
    telling.journeys[group.number] = planned["id"]
    await coordinator.post("logistics", f"/journeys/{planned['id']}/departure", version=planned["version"])


def _leg(here: str, there: str, departs: str, expected: str) -> Json:
    return {"from_place": here, "to_place": there, "departs_at": departs, "expected_by": expected}


async def _check_in(telling: Telling, group: cast.Group, leg: int) -> None:
    path = f"/journeys/{telling.journeys[group.number]}/check-ins"
    await telling.stage.as_("coordinator").post("logistics", path, {"leg": leg})


async def _ladder(telling: Telling) -> None:
    """Nobody hears from one of them: the alert climbs, somebody takes it, and the report comes late."""
    duty = telling.stage.as_("duty_officer")
    for number, time in enumerate(("14:00", "14:15", "14:30", "15:00"), start=1):
        await telling.stage.advance(f"2017-06-12T{time}:00+00:00")
        await duty.until("notify", "/alerts", lambda seen, steps=number: _climbed(seen) >= steps)  # type: ignore[misc]
    (alert,) = (await duty.get("notify", "/alerts"))["items"]
    telling.alert_steps = [turn["what"] for turn in alert["history"]][:4]
    await duty.post("notify", f"/alerts/{alert['id']}/acknowledgement", version=4)
    await telling.stage.advance("2017-06-12T15:30:00+00:00")
    await _check_in(telling, telling.groups[cast.MISSES_CHECK_IN], 1)
    await duty.until("notify", "/alerts", lambda seen: seen["items"][0]["state"] == "resolved")


def _climbed(alerts: Json) -> int:
    return max((len(alert["history"]) for alert in alerts["items"]), default=0)


async def received(telling: Telling) -> None:
    worker, escort = telling.stage.as_("settlement_worker"), telling.stage.as_("coordinator")
    for group in _to_canada(telling):
        path = f"/cases/{telling.cases[group.number]}/receptions"
        expected = await worker.until("settlement", path, _arrived)
        reception = f"/receptions/{expected['items'][0]['id']}"
        for voice, side in ((escort, "escort"), (worker, "reception")):
            seen = await voice.get("settlement", reception)
            count = {"side": side, "counted": len(group.members)}
            await voice.post("settlement", f"{reception}/handover", count, version=seen["version"])
    await _remember_before(telling)


def _arrived(receptions: Json) -> bool:
    return any(one["arrived_at"] is not None for one in receptions["items"])


async def plans_worked_on(telling: Telling) -> None:
    worker = telling.stage.as_("settlement_worker")
    for group in _to_canada(telling):
        size = len(group.members)
        path = f"/cases/{telling.cases[group.number]}/plans"
        plans = await worker.until("settlement", path, lambda seen, size=size: len(seen["items"]) == size)  # type: ignore[misc]
        for plan in plans["items"]:
            for kind in NEEDS:
                need = await worker.post("settlement", f"/plans/{plan['id']}/needs", {"kind": kind})
                if kind == "language" or group.number % 3 == 0:
                    await _meet(telling, need)


async def _meet(telling: Telling, need: Json) -> None:
    worker = telling.stage.as_("settlement_worker")
    path = f"/needs/{need['id']}"
    referred = await worker.post("settlement", f"{path}/referral", {"service": "City Welcome"}, version=need["version"])
    await worker.post("settlement", f"{path}/outcome", {"outcome": "met"}, version=referred["version"])


async def public_figures(telling: Telling, reached: Callable[[list[Json]], bool]) -> list[Json]:
    """What everybody may read, without a token."""
    figures: list[Json] = []

    async def there() -> bool:
        answer = await telling.stage.http.get(f"{telling.stage.plan.url('notify')}/figures")
        figures[:] = answer.json()["figures"] if answer.status_code == 200 else []
        return bool(figures) and reached(figures)

    await patiently(there, "the public figures are not as expected")
    return figures


async def _remember_before(telling: Telling) -> None:
    """What the public read before the disclosure; kept aside, because it can be read only once."""

    async def read() -> Json:
        await telling.stage.delivered("notify")
        figures = await public_figures(telling, lambda _: True)
        if any(figure["disclosed"] for figure in figures):
            raise LocalError("a figure is public before the disclosure")
        return {figure["figure"]: figure["value"] for figure in figures}

    telling.before = await telling.once("before disclosure", read())


async def disclosed(telling: Telling) -> None:
    await telling.stage.advance("2017-09-01T09:00:00+00:00")
    await telling.stage.delivered("notify")
    spokesperson, director = telling.stage.as_("spokesperson"), telling.stage.as_("director")
    body = {
        "figures": ["helped_to_escape", "settled_in_canada"],
        "as_of": "2017-08-31",
        "source": "the organisation's own case records",
    }
    path = f"/programmes/{telling.programme}/disclosures"
    proposed = await spokesperson.post("settlement", path, body)
    signature = {"content_digest": proposed["content_digest"], "accept": True}
    signing = f"/disclosures/{proposed['id']}/signatures"
    await telling.refused("own disclosure", spokesperson.refused("settlement", signing, signature))
    await director.post("settlement", signing, signature)
