"""The databases that the tests run on: real, and empty each time."""

import pytest
from sqlalchemy import create_engine, inspect, text


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_starts_from_an_empty_database(database_url: str, time: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_postgresql_is_reached_through_a_file_and_not_a_network(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
        assert connection.execute(text("SELECT inet_server_addr()")).scalar_one() is None
    engine.dispose()
