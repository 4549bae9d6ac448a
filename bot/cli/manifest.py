"""manifest: describe the app to a chat platform: Slack's manifest to be pasted, Teams' package to be uploaded."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot import __version__
from bot.app import App, find_commands
from bot.cli.new_files import keep
from bot.server.platforms import read_teams

#: The file that an administrator uploads in the Teams admin center.
PACKAGE = Path("teams-app.zip")


def add(verbs: Any) -> None:
    about = "Describe the app to the platform where it is made: commands, and permissions with their reasons."
    top = verbs.add_parser("manifest", help=about, description=about)
    platforms = top.add_subparsers(metavar="PLATFORM", required=True)
    slack = platforms.add_parser("slack", help="Print the manifest of the Slack app, ready to be pasted.")
    slack.set_defaults(run=_slack)
    slack.add_argument("--url", help="where Slack calls this bot, https; without it the bot calls Slack (Socket Mode)")
    teams = platforms.add_parser("teams", help="Write the app package of Teams, ready to be uploaded.")
    teams.set_defaults(run=_teams)
    page = "an https:// page of your organisation about the bot: Teams shows it as website, privacy and terms of use"
    teams.add_argument("--url", required=True, help=page)
    teams.add_argument("--to", type=Path, default=PACKAGE, metavar="FILE", help=f"the zip to write; {PACKAGE}")
    more = "ask for the permission to read channels, with which the bot finds its own message after a time-out"
    teams.add_argument("--read-back", action="store_true", help=more)
    higher = f"version of the package, higher than the one uploaded before; the bot's, {__version__}"
    teams.add_argument("--app-version", default=__version__, metavar="VERSION", help=higher)


def _slack(app: App, given: argparse.Namespace) -> int:
    from bot.chat.slack.manifest import ManifestUnusable, as_yaml, manifest

    try:
        text = as_yaml(manifest(find_commands(), url=given.url))
    except ManifestUnusable as fault:
        print(f"{fault}.", file=sys.stderr)
        return 2
    sys.stdout.write(text)
    return 0


def _teams(app: App, given: argparse.Namespace) -> int:
    from bot.chat.teams.credentials import CLIENT_ID
    from bot.chat.teams.manifest import ManifestUnusable, manifest, package

    to = read_teams(app.settings.environ)
    if to is None:
        print(f"{CLIENT_ID} is not set: register the app first (deploy/teams.md).", file=sys.stderr)
        return 2
    name = app.settings.partnership.name
    try:
        content = manifest(find_commands(), to.client_id, name, given.url, given.app_version, read_back=given.read_back)
    except ManifestUnusable as fault:
        print(f"{fault}.", file=sys.stderr)
        return 2
    done = "Wrote" if keep(given.to, package(content)) else "The same is there already:"
    print(f"{done} {given.to}: version {given.app_version} of the app {to.client_id}. Nothing in it is secret.")
    return 0
