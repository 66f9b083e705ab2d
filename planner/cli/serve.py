"""`planner serve`."""

from __future__ import annotations

import argparse
from pathlib import Path

from planner import terminal
from planner.cli.command import Command

_PORT = 8321


def _serve(options: argparse.Namespace) -> int:
    from planner.serve.config import LOCAL, Config, default_data
    from planner.serve.run import serve

    config = Config(
        data=(options.data or default_data()).absolute(),
        keep_days=options.keep,
        workers=options.workers,
        cluster=options.cluster,
        hosts=(*LOCAL, *options.host),
        largest_upload=options.largest * 2**20,
    )
    terminal.say(f"The page is at http://localhost:{options.port} (Ctrl-C ends it). Its data lies in {config.data}.")
    serve(config, options.address, options.port)
    return 0


def _arguments(command: argparse.ArgumentParser) -> None:
    data = "where scenarios, plans and reports are kept (default: your own data folder)"
    command.add_argument("--data", metavar="FOLDER", type=Path, help=data)
    keep = "days after which results are removed (default 90)"
    command.add_argument("--keep", metavar="DAYS", type=_whole, default=90, help=keep)
    command.add_argument("--port", metavar="N", type=_port, default=_PORT, help=f"port (default {_PORT})")
    address = "address to listen at (default 127.0.0.1: this machine only)"
    command.add_argument("--address", metavar="ADDRESS", default="127.0.0.1", help=address)
    host = "a name by which browsers may call it, besides localhost; may be given again"
    command.add_argument("--host", metavar="NAME", action="append", default=[], help=host)
    workers = "how many scenarios are solved at once (default: one per core)"
    command.add_argument("--workers", metavar="N", type=_whole, help=workers)
    command.add_argument("--cluster", metavar="ADDRESS", help="solve on the workers of a running scheduler")
    largest = "largest workbook that may be uploaded, in MB (default 50)"
    command.add_argument("--largest", metavar="MB", type=_whole, default=50, help=largest)


def _whole(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to 10,000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: a whole number from 1 to 65535")
    return int(text)


SERVE = Command("serve", _serve, _arguments, "the upload page, for people without a command line", "serve --keep 30")
