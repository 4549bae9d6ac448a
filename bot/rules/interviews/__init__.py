"""Return interviews: state, steps, ownership and reconciliation with the record."""
