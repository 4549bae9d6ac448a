"""Permissions, roles, absences and break-glass."""
