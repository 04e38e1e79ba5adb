"""What people of a case are, know and agreed to; the words of this slice."""

from services.intake.people.model.people import Facts, Known, Person, is_minor
from services.intake.people.model.reveals import RevealTerms

__all__ = ["Facts", "Known", "Person", "RevealTerms", "is_minor"]
