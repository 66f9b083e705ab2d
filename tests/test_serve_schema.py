"""Whatever is sent to the REST API, answers are those that its description promises: schemathesis finds nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.serving import CASES, served


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        run = server.solve(server.upload(CASES / "tiny-108.xlsx")["id"])
        assert run["state"] == "done"
        # Drawn before hundreds of uploads wait to be checked.
        assert server.client.get(f"/api/runs/{run['id']}/charts.zip").status_code == 200
        # As a program of its own: its pytest plugin minds the test runner's version.
        tried = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"), "run", f"{server.url}/api/openapi.json",
                "--max-examples", "3", "--seed", "1", "--phases", "examples,coverage,fuzzing",
                "--request-timeout", "180", "--no-color",
            ],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        assert tried.returncode == 0, tried.stdout
        cases = re.search(r"(\d+) generated, (\d+) passed", tried.stdout)
        assert cases is not None, tried.stdout
        assert int(cases[1]) > 300
        assert "Traceback" not in server.stop()
