"""An invented Teams that every test here may ask for, and a bot in it."""

from tests.support.teams.fixtures import quiet, scene, served, teams

__all__ = ["quiet", "scene", "served", "teams"]
