"""How long it takes to know what things are worth, beside one solve of the same scenario.

    python -m benchmarks.worth --scenario e3w-maker --gap 0.001

Whole commands with two workers, from the start of Python to the JSON file, by the clock and of the processor, and what
the machine had to do when each began: where others use it, the processor's seconds beside a solve's are the measure.
"""

from __future__ import annotations

from benchmarks.measure import Record, arguments, command, headline, machine, scenario_of, table, write_json

_OVER = ["--over", "settings/risk_weight/value", "--values", "0:1:10"]

COMMANDS = {
    "solve": ["solve"],
    "information": ["worth", "--of", "information"],
    "licences": ["worth", "--of", "licences"],
    "decisions": ["worth", "--of", "decisions"],
    "prices": ["worth", "--of", "prices"],
    "frontier of 10 points": ["frontier", *_OVER],
    "10 alternatives": ["alternatives", "--most", "10"],
}
"""What is measured."""


def measured(scenario: str, gap: float, only: list[str] | None = None) -> list[Record]:
    """Seconds of each command on a scenario."""
    return [_command(name, scenario_of(scenario), gap) for name in COMMANDS if only is None or name in only]


def _command(name: str, scenario: str, gap: float) -> Record:
    verb, *rest = COMMANDS[name]
    workers = [] if verb == "solve" else ["--workers", "2"]
    found = command([verb, scenario, *rest, "--gap", str(gap), *workers])
    return {"command": name, "scenario": scenario, "gap": gap} | found


def said(found: list[Record], markdown: bool = False) -> str:
    """The table, each beside the solve."""
    solve = next((row for row in found if row["command"] == "solve"), found[0])
    rows = [
        [row["command"], f"{row['clock']:.1f}", f"{row['clock'] / solve['clock']:.1f}", f"{row['processor']:.1f}",
         f"{row['processor'] / solve['processor']:.1f}", f"{row['load']:.1f}"]
        for row in found
    ]  # fmt: skip
    head = ["command", "seconds by the clock", "of a solve", "of the processor", "of a solve's", "load before"]
    return table(head, rows, markdown)


def main() -> None:
    """Run, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--scenario", default="e3w-maker", metavar="NAME")
    parser.add_argument("--gap", type=float, default=1e-3, metavar="SHARE")
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), metavar="NAME")
    wanted = parser.parse_args()
    print(headline(machine()))
    found = measured(wanted.scenario, wanted.gap, wanted.only)
    print(said(found, wanted.markdown))
    write_json(wanted.json, {"worth": found})


if __name__ == "__main__":
    main()
