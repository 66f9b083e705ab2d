"""Whose turn it is: one person's crowd of runs, and a place that only short solves may take."""

from __future__ import annotations

from planner.serve.store import GOOD, RUNNING, WAITING, Run, Scenario
from planner.serve.turns import Asked, Line, checks, in_turn, is_short, line


def asked(*names: str, short: bool = False) -> list[Asked]:
    """'a1' is the first of person a."""
    return [Asked(name, name[0], short) for name in names]


def order(names: list[Asked], **busy: int) -> list[str]:
    return [one.id for one in in_turn(names, busy, {})]


def test_turns_go_round() -> None:
    assert order(asked("a1", "a2", "a3", "b1", "c1", "c2")) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_who_has_least_under_way_comes_first() -> None:
    assert order(asked("a1", "a2", "b1", "b2"), a=2) == ["b1", "b2", "a1", "a2"]
    assert order(asked("a1", "a2", "b1", "b2"), a=1) == ["b1", "a1", "b2", "a2"]


def test_who_was_served_last_waits_though_they_asked_first() -> None:
    """With one place nobody has anything under way when it falls free: a has had it, now b has."""
    found = in_turn(asked("a1", "a2", "b1"), {}, {"a": 100.0})
    assert [one.id for one in found] == ["b1", "a1", "a2"]


def test_two_hundred_of_one_delay_another_by_one() -> None:
    crowd = [Asked(f"a{number}", "a") for number in range(200)]
    assert order([*crowd, Asked("b1", "b")])[:2] == ["a0", "b1"]


def test_long_solves_leave_a_place_for_short_ones() -> None:
    waiting = [*asked("a1", "b1", "c1"), *asked("d1", "e1", short=True)]
    assert Line(waiting, 0, 0).next(places=2) == ["a1", "b1", "d1"]
    assert Line(waiting, 2, 0).next(places=2) == ["d1"]
    assert Line(waiting, 2, 1).next(places=2) == []
    assert Line(waiting, 0, 3).next(places=2) == []


def test_positions_are_those_in_which_runs_begin() -> None:
    waiting = [*asked("a1", "b1"), *asked("d1", short=True), *asked("c1"), *asked("e1", short=True)]
    assert Line(waiting, 2, 1).positions() == {"a1": 1, "b1": 2, "d1": 1, "c1": 4, "e1": 2}


def run(name: str, state: str, who: str, **options: object) -> Run:
    return Run(id=name, state=state, who=who, owner=None, options=options)


def test_line_of_what_is_stored() -> None:
    small, large = Scenario(size=4000), Scenario(size=120_000)
    found = line(
        [
            (run("1", RUNNING, "a"), large),
            (run("2", RUNNING, "a"), small),
            (run("3", WAITING, "a"), small),
            (run("4", WAITING, "b"), large),
        ],
        {},
    )
    assert (found.long, found.short) == (1, 1)
    assert found.waiting == [Asked("4", "b"), Asked("3", "a", short=True)]


def test_short_is_what_ends_soon() -> None:
    assert is_short(run("1", WAITING, "a", time_limit=None), Scenario(size=4000))
    assert not is_short(run("1", WAITING, "a", why=True), Scenario(size=4000))
    assert not is_short(run("1", WAITING, "a"), Scenario(size=120_000))
    assert is_short(run("1", WAITING, "a", time_limit=30.0), Scenario(size=120_000))
    assert not is_short(run("1", WAITING, "a"), Scenario(size=0))


def test_checks_take_turns_as_well() -> None:
    found = [Scenario(id=name, owner=None, who=name[0], state="checking") for name in ("a1", "a2", "a3", "b1")]
    assert checks(found, ["a1"]) == ["b1", "a2", "a3"]
    assert checks([Scenario(id="x", owner=None, who="", state=GOOD)], []) == []
