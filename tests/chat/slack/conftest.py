"""A workspace that every test of Slack may ask for, and its Web API."""

from tests.support.slack.fixtures import client, refused, scene, scene_anywhere, served, workspace

__all__ = ["client", "refused", "scene", "scene_anywhere", "served", "workspace"]
