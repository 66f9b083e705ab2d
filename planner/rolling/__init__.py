"""The plan that goes on: what really came, and the scenario that begins at a later period."""
