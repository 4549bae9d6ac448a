"""Slack: payloads become requests to the gateway, and replies become blocks. Nothing is decided here."""
