"""What can be done with partners: agree with one, look at them, suspend, resume, agree anew, give new secrets.

Rule: the secrets are told once, to whom made the agreement or the secrets anew; nobody reads them afterwards.
"""

import base64
import secrets
from datetime import timedelta

from sqlalchemy import Select

from services.notify.partners import model
from services.notify.partners.model import Agreement, Particulars, Partner, Secrets, State
from services.notify.partners.store import agreements as store
from shared.access import Resource
from shared.clock import new_id
from shared.errors import not_found
from shared.work import Work

SECRET_BYTES = 32
FORMER_END = "former_secrets_end"


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


async def see_partner(work: Work, partner_id: str) -> tuple[Partner, Particulars]:
    """Errors: Refusal not_found for who may not see partners, too."""
    _permit(work, "see_partners", partner_id)
    found = await store.load_whole(work, partner_id)
    work.audit("see_partners", subjects=[partner_id])
    return found


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


async def give_new_secrets(work: Work, partner_id: str, version: int, both_for: timedelta) -> tuple[Partner, Secrets]:
    """Make the secrets anew. both_for: how long the present ones still hold beside them; those before them end now.

    Errors: Refusal not_found, forbidden, stale.
    """
    _permit(work, "change_agreement", partner_id)
    partner = await store.load(work, partner_id)
    keys, until = Secrets(_secret(), _secret()), work.now + both_for
    next_version = await store.replace_secrets(work, partner_id, version, keys, until)
    await work.at(until, FORMER_END, partner_id)
    work.audit("give_new_secrets", subjects=[partner_id])
    return Partner(partner_id, partner.state, partner.agreement, next_version), keys


async def end_former(work: Work, partner_id: str) -> None:
    """The timer of secrets that were replaced: they are no longer kept."""
    await store.end_former(work, partner_id)


async def endpoint_is_gone(work: Work, partner_id: str) -> None:
    """The partner's endpoint said that it is there no longer: nothing is sent until somebody has asked them."""
    if await store.suspend(work, partner_id):
        work.audit("suspend_partner", subjects=[partner_id])


async def inbound_secrets(work: Work, partner_id: str) -> tuple[str, ...]:
    """What the partner may sign its webhooks with; none when there is no such partner."""
    signing = await store.signing(work, partner_id)
    return () if signing is None else tuple(keys.inbound for keys in signing.all)


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


async def way_out(work: Work, partner_id: str) -> tuple[str, tuple[str, ...]]:
    """Endpoint and outbound secrets. Errors: Refusal not_found."""
    _, particulars = await store.load_whole(work, partner_id)
    signing = await store.signing(work, partner_id)
    if signing is None:
        raise not_found()
    return particulars.endpoint_url, tuple(keys.outbound for keys in signing.all)


def _permit(work: Work, action: str, partner_id: str) -> None:
    agreement = Resource("Agreement", partner_id, {"in_force": True, "partner": partner_id})
    work.permit(action, agreement, see="see_partners")


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
