"""The diary of a case: dated notes, appointments, and the interpreters who may be asked to them."""
