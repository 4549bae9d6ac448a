"""Build the container, start it as deploy/compose.yaml does, and measure it: python -m tests.bench.container.

As root, with Debian's mmdebstrap, buildah, podman and runc (apt-get install --no-install-recommends ...). The base is
made of Debian's packages, so that no image is fetched. PostgreSQL is the one of the tests, outside the container.
Each line that is printed is a measure, or a promise of the container that was tried: its root is read-only, its user
has no rights, two replicas serve one database.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot import __version__
from bot.settings import ROOT
from tests.support import postgresql

PROGRAMS = ("mmdebstrap", "buildah", "podman", "runc")
BASE, IMAGE = "localhost/bench-base:debian", "localhost/missing-children-bot:bench"
#: The user of the Containerfile.
USER = 10001
CERTIFICATES = "/etc/ssl/certs"
GIVE_UP = 120.0
SECRETS = ("BOT_DATABASE_URL", "BOT_AUDIT_KEY", "BOT_DATA_KEY")
#: Where the containers see the folder with the socket of PostgreSQL.
SERVER = "/server"


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--suite", default="trixie", help="the Debian of the base")
    given.add_argument("--extras", default="postgres teams notify", help="extras of pyproject.toml in the image")
    asked = given.parse_args()
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        print(f"Not built: {', '.join(missing)} not installed.", file=sys.stderr)
        return 1
    if os.geteuid() != 0:
        print("Not built: this needs root.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="container-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the container's user reaches the folders below it
        with postgresql.server() as server:
            server.folder.chmod(0o711)
            containers = Containers(folder, server.folder)
            try:
                containers.build(asked.suite, asked.extras)
                containers.run_all()
            finally:
                containers.remove()
    return 0


def say(what: str, value: object) -> None:
    print(f"{what}: {value}", flush=True)


@dataclass
class Containers:
    """The images and containers of one run, all below one folder."""

    folder: Path
    server: Path

    def buildah(self, *words: str) -> str:
        return run("buildah", *self._store(), *words)

    def podman(self, *words: str) -> str:
        return run("podman", *self._store(), "--runtime", "runc", "--cgroup-manager", "cgroupfs", *words)

    def _store(self) -> list[str]:
        return ["--root", f"{self.folder}/store", "--runroot", f"{self.folder}/run"]

    def remove(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.podman("rm", "--all", "--force", "--time", "5")
            self.buildah("rm", "--all")
            self.buildah("rmi", "--all", "--force")

    # -- the image --

    def build(self, suite: str, extras: str) -> None:
        began = time.monotonic()
        root = self.folder / "base.tar"
        # The sources of this machine, whichever they are.
        lines = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(CODENAME)").splitlines()
        debian = sorted(uri for uri, origin, code in map(str.split, lines) if origin == "Debian" and "-" not in code)
        packages = "--include=python3,python3-venv,ca-certificates"
        run("mmdebstrap", "--variant=minbase", "--mode=root", packages, suite, str(root), debian[0])
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", container, str(root), "/")
        self.buildah("commit", "--rm", container, BASE)
        root.unlink()
        say("base of Debian's packages", f"{suite}, {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        self.buildah(
            *("bud", "--isolation", "chroot", "--format", "docker", "--pull=false", "--tag", IMAGE),
            *("--ignorefile", str(ROOT / "deploy" / "Containerfile.dockerignore")),
            *(
                "--build-arg",
                f"BASE={BASE}",
                "--build-arg",
                f"EXTRAS={extras}",
                "--build-arg",
                f"VERSION={__version__}",
            ),
            *(
                "--volume",
                f"{CERTIFICATES}:{CERTIFICATES}:ro",
                "--file",
                str(ROOT / "deploy" / "Containerfile"),
                str(ROOT),
            ),
        )
        say("built", f"{time.monotonic() - began:.0f} s, with the extras {extras}")
        sizes = [int(self.podman("image", "inspect", "--format", "{{.Size}}", image)) for image in (IMAGE, BASE)]
        say("size", f"{sizes[0] / 1e6:.0f} MB, of which the base {sizes[1] / 1e6:.0f} MB")
        packed = self.folder / "packed"
        self.podman("push", "--quiet", IMAGE, f"oci:{packed}:bench")
        say("compressed", f"{sum(f.stat().st_size for f in packed.rglob('*') if f.is_file()) / 1e6:.0f} MB")
        shutil.rmtree(packed)

    # -- containers of it --

    def verb(self, *words: str) -> str:
        return self.podman("run", "--rm", "--network", "none", *self._options(), IMAGE, *words)

    def _options(self) -> list[str]:
        """Return what deploy/compose.yaml gives each container, and limits that this machine can set."""
        limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        closed = ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"]
        temporary = ["--mount", "type=tmpfs,destination=/tmp,tmpfs-mode=1777,tmpfs-size=268435456"]
        volumes = [f"{self.folder}/data:/app/data", f"{self.folder}/secrets:/run/secrets:ro", f"{self.server}:{SERVER}"]
        return [
            *(*limits, *closed, *temporary),
            *(word for volume in volumes for word in ("--volume", volume)),
            *(word for name in SECRETS for word in ("--env", f"{name}_FILE=/run/secrets/{name}")),
        ]

    def run_all(self) -> None:
        self._lay()
        began = time.monotonic()
        self.verb("migrate")
        say("migrate of an empty PostgreSQL", f"{time.monotonic() - began:.1f} s, the container's start included")
        self.verb("practice", "data/exports")
        for source in ("police", "children", "interviews"):
            rows = self.verb("load", source, f"data/exports/{source}.csv")
            say(f"load {source}", next(line for line in rows.splitlines() if "rows read" in line))
        say("ask, a line of the answer", self.verb("ask", "stats north", "--as", "lead").splitlines()[0])
        self._tried()
        self._served()

    def _lay(self) -> None:
        """Make the folder of the data and the files of the secrets, which are the container's user's alone."""
        values = {name: secrets.token_hex(32) for name in SECRETS}
        values["BOT_DATABASE_URL"] = f"postgresql://postgres@/postgres?host={SERVER}"
        for name in ("data", "secrets"):
            (self.folder / name).mkdir(mode=0o700)
            os.chown(self.folder / name, USER, USER)
        for name, value in values.items():
            file = self.folder / "secrets" / name
            file.write_text(f"{value}\n")
            file.chmod(0o400)
            os.chown(file, USER, USER)

    def _tried(self) -> None:
        """Try what a container must not be able to do, and that it has what it needs."""
        writes = (
            "for f in / /app /app/bot /usr/local/bin /etc /tmp /app/data; do touch $f/x 2>/dev/null && echo $f; done"
        )
        say("may write to", " ".join(self._shell(f"{writes}; true").split()))
        found = self._shell(
            "id -u; for p in gcc make pip pip3 git curl wget pytest ruff mypy; do command -v $p; done; true"
        ).split()
        say("user, and tools to build or fetch with", ", ".join(found))
        say("in the image", self._shell("pg_dump --version").strip())

    def _shell(self, text: str) -> str:
        return self.podman(
            "run", "--rm", "--network", "none", *self._options(), "--entrypoint", "sh", IMAGE, "-c", text
        )

    def _served(self) -> None:
        """Start two replicas, ask them and their health check, kill one, and end the other."""
        ports = [free_port() for _ in range(2)]  # of their health
        began = time.monotonic()
        for port in ports:
            values = {
                "BOT_BIND": f"127.0.0.1:{free_port()}",
                "BOT_HEALTH_BIND": f"127.0.0.1:{port}",
                "BOT_REPLICA": f"replica-{port}",
            }
            bind = [word for name, value in values.items() for word in ("--env", f"{name}={value}")]
            self.podman("run", "--detach", "--name", f"at-{port}", "--network", "host", *bind, *self._options(), IMAGE)
        for port in ports:
            self._answers(port, "/healthz")
            say("serves after", f"{time.monotonic() - began:.1f} s")
        for port in ports:
            self._answers(port, "/readyz")
            say("ready after", f"{time.monotonic() - began:.1f} s")
        for port in ports:
            say("process", status(self.podman("inspect", "--format", "{{.State.Pid}}", f"at-{port}").strip()))
        self.podman("kill", f"at-{ports[0]}")
        time.sleep(35)
        say("readyz of the other, 35 s after one was killed", answer(ports[1], "/readyz"))
        began = time.monotonic()
        self.podman("stop", "--time", "40", f"at-{ports[1]}")
        code = self.podman("inspect", "--format", "{{.State.ExitCode}}", f"at-{ports[1]}").strip()
        say("told to end", f"exit code {code} after {time.monotonic() - began:.1f} s")
        self.podman("run", "--detach", "--name", "alone", "--network", "none", *self._options(), IMAGE)
        until(lambda: self._healthy("alone"))
        say("health check of the image", "passes")

    def _answers(self, port: int, path: str) -> None:
        """Wait until a replica answers with 200; say what it logged where it does not."""
        try:
            until(lambda: answer(port, path) == 200)
        except TimeoutError:
            print(self.podman("logs", f"at-{port}"), file=sys.stderr)
            raise

    def _healthy(self, name: str) -> bool:
        try:
            self.podman("healthcheck", "run", name)
        except subprocess.CalledProcessError:
            return False
        return True


def run(*words: str) -> str:
    """Run a program and return what it prints; what it complains of is shown where it fails."""
    try:
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError as fault:
        if fault.stderr:
            print(fault.stderr[-2000:], file=sys.stderr)
        raise


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answer(port: int, path: str) -> int:
    """Return the status of an answer; 0 where there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as found:
            return int(found.status)
    except urllib.error.HTTPError as fault:
        return fault.code
    except OSError:
        return 0


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + GIVE_UP
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError
        time.sleep(0.05)


def status(pid: str) -> str:
    """Say what the kernel knows of a process: its user, rights, filter of system calls and memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    names = ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "VmRSS", "Threads")
    found = {name: value.split()[0] for name, value in re.findall(r"^(\w+):\t(.+)$", text, re.MULTILINE)}
    return ", ".join(f"{name} {found[name]}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
