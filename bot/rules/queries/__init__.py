"""Read protocols by privacy level: what commands and jobs may ask of the store."""
