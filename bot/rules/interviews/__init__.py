"""Return interviews: state, steps in chat, ownership and reconciliation with the record."""
