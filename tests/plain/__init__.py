"""The contract of docs/model.md stated once more, rule by rule, for small scenarios: slow, and plain to read.

It shares nothing with the planner but the rows of a scenario: its own tree, its own equations without any tightened
bound, its own costs. Where it and the planner agree on random scenarios, an error would have to be in both.
"""

from tests.plain.statement import Statement, optimum

__all__ = ["Statement", "optimum"]
