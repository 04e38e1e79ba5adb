"""What others kept before: their lists become requests and cases; and a case becomes a form of theirs."""
