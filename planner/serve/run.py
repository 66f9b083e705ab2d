"""Running the server until it is told to end."""

from __future__ import annotations

import os
from contextlib import suppress

import uvicorn

from planner.errors import UsageError
from planner.serve.app import create_app
from planner.serve.config import Config


def serve(config: Config, address: str, port: int) -> None:
    """Answer at an address and port until Ctrl-C.

    Raises UsageError where the port is taken or the address is not one of this machine.
    """
    os.umask(0o077)  # what it writes is its own user's
    try:
        listening = uvicorn.Config(
            create_app(config), host=address, port=port, log_level="warning", access_log=False, server_header=False
        )
        socket = listening.bind_socket()
    except SystemExit as error:
        told = (
            f"Nothing can listen at {address}, port {port}: another program does, or it is no address of this machine."
        )
        raise UsageError(f"{told} Name another port with --port.") from error
    # Ctrl-C has been heard: it is how the server is meant to end.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(listening).run(sockets=[socket])
