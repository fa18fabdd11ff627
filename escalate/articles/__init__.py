"""Articles from a user's files, feeds and, when allowed, addresses."""
