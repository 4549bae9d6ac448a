"""The practice page: a chat in the browser, for training and for building. Nothing is decided here."""
