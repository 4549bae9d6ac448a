"""Read protocols by privacy level: the questions that commands and jobs ask of the store."""
