"""The pages of timesheet exports: their configurations, the form that asks for one, its run."""
