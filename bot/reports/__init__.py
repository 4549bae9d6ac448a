"""Facts put together into what is read: the morning digest, one child's status."""
