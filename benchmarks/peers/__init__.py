"""The planner's model in other hands; each peer is a module with `build(described)` and `optimum(built, relaxed)`.

All are given the same tables (`described`), which `formulation` writes from a scenario and its tree. Peers state the
contract without licences that wait, panels, promises and positions at the start; `edition` shows which scenarios have
none of these.
"""
