"""The plan that goes on: the position reached, the scenario that begins there, and what changed since the last plan."""
