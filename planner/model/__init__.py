"""The Pyomo model by topic, written for one path and tiled over the tree of futures."""
