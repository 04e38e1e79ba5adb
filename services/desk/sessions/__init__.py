"""Who is signed in: the way through the issuer, the sessions, and the tokens that a form carries.

Rule: a browser holds one random value; everything that it stands for stays here, encrypted, and goes when the session
ends. Sessions, tokens and sign-ins live in real time, never on the domain clock.
"""

from services.desk.sessions.provider import Begun, Client, Provider, RefusedByIssuerError
from services.desk.sessions.sessions import Session, Sessions
from services.desk.sessions.wallet import Wallet

__all__ = ["Begun", "Client", "Provider", "RefusedByIssuerError", "Session", "Sessions", "Wallet"]
