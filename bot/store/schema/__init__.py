"""Tables and triggers. Importing any of them makes the metadata whole."""

from bot.store.schema import access, delivery, records, reports
from bot.store.schema.metadata import metadata

__all__ = ["access", "delivery", "metadata", "records", "reports"]
