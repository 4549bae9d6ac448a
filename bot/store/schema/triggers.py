"""Guards in the database itself: rows of the audit trail are only ever added, each after the last.

Triggers on both databases; on PostgreSQL also the grants of the service's own user, who owns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from bot.store.schema.procrastinate import SCHEMA as ENGINE
from bot.store.schema.records import metadata

_ADDED = "audit rows are only ever added"
_NEXT = "coalesce((SELECT max(seq) FROM audit), (SELECT max(seq) FROM audit_cut), 0) + 1"
_LAST_CUT = "coalesce((SELECT max(seq) FROM audit_cut), 0)"
_CUT_FITS = f"NEW.seq > {_LAST_CUT} AND NEW.seq <= coalesce((SELECT max(seq) FROM audit), 0)"  # noqa: S608 - ours

#: Name -> event and table, and when it is refused. The two on INSERT also stop REPLACE, which removes rows unasked.
_REFUSED = {
    "audit_never_changed": ("UPDATE ON audit", "1"),
    "audit_never_removed": ("DELETE ON audit", f"OLD.seq > {_LAST_CUT}"),
    "audit_one_after_another": ("INSERT ON audit", f"NEW.seq IS NOT {_NEXT}"),
    "audit_cut_never_changed": ("UPDATE ON audit_cut", "1"),
    "audit_cut_never_removed": ("DELETE ON audit_cut", "1"),
    "audit_cut_goes_forward": ("INSERT ON audit_cut", f"NOT ({_CUT_FITS})"),
}
_SQLITE = {
    name: f"CREATE TRIGGER {name} BEFORE {event} WHEN {refused} BEGIN SELECT RAISE(ABORT, '{_ADDED}'); END"
    for name, (event, refused) in _REFUSED.items()
}

_POSTGRESQL = (
    ("audit_guarded", "audit", "UPDATE OR DELETE OR INSERT", "ROW"),
    ("audit_never_emptied", "audit", "TRUNCATE", "STATEMENT"),
    ("audit_cut_guarded", "audit_cut", "UPDATE OR DELETE OR INSERT", "ROW"),
    ("audit_cut_never_emptied", "audit_cut", "TRUNCATE", "STATEMENT"),
)

_BODY = f"""
BEGIN
    IF TG_OP = 'INSERT' AND TG_TABLE_NAME = 'audit' THEN
        IF NEW.seq = {_NEXT} THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'INSERT' THEN
        IF {_CUT_FITS} THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
        IF OLD.seq <= {_LAST_CUT} THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION '{_ADDED}';
END"""


def put_up(connection: Connection) -> None:
    """Create the guards. Called by the migration that makes the tables."""
    if connection.dialect.name == "sqlite":
        for trigger in _SQLITE.values():
            connection.exec_driver_sql(trigger)
        return
    # pg_temp last: a temporary table of the same name would otherwise be looked at instead.
    path = f"SET search_path = {_schema(connection)}, pg_temp"
    connection.exec_driver_sql(f"CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql {path} AS $${_BODY}$$")
    for name, table, event, each in _POSTGRESQL:
        made = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_guard()"
        connection.exec_driver_sql(made)


def take_down(connection: Connection) -> None:
    """Drop the guards, before the tables are dropped."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    else:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_guard() CASCADE")


def missing(connection: Connection) -> list[str]:
    """Return the guards that are missing, changed or disabled."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        there = {name: sql for name, sql in found}
        return [name for name, trigger in _SQLITE.items() if there.get(name) != trigger]
    found = connection.execute(
        text(
            "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc f ON f.oid = tgfoid"
            " WHERE tgrelid IN ('audit'::regclass, 'audit_cut'::regclass) AND tgenabled IN ('O', 'A')"
        )
    )
    there = {name: body for name, body in found}
    return [name for name, *_ in _POSTGRESQL if there.get(name) != _BODY]


#: Rights of the service's user on each table; on any other table: everything but to define it.
_RIGHTS = {
    "audit": "SELECT, INSERT",
    "audit_cut": "SELECT",
    "alembic_version": "SELECT",
    "installation": "SELECT, INSERT, UPDATE",
    "restored": "SELECT, INSERT, UPDATE",  # a restore that the bot notices by itself
    "released_period": "SELECT, INSERT",
    "released_sheet": "SELECT, INSERT",
    "released_figure": "SELECT, INSERT",
    "report_step": "SELECT, INSERT, DELETE",
    "report_document": "SELECT, INSERT, DELETE",
}


def grants(connection: Connection, role: str) -> list[str]:
    """Return the statements that give a service user its rights and no more, on PostgreSQL.

    The owner runs them, again after each migration that brings a table.
    """
    quote = connection.dialect.identifier_preparer.quote
    who, schema = quote(role), _schema(connection)
    database = quote(connection.execute(text("SELECT current_database()")).scalar_one())
    tables = sorted({*metadata.tables, "alembic_version"})
    rights = [(t, _RIGHTS.get(t, "SELECT, INSERT, UPDATE, DELETE")) for t in tables]
    return [
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        f"REVOKE ALL ON SCHEMA {schema} FROM {who}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {who}, PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {who}",
        f"GRANT USAGE ON SCHEMA {schema} TO {who}",
        *(f"GRANT {allowed} ON {schema}.{quote(table)} TO {who}" for table, allowed in rights),
        *(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {one} TO {who}" for one in (schema, ENGINE)),
        f"GRANT USAGE ON SCHEMA {ENGINE} TO {who}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {ENGINE} TO {who}",
    ]


def apply(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def unbound(connection: Connection, role: str | None = None) -> str:
    """Return the reason for which no grant binds a user (None: the connected one); empty where grants bind it."""
    if connection.dialect.name != "postgresql":
        return ""
    query = text(
        "SELECT r.rolsuper, pg_has_role(r.oid, c.relowner, 'MEMBER') FROM pg_roles r, pg_class c"
        " WHERE r.rolname = coalesce(:role, current_user) AND c.oid = 'audit'::regclass"
    )
    found = connection.execute(query, {"role": role}).first()
    if found is None:
        return "there is no such user"
    if found[0]:
        return "it is a superuser"
    return "it owns the tables, or is a member of who does" if found[1] else ""


def _schema(connection: Connection) -> str:
    schema = connection.execute(text("SELECT current_schema()")).scalar_one()
    return connection.dialect.identifier_preparer.quote(schema)
