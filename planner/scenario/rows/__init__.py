"""What a row of each table holds: frozen pydantic models, by topic."""
