"""The pages of an import in the browser. They show and ask; what is done is done by services."""
