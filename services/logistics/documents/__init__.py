"""Documents: the papers of people, and the gate that says who may travel where."""
