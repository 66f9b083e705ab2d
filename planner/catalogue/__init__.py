"""What limits and decisions a scenario has: each declared once, for all that names, shows, changes or searches it."""
