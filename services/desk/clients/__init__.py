"""The four services as the desk asks them: one client each, with the token of whoever is signed in.

Rule: what a service will not tell is said to be missing, never left out and never shown as empty.
"""

from services.desk.clients.api import Problem, Silent, TokenRefusedError, UnansweredError
from services.desk.clients.casework import Casework
from services.desk.clients.diary import Diary
from services.desk.clients.intake import Intake
from services.desk.clients.joined import Joined, joined
from services.desk.clients.logistics import Logistics
from services.desk.clients.notify import Notify
from services.desk.clients.requests import Requests
from services.desk.clients.service import Service
from services.desk.clients.settlement import Settlement
from services.desk.clients.testimony import Testimony

__all__ = [
    "Casework",
    "Diary",
    "Intake",
    "Joined",
    "Logistics",
    "Notify",
    "Problem",
    "Requests",
    "Service",
    "Settlement",
    "Silent",
    "Testimony",
    "TokenRefusedError",
    "UnansweredError",
    "joined",
]
