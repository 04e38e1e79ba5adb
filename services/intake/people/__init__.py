"""People: who is on a case, as they are called, and as their papers say."""
