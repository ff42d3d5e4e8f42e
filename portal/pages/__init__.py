"""Pages of the portal's own tables. They show and ask; what is done is done by services."""
