"""Microsoft Teams: activities become requests to the gateway, and replies become cards. Nothing is decided here."""
