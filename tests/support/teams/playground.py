"""Microsoft's own playground of Teams, in a network of its own: python -m tests.support.teams.playground PACKAGE OUT.

The playground listens on every interface and posts unsigned. So everything runs in a network namespace with nothing but
loopback, and a signer stands between the playground and the bot: it signs each activity with the key of these tests.
The bot checks signatures as ever. What was done and seen is written to OUT as JSON, with pictures beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Locator, Page, sync_playwright

from bot import practice
from bot.app import App
from bot.chat.teams.adapter import TeamsAdapter
from bot.chat.teams.conversations import Reference
from bot.chat.teams.credentials import PATH, Connection
from bot.conversation.inbound import Answer
from bot.conversation.outbound import makes_no_report
from bot.conversation.reply import Reply
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.server.http.listener import Server, listen
from bot.server.http.routes import Rider, platforms
from bot.server.platforms import teams_service
from bot.server.worker import JOBS
from bot.settings import PRACTICE_FILE, read_settings
from tests.support import parity
from tests.support.asking import COMMANDS
from tests.support.browser import FLAGS, PATIENCE_MS, installed
from tests.support.factories import at
from tests.support.teams import signing
from tests.support.teams.connector import serving
from tests.support.teams.tenancy import BOT, CLIENT_ID, TENANT, Conversation, Tenancy

VERSION = "0.2.28"
NAME = f"@microsoft/m365agentsplayground@{VERSION}"
#: Below the ports that the system gives out, so that nothing else has it.
PORT = 31150
COUNTY = "19:county@thread.tacv2"
PERSONAL, GROUP, TEAM = "a:1personal", "19:group@thread.v2", "19:team@thread.tacv2"
TEAM_GROUP = "44444444-dddd-4ddd-8ddd-000000000001"
#: The playground wants five users beside the one who types; all may read the county's lists.
ME, OTHERS = "coordinator", tuple(f"reader-{n}" for n in range(1, 6))
STARTS = at("Wed 5 Jul 2017 07:58")
REFERENCE = re.compile(r"OX-[A-Z0-9]{4}")


#: Steps that lack something: their forms are inputs in the card.
LACKING = (
    *("child", "away", "interview {ref} offered by", "interview {ref} hand to", "interview {ref} snooze"),
    *("strategy {ref} threshold met", "said {ref}", "said new", "on-call cover", "on-call swap"),
)


def account(who: str) -> str:
    return f"33333333-cccc-4ccc-8ccc-{(ME, *OTHERS).index(who):012d}"


# ---- around the playground


def alone() -> None:
    """Bring loopback up in this network namespace; refuse to run in one that has any other interface."""
    if {name for _, name in socket.if_nameindex()} != {"lo"}:
        raise SystemExit("not in a network namespace of its own: run it by `unshare --net`")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        request = struct.pack("16sh22x", b"lo", 0x1 | 0x40)  # up and running
        fcntl.ioctl(one, 0x8914, request)  # SIOCSIFFLAGS


def install(folder: Path) -> Path:
    """Install the playground from npm into a folder, without its scripts; return its program."""
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), NAME]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"


@contextmanager
def signer(bot: int) -> Iterator[int]:
    """Sign what the playground posts, and pass it on to the bot; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = signing.token(str(json.loads(body).get("serviceUrl", "")))
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            request = urllib.request.Request(f"http://127.0.0.1:{bot}{PATH}", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                    status, said = answer.status, answer.read()
            except urllib.error.HTTPError as fault:
                status, said = fault.code, fault.read()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def configuration() -> dict[str, Any]:
    """Return the playground's tenant: the person who types, five more, and a team with one channel."""

    def user(who: str) -> dict[str, str]:
        return {
            "id": account(who),
            "name": who,
            "userPrincipleName": f"{who}@example.org",
            "aadObjectId": account(who),
            "givenName": who,
            "surname": "Invented",
            "email": f"{who}@example.org",
        }

    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "Missing children"},
        "currentUser": user(ME),
        "users": [user(who) for who in OTHERS],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": GROUP, "name": "A group"},
        "team": {
            "id": TEAM,
            "name": "Partnership",
            "aadGroupId": TEAM_GROUP,
            "channels": [{"id": COUNTY, "name": "County safeguarding"}],
        },
    }


@contextmanager
def playground(program: Path, folder: Path, bot: int) -> Iterator[str]:
    """Run the playground until the end of the block; yield its address."""
    file = folder / "playground.yml"
    file.write_text(yaml.safe_dump(configuration()), encoding="utf-8")
    environ = os.environ | {
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(file),
        "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "playground.log"),
    }
    command = ["node", str(program), "start", "-e", f"http://127.0.0.1:{bot}{PATH}", "-c", "msteams"]
    command += ["-p", str(PORT), "--dt"]
    with (folder / "playground.out").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://localhost:{PORT}/_debug/ping", process, folder)
            yield f"http://localhost:{PORT}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.2)
    told = [p.read_text(encoding="utf-8", errors="replace")[-2000:] for p in folder.glob("playground.*") if p.is_file()]
    raise RuntimeError(f"the playground did not come up: {told}")


