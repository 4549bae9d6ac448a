"""Writes of chat: answers, the effects of commands, buttons, absences, confirmations."""
