"""`planner admin`: users, tokens, backups and the audit trail of a server."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli.command import Command
from planner.cli.serve import DATABASE, data_folder
from planner.errors import UsageError

if TYPE_CHECKING:
    from planner.serve.store import Store, User


def _admin(options: argparse.Namespace) -> int:
    from planner.serve.config import default_data
    from planner.serve.store import open_store

    data, database = (options.data or default_data()).absolute(), os.environ.get(DATABASE) or None
    os.umask(0o077)
    # A server that runs keeps its folder: users and backups go on beside it.
    store = open_store(data, database, beside=True)
    try:
        options.does(options, store, data)
    finally:
        store.close()
    return 0


def _add_user(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.access import new_user

    password = None if options.no_password else _password()
    user = new_user(store, options.name, options.role, password)
    store.people.note("command", "added user", f"{user.name} as {user.role}")
    terminal.say(f"{user.name} is {user.role}.")


def _change_user(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.access import hashed_password

    user, changes = _user(options.name, store), {}
    if options.role:
        changes["role"] = options.role
    if options.password:
        changes["password"] = hashed_password(user.name, _password())
    if options.shut_out is not None:
        changes["disabled"] = options.shut_out == "yes"
    store.people.set(user.id, **changes)
    store.people.note("command", "changed user", f"{user.name}: {', '.join(changes)}")
    terminal.say(f"{user.name} is changed, and signed out everywhere.")


def _users(options: argparse.Namespace, store: Store, data: Path) -> None:
    for user in store.people.users():
        how = "password" if user.password else "provider"
        terminal.say(f"{user.name}: {user.role}, {how}{', shut out' if user.disabled else ''}")


def _token(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.access import new_token

    user = _user(options.name, store)
    store.people.note("command", "made a token", f"{options.purpose} for {user.name}")
    terminal.say(new_token(store, user, options.purpose, options.days))


def _audit(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.words import iso

    for one in reversed(store.people.trail(options.most)):
        terminal.say("\t".join((iso(one.at), one.who, one.action, one.subject, one.address)))


def _backup(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.backup import back_up

    rows, files = back_up(store, data, options.file)
    terminal.say(f"{options.file}: {rows} rows and {files} files.")


def _restore(options: argparse.Namespace, store: Store, data: Path) -> None:
    from planner.serve.backup import restore

    rows, files = restore(store, data, options.file)
    terminal.say(f"{rows} rows and {files} files are restored.")


def _user(name: str, store: Store) -> User:
    user = store.people.named(name)
    if user is None:
        raise UsageError(f"There is no user '{name}'.")
    return user


def _password() -> str:
    """Typed twice, or where nobody is at the keyboard the first line of what is given."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise UsageError("The two are not the same.")
    return password


_ROLES = ("reader", "planner", "administrator")


def _arguments(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, does: object, gives: str) -> argparse.ArgumentParser:
        its = actions.add_parser(name, help=gives, description=f"{gives[0].upper()}{gives[1:]}.")
        data_folder(its)
        its.set_defaults(does=does)
        return its

    one = action("add-user", _add_user, "add a user; the password is asked for, or the first line of the input")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--role", choices=_ROLES, default="planner", help="what they may do (default planner)")
    one.add_argument("--no-password", action="store_true", help="they sign in through the identity provider")
    one = action("change-user", _change_user, "change a user's role or password, or shut them out")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--role", choices=_ROLES)
    one.add_argument("--password", action="store_true", help="another password")
    one.add_argument("--shut-out", choices=("yes", "no"))
    action("users", _users, "list the users")
    one = action("token", _token, "make a token for a program, and say it this once")
    one.add_argument("name", metavar="USER")
    one.add_argument("purpose", metavar="PURPOSE")
    one.add_argument("--days", type=int, default=90, choices=range(1, 367), metavar="N", help="default 90")
    one = action("audit", _audit, "what was done by whom, oldest first")
    one.add_argument("--most", type=int, default=1000, metavar="N", help="the last so many (default 1000)")
    for name, does, gives in (
        ("backup", _backup, "put the database and all files into one zip file, while the server runs"),
        ("restore", _restore, "fill an empty data folder and database from such a file"),
    ):
        action(name, does, gives).add_argument("file", metavar="FILE.zip", type=Path)


ADMIN = Command("admin", _admin, _arguments, "users, tokens and backups of a server", "admin add-user Asha")
