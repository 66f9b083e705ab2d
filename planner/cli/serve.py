"""`planner serve`."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli.command import Command
from planner.errors import UsageError

if TYPE_CHECKING:
    from planner.serve.config import Provider

_PORT = 8321
DATABASE, _SECRET = "PLANNER_DATABASE", "PLANNER_OIDC_SECRET"
"""Where passwords are taken from: the command line of a process can be seen by others."""


def _serve(options: argparse.Namespace) -> int:
    from planner.serve.config import LOCAL, Config, default_data
    from planner.serve.run import is_loopback, serve

    # Whoever is not at this machine, or comes through a proxy, must be known.
    others = not is_loopback(options.address) or options.host or options.prefix or options.proxy
    config = Config(
        data=(options.data or default_data()).absolute(),
        keep_days=options.keep,
        workers=options.workers,
        cluster=options.cluster,
        hosts=(*LOCAL, *options.host),
        largest_upload=options.largest * 2**20,
        database=os.environ.get(DATABASE) or None,
        prefix=options.prefix,
        users=bool(others),
        most_runs=options.most_runs,
        provider=_provider(options),
    )
    terminal.say(
        f"The page is at http://localhost:{options.port}{options.prefix} (Ctrl-C ends it). "
        f"Its data lies in {config.data}."
    )
    serve(config, options.address, options.port, tuple(options.proxy), options.log == "json")
    return 0


def _provider(options: argparse.Namespace) -> Provider | None:
    from planner.serve.config import Provider

    if options.oidc is None:
        return None
    secret = os.environ.get(_SECRET)
    if not secret or not options.oidc_client:
        raise UsageError(f"--oidc needs --oidc-client, and the client's secret in the variable {_SECRET}.")
    return Provider(options.oidc, options.oidc_client, secret, options.oidc_new_users)


def data_folder(command: argparse.ArgumentParser) -> None:
    """The folder of a server's data."""
    data = "where scenarios, plans and reports are kept (default: your own data folder)"
    command.add_argument("--data", metavar="FOLDER", type=Path, help=data)


def _arguments(command: argparse.ArgumentParser) -> None:
    data_folder(command)
    keep = "days after which results are removed (default 90)"
    command.add_argument("--keep", metavar="DAYS", type=_whole, default=90, help=keep)
    command.add_argument("--port", metavar="N", type=_port, default=_PORT, help=f"port (default {_PORT})")
    address = "address to listen at (default 127.0.0.1: this machine only); another needs users"
    command.add_argument("--address", metavar="ADDRESS", default="127.0.0.1", help=address)
    host = "a name by which browsers may call it, besides localhost; may be given again; needs users"
    command.add_argument("--host", metavar="NAME", action="append", default=[], help=host)
    prefix = "path under which a proxy shows it, such as /planner; needs users"
    command.add_argument("--prefix", metavar="PATH", type=_prefix, default="", help=prefix)
    proxy = "address of a proxy whose word counts on who calls; may be given again; needs users"
    command.add_argument("--proxy", metavar="ADDRESS", action="append", default=[], help=proxy)
    workers = "how many scenarios are solved at once (default: one per core)"
    command.add_argument("--workers", metavar="N", type=_whole, help=workers)
    command.add_argument("--cluster", metavar="ADDRESS", help="solve on the workers of a running scheduler")
    largest = "largest workbook that may be uploaded, in MB (default 50)"
    command.add_argument("--largest", metavar="MB", type=_whole, default=50, help=largest)
    most = "runs that one person may have waiting (default 400)"
    command.add_argument("--most-runs", metavar="N", type=_whole, default=400, help=most)
    command.add_argument("--log", choices=("text", "json"), default="text", help="how to log (default text)")
    command.add_argument("--oidc", metavar="URL", help="the OpenID Connect provider through which users sign in")
    command.add_argument("--oidc-client", metavar="ID", help="what this server is called there")
    newcomers = "role of who signs in there and is no user yet (default: they are refused)"
    command.add_argument("--oidc-new-users", metavar="ROLE", choices=("reader", "planner"), help=newcomers)


def _whole(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to 10,000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: a whole number from 1 to 65535")
    return int(text)


def _prefix(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._-]+)*", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a path such as /planner")
    return text


SERVE = Command("serve", _serve, _arguments, "the upload page, for people without a command line", "serve --keep 30")
