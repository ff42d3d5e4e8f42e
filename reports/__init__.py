"""Timesheet exports: triggered once, followed to their end, never lost."""
