"""Triggers, tiers and acknowledgement of escalation calls, and strategy decisions."""
