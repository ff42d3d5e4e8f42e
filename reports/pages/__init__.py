"""Pages of exports, reports and plans. They show and ask; what is done is done by services."""
