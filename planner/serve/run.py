"""Running the server until it is told to end."""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from planner.errors import UsageError
from planner.serve.app import create_app
from planner.serve.config import Config
from planner.serve.connections import PatientProtocol, allow_files
from planner.serve.watching import log_as_json

_LAST_WORDS = 10
"""Seconds that answers under way may take once the server is told to end."""


def serve(config: Config, address: str, port: int, proxies: tuple[str, ...] = (), json_log: bool = False) -> None:
    """Answer at an address and port until Ctrl-C or SIGTERM; headers of `proxies` say who calls through them.

    Raises UsageError where the port is taken, the address is not one of this machine, or there must be users first.
    """
    os.umask(0o077)  # what it writes is its own user's
    allow_files()
    if json_log:
        log_as_json()
    app = create_app(config)
    if config.users and config.provider is None and not app.state.server.store.people.any():
        app.state.server.store.close()
        raise UsageError(
            "Others than you could reach this server, and it has no users yet. Add an administrator first: "
            "planner admin add-user NAME --role administrator"
        )
    try:
        listening = how(app, address, port, proxies, json_log)
        socket = listening.bind_socket()
    except SystemExit as error:
        told = (
            f"Nothing can listen at {address}, port {port}: another program does, or it is no address of this machine."
        )
        raise UsageError(f"{told} Name another port with --port.") from error
    # Ctrl-C has been heard: it is how the server is meant to end.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(listening).run(sockets=[socket])


def how(app: FastAPI, address: str, port: int, proxies: tuple[str, ...], json_log: bool) -> uvicorn.Config:
    """How uvicorn is to serve an application."""
    return uvicorn.Config(
        app,
        host=address,
        port=port,
        http=PatientProtocol,
        log_level="warning",
        log_config=None if json_log else uvicorn.config.LOGGING_CONFIG,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=_LAST_WORDS,
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
