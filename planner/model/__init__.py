"""The Pyomo model by topic, written for one course of events and tiled over the tree."""
