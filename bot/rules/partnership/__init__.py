"""The partnership file: areas, roles, channels, working hours and limits."""
