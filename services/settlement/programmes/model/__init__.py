"""The rules of programmes, submissions, other ways and disclosures: pure, one module for each."""
