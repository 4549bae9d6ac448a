"""The container and its compose file keep their promises; `python -m tests.bench.container` builds and starts it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.server.http import listener
from bot.settings import ROOT

FILE = ROOT / "deploy" / "Containerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
PAGE = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """Return each instruction of the Containerfile with its words, in order."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(name, " ".join(words.split())) for name, words in lines]


def words_of(name: str) -> list[str]:
    return [words for each, words in instructions() if each == name]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(n for n, (name, _) in enumerate(found) if name == "FROM") :]


def copied() -> list[str]:
    """Return what is copied out of the clone, in whichever stage."""
    return [source for words in words_of("COPY") if "--from" not in words for source in shlex.split(words)[:-1]]


def visible() -> set[str]:
    lines = (ROOT / "deploy" / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines  # nothing but what is named
    return {line[1:] for line in lines if line.startswith("!")}


def test_every_source_is_there_and_a_build_may_see_it() -> None:
    assert copied()
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    assert set(copied()) == visible()


def test_nothing_but_what_runs_is_copied() -> None:
    assert "ADD" not in {name for name, _ in instructions()}
    assert not {Path(source).parts[0] for source in copied()} - {"bot", "commands", "deploy", "pyproject.toml"}


def test_the_last_stage_takes_from_the_clone_only_what_was_built() -> None:
    assert [words for name, words in last_stage() if name == "COPY" and not words.startswith("--from=build ")] == []
    assert not re.search(r"\bpip\b|gcc|git\b", " ".join(words for name, words in last_stage() if name == "RUN"))


def test_it_runs_as_a_user_without_a_name_that_an_orchestrator_must_resolve() -> None:
    (user,) = words_of("USER")
    assert re.fullmatch(r"(\d{5}):\1", user)
    after = [name for name, _ in last_stage()[[name for name, _ in last_stage()].index("USER") :]]
    assert "RUN" not in after


def test_only_the_data_are_kept_and_no_secret_is_built_in() -> None:
    assert words_of("VOLUME") == ["/app/data"]
    assert not re.search("BOT_|TOKEN|PASSWORD|SECRET", " ".join(words_of("ENV") + words_of("ARG")))


def test_it_serves_and_answers_for_its_health() -> None:
    assert words_of("ENTRYPOINT") == ['["python", "-m", "bot"]']
    assert words_of("CMD")[-1] == '["serve"]'
    (check,) = words_of("HEALTHCHECK")
    assert f"http://{listener.HEALTH_BIND}/healthz" in check
    assert words_of("EXPOSE") == [" ".join(bind.partition(":")[2] for bind in (listener.BIND, listener.HEALTH_BIND))]


def test_packages_are_those_of_the_lock_with_their_hashes() -> None:
    built = " ".join(words_of("RUN"))
    assert "deploy/locked.py ${EXTRAS}" in built
    assert "--require-hashes" in built


# -- the compose file --


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


services = pytest.mark.parametrize("service", ["bot", "database"])


@services
def test_every_service_is_closed(service: str) -> None:
    found = compose()["services"][service]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["ulimits"]["core"] == 0
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", found["user"])
    assert not {"privileged", "cap_add", "ports", "network_mode", "pid"} & set(found)
    assert found["healthcheck"]["test"][0] == "CMD"


@services
def test_secrets_are_files_and_no_value_is_in_it(service: str) -> None:
    found = compose()["services"][service]
    named = set(found["secrets"])
    assert named <= set(compose()["secrets"])
    files = {value for name, value in found["environment"].items() if name.endswith("_FILE")}
    assert files == {f"/run/secrets/{name}" for name in named}
    assert all(set(each) == {"file"} for each in compose()["secrets"].values())


def test_two_replicas_share_one_database_that_is_out_of_reach() -> None:
    found = compose()
    assert found["services"]["bot"]["deploy"]["replicas"] == 2
    assert found["services"]["bot"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert found["services"]["database"]["networks"] == ["inside"]
    assert found["networks"]["inside"] == {"internal": True}


def test_the_compose_file_runs_the_container_as_it_was_built() -> None:
    bot = compose()["services"]["bot"]
    assert (COMPOSE.parent / bot["build"]["context"]).resolve() == ROOT
    assert (ROOT / bot["build"]["dockerfile"]) == FILE
    assert words_of("USER") == [bot["user"]]
    (check,) = words_of("HEALTHCHECK")
    assert yaml.safe_load(check.partition("CMD ")[2]) == bot["healthcheck"]["test"][1:]
    mounts = [str(volume).split(":")[1] for volume in bot["volumes"]]
    assert words_of("VOLUME")[0] in mounts


def test_the_compose_file_names_only_variables_that_are_read() -> None:
    named = {name.removesuffix("_FILE") for name in compose()["services"]["bot"]["environment"]}
    assert named <= set(re.findall(r"`(BOT_[A-Z_]+)`", PAGE))


def test_the_compose_file_says_how_far_it_was_tried() -> None:
    head = COMPOSE.read_text(encoding="utf-8").partition("name:")[0].replace("\n#", "")
    assert "was never started with docker compose" in head
