"""What can be done with programmes, submissions, other ways, disclosures and outcomes, one module for each."""
