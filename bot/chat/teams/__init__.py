"""Microsoft Teams: commands, dialogs and posts as Adaptive Cards."""
