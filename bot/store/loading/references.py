"""References for new children: random, short, never used before."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Select, exists, func, select

from bot.rules.text.area_names import ALPHABET, LONGEST, SHORTEST, new_reference
from bot.store.database import upsert
from bot.store.queries.children import Erasures
from bot.store.schema.records import child, child_alias

CHUNK = 2000

#: A guess at a reference must miss 99 times of 100, also when every child has one.
SPARE = 100


class References:
    """Make random references that no child has or had."""

    def __init__(self, prefix: str, choose: Callable[[str], str], erasures: Erasures | None = None) -> None:
        self.prefix = prefix
        self.choose = choose
        self._erasures = erasures

    def length(self, children: int) -> int:
        """Return the shortest length that the number of children allows, so that people can remember references."""
        enough = (n for n in range(SHORTEST, LONGEST) if len(ALPHABET) ** n >= SPARE * children)
        return next(enough, LONGEST)

    def add_children(self, connection: Connection, column: str, keys: Select[str]) -> None:
        """Add a child for every key (a police or council reference) that has none yet."""
        unknown = keys.where(~exists().where(child.c[column] == keys.selected_columns[0])).distinct()
        unknown = unknown.order_by(keys.selected_columns[0]).limit(CHUNK)
        while found := connection.execute(unknown).scalars().all():
            known = connection.execute(select(func.count()).select_from(child)).scalar_one()
            length = self.length(known + len(found))
            rows = [{"ref": new_reference(self.prefix, length, self.choose), column: key} for key in found]
            # A reference that is taken already is not inserted; its key comes again with another one.
            refs = [row["ref"] for row in rows]
            old = set(connection.execute(select(child_alias.c.ref).where(child_alias.c.ref.in_(refs))).scalars())
            if self._erasures:
                old |= self._erasures.which(connection, "ref", refs)
            fresh = [row for row in rows if row["ref"] not in old]
            if fresh:
                connection.execute(upsert(connection, child).on_conflict_do_nothing(index_elements=["ref"]), fresh)
