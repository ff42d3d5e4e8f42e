"""Schedules of employees: the days as Lucca computes them."""