# ---- the bot


@dataclass
class Bot:
    """The bot on the practice morning, on the server that it always has."""

    app: App
    teams: TeamsAdapter
    port: int
    at: list[datetime]

    def tick(self, now: datetime) -> None:
        self.at[0] = now
        app, platforms = self.app, {"teams": self.teams.platform}
        tick(Run(app.database, app.as_listed(), platforms, app.sealing_key, "a", lambda c: self.at[0]), JOBS, STARTS)


@contextmanager
def bot(folder: Path) -> Iterator[Bot]:
    moment = [STARTS]
    tenancy = Tenancy()
    tenancy.put(Conversation(COUNTY, "channel", [], TEAM, TEAM_GROUP, "private"))
    with ExitStack() as stack:
        app = App(_settings(folder))
        stack.callback(app.close)
        files = practice.write_exports(folder / "exports")
        for source, taken_at in practice.TAKEN_AT.items():
            app.load(source, files[source], taken_at)
        served = stack.enter_context(serving(tenancy))
        overrides = served.overrides | {"service": f"http://localhost:{PORT}"}
        teams = teams_service(
            app, Connection(CLIENT_ID, TENANT, tenants=(TENANT,), overrides=overrides), lambda: moment[0]
        )
        teams.begin = makes_no_report  # its messages would come between other answers
        teams.start()
        stack.callback(teams.stop)
        # The playground does not tell that a channel is private, as Teams does.
        url = f"http://localhost:{PORT}/_connector"
        teams.conversations.keep(Reference(COUNTY, "channel", TENANT, url, STARTS, "", TEAM, "private"))
        server = Server(
            platforms({PATH: Rider(teams.webhook())}),
            listen("127.0.0.1:0"),
        )
        server.start()
        stack.callback(server.stop)
        yield Bot(app, teams, server.port, moment)


def _settings(folder: Path) -> Any:
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    county = f'id = "county-digest"\nplatform = "teams"\ndestination = "{COUNTY}"\n'
    text = text.replace('id = "county-digest"\n', county, 1)
    text = text.replace(f'[[people]]\nid = "{ME}"\n', f'[[people]]\nid = "{ME}"\nteams_id = "{account(ME)}"\n', 1)
    for who in OTHERS:
        text += (
            f'\n[[people]]\nid = "{who}"\nrole = "strategic_lead"\nagency = "council"\nteams_id = "{account(who)}"\n'
        )
    file = folder / "partnership.toml"
    file.write_text(text, encoding="utf-8")
    environ = {"BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}", "BOT_PARTNERSHIP": str(file)}
    return replace(read_settings(environ), data_folder=folder)


# ---- what a person does there


@dataclass
class Desk:
    """One person's window of the playground. `seen` keeps what each step showed, `out` has the pictures."""

    page: Page
    bot: Bot
    out: Path
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def cards(self) -> Locator:
        return self.page.locator(".ac-adaptiveCard")

    def texts(self) -> list[str]:
        """Return the words of every card, the oldest first."""
        return [each.replace("\u2060", "") for each in self.cards.all_inner_texts()]

    def changed(self, before: list[str]) -> list[str]:
        """Wait until the cards are others than before, and until they stay as they are."""
        end, last = time.monotonic() + PATIENCE_MS / 1000, before
        while time.monotonic() < end:
            self.page.wait_for_timeout(400)
            now = self.texts()
            if now == last != before:
                return now
            last = now
        raise AssertionError("nothing changed: the newest card is " + (before[-1] if before else "none"))

    def say(self, words: str) -> list[str]:
        """Write to the bot in the personal chat; return the cards with its answer."""
        before = self.texts()
        self.page.locator("[contenteditable=true]").first.click()
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        return self.changed(before)

    def press(self, name: str) -> list[str]:
        """Press the newest button of this name; return the cards when one has changed."""
        before = self.texts()
        self.page.get_by_role("button", name=name, exact=True).last.click()
        return self.changed(before)

    def menus(self) -> str:
        """Open each menu of buttons of the newest card, and return its words."""
        found = []
        for menu in self.cards.last.get_by_role("button", name="More options").all():
            menu.click()
            items = self.page.get_by_role("menuitem")
            items.first.wait_for()
            found += items.all_inner_texts()
            self.page.keyboard.press("Escape")
            items.first.wait_for(state="hidden")
        return "\n".join(("", *found))

    def open(self, name: str) -> list[str]:
        self.page.get_by_text(name, exact=True).first.click()
        self.page.wait_for_timeout(2500)
        return self.texts()

    def ticks(self, *moments: str) -> None:
        for moment in moments:
            self.bot.tick(at(f"Wed 5 Jul 2017 {moment}"))
        self.page.wait_for_timeout(1500)

    def note(self, step: str, cards: list[str], card: int = -1, **facts: Any) -> None:
        """Keep the cards of a step, and a picture of the window and of one card, which is the newest if not said."""
        self.seen[step] = {"cards": cards, **facts}
        self.page.screenshot(path=self.out / f"{len(self.seen):02} {step}.png")
        self.cards.nth(card).screenshot(path=self.out / f"{len(self.seen):02} {step}, card.png")


