"""Pages of files of overrides."""
