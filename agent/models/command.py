"""`python -m agent.models`: fetch, list and verify models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from agent.environment import ModelSettings, SettingsError
from agent.provisioning.progress import Progress, console_progress, megabytes, say

from .catalogue import MODELS, PROFILES
from .errors import ModelError
from .store import FileState, Store

_PROFILE = "small"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    progress = console_progress(console)
    try:
        store = Store.from_settings(ModelSettings(), options.dir)
        names = _chosen(options)
        for name in names:
            store.model(name)
        if options.list:
            return _list(store, names, progress)
        if options.verify:
            return _verify(store, names, progress)
        return _fetch(store, names, progress)
    except (ModelError, SettingsError, ValidationError) as error:
        say(console, f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say(console, "interrupted; what was fetched is kept and the next run goes on from there")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m agent.models",
        description="Fetch the interpreter's models, checking the SHA-256 of every file.",
    )
    parser.add_argument("names", nargs="*", help="models; without any, those of the profile")
    parser.add_argument("--profile", choices=sorted(PROFILES), help=f"(default: {_PROFILE})")
    parser.add_argument("--dir", type=Path, help="folder to keep them in (default: user cache)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--list",
        action="store_true",
        help="show models and what is there of them; all, unless some are named",
    )
    action.add_argument("--verify", action="store_true", help="hash what is there; fetch nothing")
    return parser


def _chosen(options: argparse.Namespace) -> Sequence[str]:
    """The models that are named, else the profile's; to list without either, all."""
    if options.names:
        return tuple(options.names)
    if options.list and options.profile is None:
        return tuple(MODELS)
    return PROFILES[options.profile or _PROFILE]


def _fetch(store: Store, names: Sequence[str], progress: Progress) -> int:
    for name in names:
        folder = store.ensure(name, progress)
        sys.stdout.write(f"{name}: {folder}\n")
    return 0


def _list(store: Store, names: Sequence[str], progress: Progress) -> int:
    for model in map(store.model, names):
        profiles = [profile for profile, names in PROFILES.items() if model.name in names]
        size = "size unknown" if model.size is None else megabytes(model.size)
        there = "on disk" if _is_there(store, model.name, progress) else "not on disk"
        facts = [size, there, model.licence, *(f"profile {profile}" for profile in profiles)]
        sys.stdout.write(f"{model.name}\n    {model.summary}\n    {', '.join(facts)}\n")
    sys.stdout.write(f"kept in {store.root}\n")
    return 0


def _is_there(store: Store, name: str, progress: Progress) -> bool:
    folders = store.inspect(name, progress).values()
    return any(all(state.state == "good" for state in states) for states in folders)


def _verify(store: Store, names: Sequence[str], progress: Progress) -> int:
    found = [_verify_model(store, name, progress) for name in names]
    return 0 if all(found) else 1


def _verify_model(store: Store, name: str, progress: Progress) -> bool:
    """Whether one folder holds the model whole and none holds a corrupt file of it."""
    folders = store.inspect(name, progress, rehash=True)
    for states in folders.values():
        for state in states:
            sys.stdout.write(_verdict(name, state))
    corrupt = any(state.state == "corrupt" for states in folders.values() for state in states)
    whole = any(all(state.state == "good" for state in states) for states in folders.values())
    return whole and not corrupt


def _verdict(name: str, state: FileState) -> str:
    detail = f" ({state.detail})" if state.detail else ""
    return f"{name}: {state.state}: {state.path}{detail}\n"
