"""Pages of assignments: asking, what was seen, confirming, what became of it."""
