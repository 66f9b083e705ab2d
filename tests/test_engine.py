"""The engine with real worker processes: answers, news, cancelling, errors, processes that are lost, memory."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Security
from distributed.core import rpc

from planner.batch.engine import Engine, Ticket
from planner.errors import Fault, InputError, OutOfMemory, Problem, UsageError, WorkerLost
from tests import engine_work

ROOT = Path(__file__).parents[1]

LOST = (
    "The worker process ended four times while it was at it: it was killed, or the machine ran out of memory. "
    "Try fewer workers."
)
OUT_OF_MEMORY = "It needs more memory than a worker process has: use fewer workers, fewer futures or longer periods."


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(2) as started:
        yield started


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def running(ticket: Ticket[Any]) -> bool:
    return ticket.state == "running"


def test_answer_comes_after_all_news(engine: Engine) -> None:
    news: list[dict[str, int]] = []
    ticket = engine.submit(engine_work.add, 1, 2, watch=news.append, label="sum")
    assert ticket.result(60) == 3
    assert news == [{"number": number} for number in range(5)]
    assert ticket.done()
    assert ticket.state == "done"
    assert ticket.label == "sum"


def test_work_runs_in_other_processes_side_by_side(engine: Engine) -> None:
    tickets = [engine.submit(engine_work.wait_for_cancel) for _ in range(3)]
    until(lambda: running(tickets[0]) and running(tickets[1]))
    assert tickets[2].state == "waiting"
    for ticket in tickets[:2]:
        ticket.cancel()
    until(lambda: running(tickets[2]))
    tickets[2].cancel()
    assert [ticket.result(60) for ticket in tickets] == ["the best so far"] * 3
    assert engine.submit(engine_work.process).result(60) != os.getpid()


def test_waiting_work_is_dropped_by_cancel(engine: Engine) -> None:
    busy = [engine.submit(engine_work.wait_for_cancel) for _ in range(2)]
    waiting = engine.submit(engine_work.add, 1, 2)
    until(lambda: all(running(ticket) for ticket in busy))
    waiting.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        waiting.result(60)
    assert waiting.state == "cancelled"
    for ticket in busy:
        ticket.cancel()
        assert ticket.result(60) == "the best so far"
        assert ticket.state == "done"
    busy[0].cancel()
    assert engine.submit(engine_work.add, 1, 2).result(60) == 3


def test_result_waits_no_longer_than_said(engine: Engine) -> None:
    ticket = engine.submit(engine_work.wait_for_cancel)
    with pytest.raises(TimeoutError):
        ticket.result(0.2)
    assert not ticket.done()
    ticket.cancel()
    assert ticket.result(60) == "the best so far"


def test_errors_come_back_whole(engine: Engine) -> None:
    ticket = engine.submit(engine_work.refuse)
    with pytest.raises(InputError) as raised:
        ticket.result(60)
    assert ticket.state == "failed"
    assert str(raised.value) == "offers!A1: It is wrong. Make it right."
    assert raised.value.problems == [Problem("kind", "It is wrong.", "Make it right.", cell="offers!A1")]
    assert raised.value.warnings == [Problem("doubt", "Hm.")]
    with pytest.raises(Fault, match=r"^Unspeakable: \('No lock can travel.'"):
        engine.submit(engine_work.raise_what_cannot_be_carried).result(60)


def test_work_that_cannot_be_carried_over_is_refused_at_once(engine: Engine) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        engine.submit(lambda watch, cancel: 1)


def test_a_watcher_that_raises_is_left_alone(engine: Engine) -> None:
    seen = []

    def watch(news: object) -> None:
        seen.append(news)
        raise ZeroDivisionError

    assert engine.submit(engine_work.add, 1, 2, watch=watch).result(60) == 3
    assert seen == [{"number": 0}]
    assert engine.submit(engine_work.add, 2, 2).result(60) == 4


def test_when_done_is_said_once(engine: Engine) -> None:
    said = []
    ticket = engine.submit(engine_work.add, 1, 2)
    ticket.when_done(lambda: said.append(ticket.state))
    ticket.result(60)
    until(lambda: said == ["done"])
    ticket.when_done(lambda: said.append("later"))
    assert said == ["done", "later"]


def test_lost_work_runs_again(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "runs"
    assert engine.submit(engine_work.end_the_process, log, 3).result(120) == 4
    assert len(set(log.read_text().splitlines())) == 4


def test_work_lost_four_times_is_given_up_and_others_go_on(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "runs"
    lost = engine.submit(engine_work.end_the_process, log, 9)
    others = [engine.submit(engine_work.add, number, 1) for number in range(20)]
    with pytest.raises(WorkerLost) as raised:
        lost.result(120)
    assert str(raised.value) == LOST
    assert lost.state == "failed"
    assert len(log.read_text().splitlines()) == 4
    assert [ticket.result(60) for ticket in others] == list(range(1, 21))


def test_work_that_runs_short_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 2 * 600_000_000)
    with Engine(2) as engine:
        patient, glutton = engine.submit(engine_work.eat_until_cancelled), engine.submit(engine_work.eat)
        others = [engine.submit(engine_work.add, number, 1) for number in range(3)]
        assert patient.result(120) == "the best so far"
        assert patient.tight
        with pytest.raises(OutOfMemory) as raised:
            glutton.result(120)
        assert str(raised.value) == OUT_OF_MEMORY
        with pytest.raises(OutOfMemory):
            engine.submit(engine_work.raise_memory_error).result(120)
        assert [ticket.result(60) for ticket in others] == [1, 2, 3]
        assert not others[0].tight


def test_closing_ends_all_processes_at_once() -> None:
    before = set(psutil.Process().children(recursive=True))
    with Engine(2) as engine:
        tickets = [engine.submit(engine_work.wait_for_cancel) for _ in range(3)]
        until(lambda: running(tickets[0]) and running(tickets[1]))
        started = time.monotonic()
    assert time.monotonic() - started < 10
    assert [ticket.state for ticket in tickets] == ["cancelled"] * 3
    left = set(psutil.Process().children(recursive=True)) - before
    assert [process for process in left if "resource_tracker" not in " ".join(process.cmdline())] == []


def test_engines_side_by_side_listen_to_this_machine_only() -> None:
    with Engine(1) as one, Engine(1) as other:
        assert [engine.submit(engine_work.add, 1, 2).result(60) for engine in (one, other)] == [3, 3]
        me = psutil.Process()
        family = [me, *me.children(recursive=True)]
        heard = {end.laddr.ip for process in family for end in process.net_connections() if end.status == "LISTEN"}
    assert heard == {"127.0.0.1"}


def test_other_users_of_the_machine_cannot_use_the_workers() -> None:
    """Every port that the engine and its workers listen at wants a certificate that only they have."""
    with Engine(1) as engine:
        assert engine.submit(engine_work.add, 1, 2).result(60) == 3
        me = psutil.Process()
        connections = [end for process in (me, *me.children(recursive=True)) for end in process.net_connections()]
        ports = {end.laddr.port for end in connections if end.status == "LISTEN"}
        assert len(ports) >= 3  # the scheduler, the process that watches a worker, the worker
        for port in ports:
            with pytest.raises((OSError, TimeoutError)):
                asyncio.run(as_a_stranger(f"tcp://127.0.0.1:{port}", Security()))
            with pytest.raises((OSError, TimeoutError)):
                asyncio.run(as_a_stranger(f"tls://127.0.0.1:{port}", Security.temporary()))
        assert engine.submit(engine_work.add, 1, 2).result(60) == 3


async def as_a_stranger(address: str, security: Security) -> Any:
    async with rpc(address, connection_args=security.get_connection_args("client"), timeout=5) as there:
        return await asyncio.wait_for(there.identity(), 5)


def test_an_engine_that_is_closed_at_once() -> None:
    with Engine(1) as engine:
        ticket = engine.submit(engine_work.add, 1, 2)
    assert ticket.done()


SCRIPT = """
import signal, time
from planner.batch.engine import Engine
from tests import engine_work

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
    with Engine(2) as engine:
        tickets = [engine.submit(engine_work.wait_for_cancel) for _ in range(3)]
        engine.submit(engine_work.print_much)
        try:
            while {ticket.state for ticket in tickets[:2]} != {"running"}:
                time.sleep(0.01)
            print("running", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            for ticket in tickets[:2]:
                ticket.cancel()
            print([ticket.result(60) for ticket in tickets[:2]], flush=True)
            tickets[2].cancel()
            engine.submit(engine_work.print_much).result(60)
            print("closing", flush=True)
"""


def test_ctrl_c_is_the_commands_alone_and_nothing_is_said_on_the_error_stream(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group of processes, as on a terminal: workers go on until they are cancelled."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "running\n"
    os.killpg(process.pid, signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert said == "['the best so far', 'the best so far']\nclosing\n"
    assert complained == ""
    assert process.returncode == 0


def test_killed_with_its_workers_left_alone_they_end(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "running\n"
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.communicate(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"workers": 0}, "There must be at least one worker, not 0."),
        ({"cluster": "cluster"}, "'cluster' is not the address of a cluster, such as tcp://10.0.0.5:8786."),
        (
            {"cluster": "tcp://127.0.0.1:9"},
            "Nobody answers at tcp://127.0.0.1:9: no cluster is running there. "
            "Start one, or leave --cluster out to use this machine.",
        ),
    ],
)
def test_wrong_use_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as raised, Engine(**arguments):
        pass
    assert str(raised.value) == said
