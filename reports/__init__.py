"""Timesheets: exports for payroll, reports, and the plans that ask for both."""
