"""What can be done with partners: agree with one, look at them, suspend, resume, agree anew.

Rule: the secrets are told once, to whom made the agreement; nobody reads them afterwards.
"""

import base64
import secrets

from sqlalchemy import Select

from services.notify.partners import model
from services.notify.partners.model import Agreement, Particulars, Partner, Secrets, State
from services.notify.partners.store import agreements as store
from shared.access import Resource
from shared.clock import new_id
from shared.work import Work

SECRET_BYTES = 32


async def make(
    work: Work, particulars: Particulars, agreement: Agreement, *, loopback_http: bool
) -> tuple[Partner, Secrets]:
    """Make an agreement with a partner. Errors: Refusal forbidden; invalid for a bad endpoint or an expired term."""
    _permit(work, "make_agreement", "new")
    model.check_endpoint(particulars.endpoint_url, loopback_http=loopback_http)
    model.check_agreement(agreement, work.now.date())
    partner = Partner(new_id(), "active", agreement, 1)
    keys = Secrets(_secret(), _secret())
    work.create_key(partner.id)
    await store.add(work, await work.cipher(partner.id), partner, particulars, keys)
    work.audit("make_agreement", subjects=[partner.id])
    return partner, keys


async def see_partners(work: Work, after: str | None, limit: int) -> list[tuple[Partner, Particulars]]:
    """All partners. Errors: Refusal forbidden."""
    _permit(work, "see_partners", "all")
    partners = await store.page(work, after, limit)
    work.audit("see_partners", subjects=[partner.id for partner, _ in partners])
    return partners


async def move(work: Work, partner_id: str, version: int, to: State) -> Partner:
    """Suspend a partner or let it go on. Errors: Refusal not_found, forbidden, stale, conflict."""
    _permit(work, "change_agreement", partner_id)
    partner = await store.load(work, partner_id)
    model.check_move(partner, to)
    next_version = await work.change(store.PARTNERS, partner_id, version, state=to)
    work.audit("suspend_partner" if to == "suspended" else "resume_partner", subjects=[partner_id])
    return Partner(partner_id, to, partner.agreement, next_version)


async def agree_anew(work: Work, partner_id: str, version: int, agreement: Agreement) -> Partner:
    """Replace what was agreed. Errors: Refusal not_found, forbidden, stale, invalid."""
    _permit(work, "change_agreement", partner_id)
    partner = await store.load(work, partner_id)
    model.check_agreement(agreement, work.now.date())
    values = store.agreement_values(agreement)
    next_version = await work.change(store.PARTNERS, partner_id, version, **values)
    work.audit("change_agreement", subjects=[partner_id])
    return Partner(partner_id, partner.state, agreement, next_version)


async def endpoint_is_gone(work: Work, partner_id: str) -> None:
    """The partner's endpoint said that it is there no longer: nothing is sent until somebody has asked them."""
    if await store.suspend(work, partner_id):
        work.audit("suspend_partner", subjects=[partner_id])


async def signing_secret(work: Work, partner_id: str) -> str | None:
    """What the partner signs its webhooks with; None when there is no such partner."""
    return await store.inbound_secret(work, partner_id)


async def check_may_refer(work: Work, partner_id: str) -> None:
    """For a partner who has proved to be it. Errors: Refusal forbidden when suspended or not agreed any more."""
    partner = await store.load(work, partner_id)
    in_force = partner.state == "active" and partner.agreement.in_force(work.now.date())
    work.permit("bring_referral", Resource("Agreement", partner_id, {"in_force": in_force, "partner": partner_id}))


def active_ids() -> Select[tuple[str]]:
    """The ids of partners to whom something may be sent; for use as a subquery."""
    return store.active_ids()


async def allows(work: Work, partner_id: str, kind: str) -> bool:
    """Whether the partner may have news of this kind at this moment."""
    partner = await store.load(work, partner_id)
    return partner.agreement.allows(kind, work.now.date())


async def way_out(work: Work, partner_id: str) -> tuple[str, str]:
    """Endpoint and outbound secret. Errors: Refusal not_found."""
    return await store.way_out(work, partner_id)


def _permit(work: Work, action: str, partner_id: str) -> None:
    agreement = Resource("Agreement", partner_id, {"in_force": True, "partner": partner_id})
    work.permit(action, agreement, see="see_partners")


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
