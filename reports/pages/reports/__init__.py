"""The pages of timesheet reports: their templates, the form that asks for one, its run."""
