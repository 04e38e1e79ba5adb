"""Witnesses are heard; what they said, what was published elsewhere, and the report that is made of it.

Rule: nothing is told here that its witness did not consent to; one of them takes a use back before two people freeze.
"""

from deploy.local.story import cast
from deploy.local.story.client import File, Json, Voice
from deploy.local.story.telling import Telling

AS_OF = "2017-06-13T00:00:00+00:00"
"""Of the report; nothing later is in it."""

VIA = "Spoken to Interpreter Eleven, who wrote it down."


async def heard(telling: Telling) -> None:
    """An officer asks through an interpreter, a caseworker writes it down, with what may be made of it."""
    interpreter = await _interpreter(telling)
    caseworker = telling.stage.as_("caseworker")
    for number, told in enumerate(cast.STATEMENTS):
        taken = {
            "person_id": telling.people[number][0],
            "interviewer_id": cast.staff_id("officer"),
            "interpreter_id": interpreter,
            "language": "ce",
            "held_on": "2017-06-02",
            "place": told.place,
            "original": told.original,
            "translation": told.translation,
            "happenings": [{"harm": told.harm, "region": told.region, "year": 2017}],
        }
        statement = await caseworker.post("intake", f"/cases/{telling.cases[number]}/statements", taken)
        path, version = f"/statements/{statement['id']}", statement["version"]
        for use in told.uses:
            await caseworker.post("intake", f"{path}/uses", {"use": use, "proof": VIA}, version=version)
            version += 1
        masked = await caseworker.post("intake", f"{path}/masking", _masks(told), version=version)
        telling.statements.append((masked["statement_id"], version + 1))
    await _evidence(telling)
    await _taken_back(telling)


async def _interpreter(telling: Telling) -> str:
    about = {"name": "Interpreter Eleven", "languages": ["ce", "ru"], "gender": "female", "towns": ["Invented Mills"]}
    made = await telling.stage.as_("manager").post("intake", "/interpreters", {**about, "zone": "Europe/Moscow"})
    return str(made["id"])


def _masks(told: cast.Statement) -> Json:
    """Whoever is named beside the witness is nobody's to read."""
    texts = {"original": told.original, "translation": told.translation}
    spans = [
        {"text": which, "start": text.index(name), "end": text.index(name) + len(name), **cast.HIDDEN}
        for which, text in texts.items()
        for name in told.names
        if name in text
    ]
    return {"number": 1, "spans": spans}


async def _evidence(telling: Telling) -> None:
    """The first witness brought the messages by which he was lured; they go from hand to hand."""
    caseworker = telling.stage.as_("caseworker")
    (statement, _) = telling.statements[0]
    thing = {"description": "Messages of a false friend, printed", "received_from": "The witness, at the second door"}
    made = await caseworker.post("intake", f"/statements/{statement}/evidence", thing)
    path = f"/evidence/{made['id']}"
    await caseworker.upload("intake", f"{path}/content", File(cast.MESSAGES.encode(), "text/plain"))
    given = {
        "given_by": "The caseworker on duty",
        "received_by": "The safe of the second office",
        "reason": "To be kept until a court asks",
    }
    await caseworker.post("intake", f"{path}/handovers", given, version=made["version"] + 1)
    seen = await caseworker.get("intake", path)
    telling.evidence = {"intact": seen["content_intact"] and seen["chain_intact"], "hands": len(seen["custody"])}


async def _taken_back(telling: Telling) -> None:
    """The last one wants to be counted and no longer quoted."""
    statement, version = telling.statements[-1]
    body = {"uses": ["anonymised_report"]}
    await telling.stage.as_("caseworker").post("intake", f"/statements/{statement}/withdrawal", body, version=version)


async def reported(telling: Telling) -> None:
    """Numbers that disagree stand side by side, one of them mended; two people freeze the report, and it is set."""
    analyst, manager = telling.stage.as_("analyst"), telling.stage.as_("manager")
    claims = (await analyst.get("intake", "/claims", topic="detained"))["items"]
    first, second = (f"/claims/{one['id']}" for one in claims[:2])
    how = {"how": "Compared name by name with the lists of two networks."}
    await analyst.post("intake", f"{second}/verification", how, version=1)
    wrong = {"qualifier": "more_than", "value": 140, "note": "The newspaper had left out those let go at once."}
    await analyst.post("intake", f"{first}/errata", wrong, version=1)
    plan = {"title": cast.REPORT, "introduction": cast.INTRODUCTION, "topics": ["detained"], "as_of": AS_OF}
    report = await analyst.post("intake", "/reports", plan)
    path = f"/reports/{report['id']}"
    await analyst.post("intake", f"{path}/freezing", version=report["version"])
    decision = f"{path}/freezing/decision"
    own = analyst.refused("intake", decision, {"approve": True}, version=report["version"] + 1)
    await telling.refused("own report", own)
    shown = await telling.once("what the report shows", _shown(analyst, path))
    await manager.post("intake", decision, {"approve": True}, version=report["version"] + 1)
    made = await analyst.until("intake", path, lambda seen: seen["pdf_digest"] is not None)
    telling.report = {"state": made["state"], **shown}


async def _shown(analyst: Voice, path: str) -> Json:
    """Of a draft, which can be read only before it is frozen: numbers and no words."""
    draft = await analyst.get("intake", f"{path}/draft")
    numbers = sorted(one["value"] for one in draft["claims"])
    return {"witnesses": draft["witnesses"], "quoted": len(draft["statements"]), "numbers": numbers}
