"""State that is no secret and must be exact, in SQL: the only room that knows it."""
