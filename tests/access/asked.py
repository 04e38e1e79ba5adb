"""How each route is asked: with which body, in which states of what it names, and by whom.

Rule: a body is one that would be done, or refused only by what comes after the permission.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from shared.clock import new_id
from shared.web.routing import Route
from tests.access.rooms import ADAM, APPOINTMENT, INTERPRETER, WHISPER
from tests.access.scenes import OF_A_CASE, ONCE, SEALED, VERDICT, Scene
from tests.intake.test_safe_contact import SAFE_CONTACT
from tests.intake.test_way_to_a_plan import ITEM, TALK
from tests.logistics.scene import PASSPORT, legs
from tests.support.consents import spoken
from tests.support.room import NOON

CONTACT = {name: said for name, said in SAFE_CONTACT.items() if not name.endswith("_word")}
NO_BODY = (
    "/imports/{import_id}/run",
    "/imports/{import_id}/cancellation",
    "/requests/{request_id}/claim",
    "/requests/{request_id}/release",
    "/requests/{request_id}/unmerge",
    "/handovers/{handover_id}/taking",
    "/shifts/{shift_id}/end",
    "/requests/{request_id}/thread/reading",
    "/cases/{case_id}/plan/proposal",
    "/transfers/{transfer_id}/withdrawal",
    "/journeys/{journey_id}/departure",
    "/journeys/{journey_id}/cancellation",
    "/stays/{stay_id}/arrival",
    "/stays/{stay_id}/end",
    "/stays/{stay_id}/release",
    "/plans/{plan_id}/closure",
    "/submissions/{submission_id}/withdrawal",
    "/deliveries/{delivery_id}/retry",
    "/alerts/{alert_id}/acknowledgement",
    "/alerts/{alert_id}/all-clear",
    "/evidence/{evidence_id}/copies",
    "/reports/{report_id}/freezing",
    "/reports/{report_id}/pdf",
    "/staff/{actor_id}/revocation",
    "/requests/{request_id}/deletion",
    "/interpreters/{interpreter_id}/suspension",
    "/letters-set-aside/{letter_id}/retry",
    "/letters-set-aside/{letter_id}/discard",
    "/parked/{parked_id}/replay",
    "/parked/{parked_id}/discard",
)
FILES = {
    "/documents/{document_id}/scan": ("application/pdf", b"%PDF-1.4 x"),
    "/consents/{consent_id}/evidence": ("application/pdf", b"%PDF-1.4 x"),
    "/evidence/{evidence_id}/content": ("text/plain", b"Seen."),
    "/verification-items/{item_id}/files": ("application/pdf", b"%PDF-1.4 x"),
    "/imports/{import_id}/file": ("text/csv", b"id\n1"),
}
"""Routes whose body is a file."""

QUERIES = {
    "/claims": {"topic": "arrests"},
    "/claim-definitions": {"topic": "arrests"},
    "/statements/{statement_id}/excerpt": {"use": "court"},
}

REPORT = {"title": "Held", "as_of": NOON.isoformat()}
SAID = {"original": "They came at night."}
AGREED = {"kinds": [], "expires_on": "2018-01-01"}
PROPOSED = {"figures": ["settled_in_canada"], "as_of": "2017-04-03", "source": "Us."}
RESTS = ("/cases/{case_id}/suspension", "/cases/{case_id}/support-in-place", "/cases/{case_id}/reviews")
HOUSE = {"region": "north", "beds": 2, "address": "1 Lantern Lane"}


def body_of(path: str, scene: Scene, known: dict[str, str]) -> Any:
    """A body with which the route can do what it is for."""
    people = scene.people or [known.get("person_id", new_id())]
    case = {"case_id": known.get("case_id"), "person_ids": people}
    until = (NOON + timedelta(hours=9)).isoformat()
    later = (NOON + timedelta(hours=8)).isoformat()
    bodies: dict[str, Any] = {
        "/requests": WHISPER,
        "/requests/{request_id}/screening": {"in_scope": True},
        "/requests/{request_id}/reopening": {"reason": "She wrote again."},
        "/requests/{request_id}/urgency": {"urgency": "urgent"},
        "/requests/{request_id}/withdrawal": {"how": "phone", "reason": "She asked us to stop."},
        "/requests/{request_id}/agreement": {"person_agrees": "yes"},
        "/requests/{request_id}/handover": {"note": "Call at six."},
        "/requests/{request_id}/safe-contact": {"whom": "person", "contact": CONTACT},
        "/requests/{request_id}/contact-attempts": {"channel": "receipt", "result": "left_a_message"},
        "/requests/{request_id}/unreachable": {"reason": "No answer for days."},
        "/shifts": {
            "actor_id": known.get("actor_id"),
            "begins_at": NOON.isoformat(),
            "ends_at": until,
            "languages": ["ru"],
        },
        "/requests/{request_id}/merge": {"into": scene.more.get("into")},
        "/requests/{request_id}/apart": {"other": scene.more.get("into")},
        "/requests/{request_id}/apart/withdrawal": {"other": scene.more.get("into")},
        "/requests/{request_id}/thread/copy": {"person_id": people[0]},
        "/requests/{request_id}/thread/answer": {"text": "We have read it."},
        "/requests/{request_id}/case": {"code_name": "Crane 1", "people": [ADAM]},
        "/search": {"words": "Adam"},
        "/imports": {"form": "globaleaks"},
        "/cases/{case_id}/resettlement-form": {
            "case_size": 1,
            "submission_priority": "normal",
            "primary_category": "LPN",
            "secondary_category": "LAFDS",
        },
        "/colleagues": {"name": "Robin"},
        "/colleagues/{colleague_id}": {"name": "Robin"},
        "/teams": {"name": "Night", "members": []},
        "/teams/{team_id}": {"name": "Day", "members": []},
        "/claims": {
            "topic": "arrests",
            "qualifier": "exactly",
            "value": 1,
            "definition": "Men held.",
            "as_of": "2017-04-01",
            "source": "A newspaper.",
        },
        "/reports": REPORT,
        "/reports/{report_id}": REPORT,
        "/reports/{report_id}/freezing/decision": {"approve": True},
        "/claims/{claim_id}/verification": {"how": "Two lists."},
        "/claims/{claim_id}/errata": {"value": 2, "note": "One more."},
        "/cases/{case_id}/team": {"assigned": [new_id()]},
        "/cases/{case_id}/recusal": {"reason": "We grew up in one street."},
        "/caseload-caps": {"by_role": {"caseworker": 30}},
        "/staff/{actor_id}/caseload": {"role": "caseworker", "cap": 20},
        "/cases/{case_id}/transfers": {"to": new_id()},
        "/transfers/{transfer_id}/answer": {"accept": True},
        "/cases/{case_id}/verification/items": ITEM,
        "/cases/{case_id}/verification/interviews": {**TALK, "person_id": people[0]},
        "/cases/{case_id}/verification/proposal": VERDICT,
        "/cases/{case_id}/verification/head-review": {"approval_id": known.get("approval_id"), "approve": True},
        "/cases/{case_id}/verification/decision": {"approval_id": known.get("approval_id"), "approve": True},
        "/cases/{case_id}/closure": {"outcome": "completed", "assessment": {"safety": "safe", "summary": "Well."}},
        "/cases/{case_id}/reopening": {"reason": "They wrote."},
        "/cases/{case_id}/verification/anew": {"reason": "A court paper came."},
        "/cases/{case_id}/resumption": {"reason": "They wrote."},
        **{path: {"reason": "Ill.", "review_at": until} for path in RESTS},
        "/people/{person_id}/death": {"note": "A cousin called."},
        "/people/{person_id}/contact-attempts": {"channel": "signal", "result": "no_answer"},
        "/cases/{case_id}/hold": {"reason": "A court asks."},
        "/requests/{request_id}/hold": {"reason": "A court asks."},
        "/holds/{hold_id}/lifting": {"reason": "It is over."},
        "/holds/{hold_id}/lifting/decision": {"approval_id": new_id(), "approve": True},
        "/requests/{request_id}/deletion/decision": {"approval_id": new_id(), "approve": True},
        "/cases/{case_id}/notes": {"on": "2017-04-02", "text": "They called."},
        "/notes/{note_id}/corrections": {"text": "They wrote.", "reason": "A slip."},
        "/cases/{case_id}/appointments": {**APPOINTMENT, "starts_at": later, "ends_at": until},
        "/appointments/{appointment_id}/times": {"starts_at": later, "ends_at": until, "reason": "Ill."},
        "/appointments/{appointment_id}/cancellation": {"reason": "Ill."},
        "/appointments/{appointment_id}/outcome": {"outcome": "kept"},
        "/interpreters": INTERPRETER,
        "/interpreters/{interpreter_id}": INTERPRETER,
        "/interpreters/{interpreter_id}/vetting": {"signed_on": "2017-04-01"},
        "/cases/{case_id}/excluded-interpreters": {"interpreter_id": known.get("interpreter_id"), "reason": "Kin."},
        "/cases/{case_id}/interpreter-search": {"language": "ce", "starts_at": later, "ends_at": until},
        "/people/{person_id}/interpreter-wishes": {"gender": "female"},
        "/cases/{case_id}/triage": {"codes": ["need.old_age"], "priority": "normal"},
        "/cases/{case_id}/triage/assessment": {"codes": ["need.old_age"]},
        "/cases/{case_id}/plan": {"goals": [{"text": "Shelter"}]},
        "/cases/{case_id}/plan/decision": {"approval_id": known.get("approval_id"), "approve": True},
        "/cases/{case_id}/plan/progress": {"goal_id": new_id(), "progress": "reached"},
        "/cases/{case_id}/duties": {"text": "Call back.", "due_at": until},
        "/duties/{duty_id}/completion": {"note": "Called."},
        "/duties/{duty_id}/cancellation": {"note": "Came by."},
        "/people/{person_id}/consents": spoken("share_with_government"),
        "/consents/{consent_id}/withdrawal": {"how": "by_message"},
        "/consents/{consent_id}/narrowing": {
            "recipients": ["transit_government"],
            "proof": spoken("public_statistics")["proof"],
        },
        "/people/{person_id}/erasures": {"reason": "They asked."},
        "/erasures/{erasure_id}/decision": {"approve": True},
        "/people/{person_id}/safe-contact": SAFE_CONTACT,
        "/people/{person_id}/safe-contact/code-word": {"word": "Grey swan"},
        "/cases/{case_id}/people": ADAM,
        "/cases/{case_id}/moves": {"person_ids": [known.get("person_id")], "code_name": "Wren", "reason": "They part."},
        "/moves/{move_id}/decision": {"approve": False},
        "/people/{person_id}/relatives": {"name": "Vera", "relationship": "aunt"},
        "/relatives/{relative_id}": {"name": "Vera", "relationship": "aunt"},
        "/relatives/{relative_id}/end": {"why": "She died in March."},
        "/people/{person_id}/corrections": {"what": "pronouns", "value": "she", "why": "As I said."},
        "/corrections/{correction_id}/decision": {"accept": False, "answer": "It is as you said."},
        "/people/{person_id}/entries": {"kind": "need", "value": "LP-IH", "source": "person", "since": "2017-04-01"},
        "/entries/{entry_id}/end": {"source": "person", "since": "2017-04-03"},
        "/people/{person_id}/reveals": {"reason": "Which of the two is it?"},
        "/reveals/{reveal_id}/signatures": {"approve": True},
        "/cases/{case_id}/statements": {**SAID, "language": "ru", "held_on": "2017-04-01"},
        "/statements/{statement_id}/versions": {**SAID, "why": "Heard again."},
        "/statements/{statement_id}/uses": {"use": "court", "proof": "Spoken."},
        "/statements/{statement_id}/withdrawal": {},
        "/statements/{statement_id}/masking": {"number": 1, "spans": []},
        "/statements/{statement_id}/evidence": {"description": "A letter.", "received_from": "The witness."},
        "/maskings/{masking_id}/decision": {"approve": True},
        "/evidence/{evidence_id}/handovers": {"given_by": "Us", "received_by": "A notary", "reason": "To attest."},
        "/cases/{case_id}/break-glass": {"reason": "Nobody answers."},
        "/cases/{case_id}/journeys": {"person_ids": people, "legs": legs(), "destination_country": "CA"},
        "/journeys/{journey_id}/check-ins": {"leg": 1},
        "/journeys/{journey_id}/arrival": {"person_ids": people},
        "/cases/{case_id}/split": {"person_ids_apart": people[:1], "reason": "A clinic."},
        "/splits/{split_id}/decision": {"approve": True},
        "/people/{person_id}/documents": PASSPORT,
        "/houses": {**HOUSE, "code_name": "New"},
        "/houses/{house_id}/state": {"state": "vetted"},
        "/houses/{house_id}/holds": {**case, "expires_at": until},
        "/receptions/{reception_id}/handover": {"side": "reception", "counted": 1},
        "/plans/{plan_id}/needs": {"kind": "housing"},
        "/needs/{need_id}/referral": {"service": "A school"},
        "/needs/{need_id}/outcome": {"outcome": "met"},
        "/programmes": {"name": "A door", "country": "CA", "kind": "gar", "places": 1},
        "/programmes/{programme_id}/staff": {"actor_id": new_id()},
        "/programmes/{programme_id}/places": {"places": 9},
        "/programmes/{programme_id}/submissions": case,
        "/submissions/{submission_id}/decision": {"outcome": "refused"},
        "/cases/{case_id}/pathways": {
            "kind": "own_travel",
            "country": "CA",
            "from_date": "2017-05-01",
            "person_ids": people,
        },
        "/programmes/{programme_id}/disclosures": PROPOSED,
        "/disclosures/{disclosure_id}/signatures": {"content_digest": "0" * 64},
        "/partners/{partner_id}/referrals": {"type": "referral.created", "data": {"document": "a.b.c.d.e"}},
        "/partners": {"name": "An ally", "endpoint_url": "https://ally.example/in", **AGREED},
        "/partners/{partner_id}/state": {"state": "suspended"},
        "/partners/{partner_id}/agreement": AGREED,
        "/partners/{partner_id}/secrets": {"both_for_hours": 24},
    }
    return bodies[path]


async def ask(
    client: httpx.AsyncClient, route: Route, scene: Scene, known: dict[str, str], headers: dict[str, str]
) -> httpx.Response:
    """Call the route about these ids."""
    url = route.path.format(**known)
    if route.method == "GET":
        return await client.get(url, headers=headers, params=QUERIES.get(route.path, {}))
    headers = {**headers, "Idempotency-Key": uuid4().hex, "If-Match": '"1"'}
    if route.path in FILES:
        media_type, content = FILES[route.path]
        return await client.post(url, content=content, headers={**headers, "Content-Type": media_type})
    if route.path in NO_BODY:
        return await client.post(url, headers=headers)
    return await client.post(url, json=body_of(route.path, scene, known), headers=headers)


def states_of(scene: Scene, route: Route) -> Iterator[tuple[str, dict[str, str]]]:
    """The usual state of what the route names, and its others."""
    yield "", scene.known
    for state, ids in scene.states.items():
        if route.path_parameters & set(ids):
            yield state, {**scene.known, **ids}


CASES = {
    *("move_id", "entry_id", "relative_id", "correction_id"),
    *(
        "request_id",
        "letter_id",
        "case_id",
        "person_id",
        "consent_id",
        "reveal_id",
        "document_id",
        "stay_id",
        "duty_id",
        "note_id",
        "hold_id",
        "appointment_id",
        "statement_id",
        "masking_id",
        "evidence_id",
    ),
    *("journey_id", "split_id", "alert_id", "submission_id", "reception_id", "plan_id", "need_id"),
    *("item_id", "file_id", "transfer_id"),
}
"""What belongs to a case, by its name in a path."""

ALSO = {
    "transfer_id": ("taker", "giver+assigned"),
    "house_id": ("keeper",),
    "erasure_id": ("concerned",),
    "run_id": ("asked+assigned",),
    "import_id": ("asked+assigned",),
    "/people/{person_id}/identity": ("asked+assigned",),
    "duress": ("assigned+recused", "said_by+assigned"),
}
"""Further ways to stand to one thing: by its name in the path, its state, or the route."""

BEHIND_A_SEAL = {"programme_id", "disclosure_id", "submission_id"}


def standings_of(service: str, route: Route, state: str) -> tuple[str, ...]:
    """The ways to stand to what the route names."""
    names = route.path_parameters
    if names & BEHIND_A_SEAL or state == "veiled" or ("approval_id" in names and service == "settlement"):
        return SEALED
    for name, standing in ALSO.items():
        if name in (*names, state, route.path):
            return (*OF_A_CASE, *standing)
    if names & CASES or ("approval_id" in names and service != "notify"):
        return OF_A_CASE if service == "intake" else (*OF_A_CASE, "assigned+recused")
    return ONCE
