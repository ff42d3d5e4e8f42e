"""The pages of exports, reports and plans, one subject per folder."""
