"""What can be done with the people of a case; what other slices need of it is named here."""

from services.intake.people.actions.corrections import ask_permitted
from services.intake.people.actions.entries import KNOWN_ANEW, live_of_case, present_of
from services.intake.people.actions.own_copy import Whose, copy_of
from services.intake.people.actions.people import (
    add_member,
    adults_beside,
    birthday,
    case_of,
    forget,
    former_cases,
    ids_of_case,
    make_principal,
    move,
    of_group,
    on_a_case,
    principal_of,
    register,
)
from services.intake.people.actions.reveals import REVEAL
from services.intake.people.actions.safe_contact import is_known_by, may_contact
from services.intake.people.actions.standing import permit
from services.intake.people.actions.telling import tell_joined

__all__ = [
    "KNOWN_ANEW",
    "REVEAL",
    "Whose",
    "add_member",
    "adults_beside",
    "ask_permitted",
    "birthday",
    "case_of",
    "copy_of",
    "forget",
    "former_cases",
    "ids_of_case",
    "is_known_by",
    "live_of_case",
    "make_principal",
    "may_contact",
    "move",
    "of_group",
    "on_a_case",
    "permit",
    "present_of",
    "principal_of",
    "register",
    "tell_joined",
]
