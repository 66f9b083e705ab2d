"""The tree of what is known when."""
