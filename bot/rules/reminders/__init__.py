"""Reminders of return interviews: ladder, recipients, snoozes."""