def every_command(desk: Desk) -> dict[str, list[str]]:
    """Ask every command and every step that lacks something; return what of each answer the client does not show."""
    gateway = desk.bot.teams.gateway
    answers: list[Reply] = []
    asking = gateway.ask

    def noting(*given: Any, **named: Any) -> Answer | None:
        found = asking(*given, **named)
        if found is not None:
            answers.append(found.reply)
        return found

    gateway.ask = noting  # type: ignore[method-assign]
    ref = REFERENCE.findall(desk.say("interviews")[-1])[0]
    unseen: dict[str, list[str]] = {}
    for text in (*(c.examples[0] for c in COMMANDS.values()), *LACKING):
        shown = desk.say(REFERENCE.sub(ref, text).format(ref=ref))[-1] + desk.menus()
        reply = answers[-1]
        while (following := desk.cards.last.get_by_role("button", name=re.compile("^Next page"))).count():
            before = desk.texts()
            following.click()
            shown += desk.changed(before)[-1] + desk.menus()
        unseen[text] = not_shown(reply, shown)
    gateway.ask = asking  # type: ignore[method-assign]
    return unseen


def not_shown(reply: Reply, shown: str) -> list[str]:
    """Return the words of a reply, of its buttons and of its form, that are not on the screen."""
    words, missing = parity.plain(shown), []
    body, after = parity.said(reply)
    form = parity.sheet(reply.form, "") if reply.form else None
    for item in (*body, *after):
        if form and isinstance(item, parity.Press) and item.form:
            continue  # its inputs are below instead
        missing += [each for each in parity.words_of(item) if each not in words]
    return missing + [each.label for each in (form.fields if form else ()) if each.label not in words]


def walk(desk: Desk) -> None:
    """Do every step, in one morning."""
    desk.note("hello", desk.say("hello"))
    desk.note("stats north", desk.say("stats north"))
    desk.note("a button answers below", desk.press("By number of episodes"))
    ref = REFERENCE.findall(desk.say("interviews")[-1])[0]
    desk.note("the form is in the card", desk.say(f"interview {ref} declined"), ref=ref)
    desk.page.get_by_text("Declined by the child", exact=True).last.click()
    desk.note("the form is handed in", desk.press("Save"), ref=ref)
    desk.note("undo", desk.press("Undo"), ref=ref)
    desk.note("every command", desk.texts(), unseen=every_command(desk))
    desk.ticks("07:58", "08:00", "08:01")
    digest = desk.open("County safeguarding")
    desk.note("the digest and its thread", digest, card=1, unsigned=unsigned(desk.bot))
    lead = next(text for text in digest if "Interviews you can still save today" in text)
    saving = REFERENCE.findall(lead.split("Interviews you can still save today")[1])[0]
    desk.open("Personal Chat")
    desk.say(f"interview {saving} offered")
    desk.note("a step", desk.say(f"interview {saving} held today 07:30"), ref=saving)
    before = desk.open("County safeguarding")
    desk.ticks("08:07", "08:08")
    desk.note("the digest ticks off in place", desk.changed(before), card=1, ref=saving)
    desk.note("a mention in the channel", mention(desk, "stats north"), card=0)


def mention(desk: Desk, words: str) -> list[str]:
    """Ask the bot in the channel, by the menu of mentions and the button that posts."""
    before = desk.texts()
    desk.page.locator("[contenteditable=true]").first.click()
    desk.page.keyboard.type("@Miss", delay=80)
    desk.page.get_by_role("menuitem").filter(has_text="Missing children").click()
    desk.page.keyboard.type(f" {words}")
    desk.page.get_by_role("button", name="Post", exact=True).click()
    return desk.changed(before)


def unsigned(there: Bot) -> int:
    """Post an activity to the bot as the playground does, without the signer; return the status."""
    body = json.dumps({"type": "message", "id": "1", "channelId": "msteams", "text": "hello"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{there.port}{PATH}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as fault:
        return fault.code


def main() -> None:
    program, out = Path(sys.argv[1]), Path(sys.argv[2])
    alone()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        there = stack.enter_context(bot(folder))
        url = stack.enter_context(playground(program, folder, stack.enter_context(signer(there.port))))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=installed(), args=list(FLAGS))
        stack.callback(browser.close)
        page = browser.new_context(viewport={"width": 1700, "height": 1100}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.get_by_text("Personal Chat", exact=True).first.wait_for()
        page.wait_for_timeout(1500)
        desk = Desk(page, there, out)
        try:
            walk(desk)
        finally:
            page.screenshot(path=out / "last.png")
            (out / "seen.json").write_text(json.dumps(desk.seen, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
