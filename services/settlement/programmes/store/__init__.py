"""The tables of programmes, submissions, other ways, disclosures and outcomes, one module for each."""
