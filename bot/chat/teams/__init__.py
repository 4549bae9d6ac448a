"""Microsoft Teams: a sibling of Slack, which verifies, renders and sends, and decides nothing."""
