"""The work beside the journey: what is written down, arranged and held while people wait."""

from datetime import datetime, timedelta

from deploy.local.story import cast
from deploy.local.story.refuge import REPORTED
from deploy.local.story.telling import Telling

NOTED = "Two cars stood before the bakery until dawn."
CORRECTED = "One car stood before the bakery until dawn; the other was the baker's."


async def noted_and_arranged(telling: Telling) -> None:
    """Of the first cases: a dated note and its correction, a task that is done, an appointment with an interpreter that
    is moved and then called off."""
    interpreter = await _interpreter(telling)
    for group in telling.groups[: cast.SPOKEN_TO]:
        case, person = f"/cases/{telling.cases[group.number]}", telling.people[group.number][0]
        await _noted(telling, case, person)
        await _task(telling, case)
        await _arranged(telling, case, person, interpreter, group.number)


async def held_and_lifted(telling: Telling) -> None:
    """A court asks that nothing of a case goes; when it is done two people lift the hold."""
    guardian, counsel = telling.stage.as_("guardian"), telling.stage.as_("counsel")
    why = {"reason": "The court of the harbour town asked for the file."}
    hold = await guardian.post("intake", f"/cases/{telling.cases[0]}/hold", why)
    url, version = f"/holds/{hold['id']}", hold["version"]
    asked = await guardian.post("intake", f"{url}/lifting", {"reason": "The judge sent it back."}, version=version)
    agreed = {"approval_id": asked["approval_id"], "approve": True}
    await counsel.post("intake", f"{url}/lifting/decision", agreed, version=asked["version"])


async def _interpreter(telling: Telling) -> str:
    """One manager enters her, another vets her."""
    manager, deputy = telling.stage.as_("manager"), telling.stage.as_("deputy")
    about = {
        "name": "Selima Sandpiper",
        "languages": ["Chechen", "Russian"],
        "gender": "female",
        "towns": ["Lower Reedmarsh"],
        "zone": "Europe/Vilnius",
    }
    made = await manager.post("intake", "/interpreters", about)
    signed = {"signed_on": "2017-05-29"}
    await deputy.post("intake", f"/interpreters/{made['id']}/vetting", signed, version=made["version"])
    return str(made["id"])


async def _noted(telling: Telling, case: str, person: str) -> None:
    officer = telling.stage.as_("officer")
    note = {"on": "2017-05-30", "text": NOTED, "confidential": True, "person_id": person}
    made = await officer.post("intake", f"{case}/notes", note)
    correction = {"text": CORRECTED, "reason": "The baker was asked."}
    await officer.post("intake", f"/notes/{made['id']}/corrections", correction, version=made["version"])


async def _task(telling: Telling, case: str) -> None:
    officer = telling.stage.as_("officer")
    due_at = (REPORTED + timedelta(days=5)).isoformat()
    task = {"text": "Ask the sister for the school papers.", "due_at": due_at}
    made = await officer.post("intake", f"{case}/duties", task)
    said = {"note": "She keeps them under the stove."}
    await officer.post("intake", f"/duties/{made['id']}/completion", said, version=made["version"])


async def _arranged(telling: Telling, case: str, person: str, interpreter: str, place: int) -> None:
    """place: one interpreter cannot be in two rooms at once."""
    officer, begins = telling.stage.as_("officer"), REPORTED + timedelta(days=2, hours=2 * place)
    wishes = {"gender": "female", "towns": ["Upper Reedmarsh"]}
    await officer.post("intake", f"/people/{person}/interpreter-wishes", wishes)
    need = {"language": "Chechen", "person_id": person, **_times(begins)}
    found = await officer.post("intake", f"{case}/interpreter-search", need)
    if interpreter not in [one["id"] for one in found["items"]]:
        raise AssertionError("the interpreter is free and is not found")
    booking = {
        "kind": "counselling",
        "place": "The back room of the chandlery",
        "zone": "Europe/Vilnius",
        "room": f"The blue door {place + 1}",
        "purpose": "He wants to speak of the eleven days.",
        "interpreter_id": interpreter,
    }
    made = await officer.post("intake", f"{case}/appointments", {**booking, **need})
    later = {**_times(begins + timedelta(days=1)), "reason": "The chandler has a funeral."}
    url = f"/appointments/{made['id']}"
    moved = await officer.post("intake", f"{url}/times", later, version=made["version"])
    why = {"reason": "He left for the house before."}
    await officer.post("intake", f"{url}/cancellation", why, version=moved["version"])


def _times(begins: datetime) -> dict[str, str]:
    return {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
