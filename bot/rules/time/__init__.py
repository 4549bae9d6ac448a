"""Clock, periods and freshness."""
