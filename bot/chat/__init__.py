"""One sibling per platform, same shape: payload -> Request, Reply -> payload."""
