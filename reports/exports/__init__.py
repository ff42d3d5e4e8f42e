"""Timesheet exports: asked for once, followed by number, accounted for."""
