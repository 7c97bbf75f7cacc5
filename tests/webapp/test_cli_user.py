"""`gridbeat user` as an operator runs it; once in a process of its own, that knows nothing but the database."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from data.database import migrate
from webapp.cli import main

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def users_url(make_database):
    url = make_database("users")
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO divisions (code, name, area)"
                " VALUES ('990101', '样县', st_multi(st_makeenvelope(122, 33, 123, 35, 4326)))"
            )
        )
    engine.dispose()
    return url


def run(url, *arguments):
    return CliRunner().invoke(main, ["user", *arguments], env={"DATABASE_URL": url})


@pytest.fixture
def gridbeat(users_url):
    return partial(run, users_url)


def test_user_when_added_in_a_process_of_its_own_may_sign_in(users_url):
    arguments = ["add", "li.wu", "--name", "李五", "--role", "grid_worker@990101", "--password", PASSWORD]
    answer = subprocess.run(
        [sys.executable, "-c", "from webapp.cli import main; main()", "user", *arguments],
        env=os.environ | {"DATABASE_URL": users_url}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (answer.returncode, "li.wu may sign in" in answer.stderr) == (0, True), answer.stderr


def add(gridbeat, username, *roles, password=PASSWORD):
    return gridbeat("add", username, "--name", "张三", *(f"--role={role}" for role in roles), "--password", password)


def test_user_when_added_in_a_division_is_listed_with_it_and_may_be_shut_out(gridbeat):
    added = add(gridbeat, "zhang.san", "dispatcher@990101", "volunteer")
    assert (added.exit_code, "zhang.san may sign in" in added.stderr) == (0, True), added.stderr
    assert "dispatcher@990101" in gridbeat("list", "--search", "zhang").stdout
    assert gridbeat("roles", "zhang.san", "--role", "centre_staff@990101").exit_code == 0
    assert gridbeat("password", "zhang.san", "--password", "another long password").exit_code == 0
    assert gridbeat("disable", "zhang.san").exit_code == 0
    listed = gridbeat("list").stdout
    assert "centre_staff@990101" in listed
    assert "dispatcher" not in listed
    assert "no" in listed.split("centre_staff@990101")[1]
    assert gridbeat("enable", "zhang.san").exit_code == 0


@pytest.mark.parametrize(
    ("roles", "password", "says"),
    [
        (("king",), PASSWORD, "king is no role"),
        (("dispatcher@990102",), PASSWORD, "990102"),
        (("dispatcher",), "short", "password"),
    ],
)
def test_user_when_wrongly_added_is_refused_in_a_sentence_and_not_there(gridbeat, roles, password, says):
    refused = add(gridbeat, "li.si", *roles, password=password)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert isinstance(refused.exception, SystemExit)
    assert "li.si" not in gridbeat("list").stdout


def test_user_when_unknown_is_said(gridbeat):
    answer = gridbeat("disable", "nobody")
    assert answer.exit_code == 2
    assert "no user nobody" in answer.stderr


def test_command_when_the_database_is_not_migrated_says_what_to_do(make_database):
    answer = run(make_database("bare"), "list")
    assert answer.exit_code == 2
    assert "gridbeat db migrate" in answer.stderr
    assert isinstance(answer.exception, SystemExit)
