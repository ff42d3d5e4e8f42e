"""Many overrides at once: a file of them on its way through check, preparation and launch."""
