"""manifest: print the manifest that makes this bot known to a chat platform, ready to be pasted."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bot.app import App, find_commands


def add(verbs: Any) -> None:
    about = "Print the manifest of the app, for the platform where it is made: permissions with their reasons."
    verb = verbs.add_parser("manifest", help=about, description=about)
    verb.add_argument("platform", choices=("slack",), metavar="PLATFORM", help="slack")
    verb.add_argument("--url", help="where Slack calls this bot, https; without it the bot calls Slack (Socket Mode)")
    verb.set_defaults(run=_manifest)


def _manifest(app: App, given: argparse.Namespace) -> int:
    from bot.chat.slack.manifest import ManifestUnusable, as_yaml, manifest

    try:
        text = as_yaml(manifest(find_commands(), url=given.url))
    except ManifestUnusable as fault:
        print(f"{fault}.", file=sys.stderr)
        return 2
    sys.stdout.write(text)
    return 0
