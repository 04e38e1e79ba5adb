"""The desk in a real browser, at a house that told the story."""
