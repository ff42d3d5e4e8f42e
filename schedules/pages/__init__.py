"""Pages of schedules in the browser."""
