"""The planner's model in other hands; each peer is a module with `build(described)` and `optimum(built, relaxed)`.

All are given the same tables (`described`), which `formulation` writes from a scenario and its tree.
"""
