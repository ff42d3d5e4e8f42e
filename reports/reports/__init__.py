"""Timesheet reports and their templates."""
