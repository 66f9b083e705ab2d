"""Plans tried on paths that they were not made for."""
