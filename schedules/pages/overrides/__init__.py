"""Pages of one-day overrides: asking for one, its own page, taking it back, the list."""
