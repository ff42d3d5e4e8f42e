"""One-day overrides: asked for, prepared by reading, agreed to by a person, written, verified."""
