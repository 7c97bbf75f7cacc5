"""Every sentence people can read has its Chinese, with the same places for facts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "webapp/translations/zh_Hans_CN/LC_MESSAGES/messages.po"
PLACES = re.compile(r"%\(\w+\)[\w.]*[a-z]|\{\w+[^}]*\}")


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def test_sentences_when_extracted_from_the_code_all_have_chinese():
    answer = subprocess.run(
        [sys.executable, "scripts/translate.py", "missing"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.stdout == ""
    assert answer.returncode == 0, answer.stderr


def test_extraction_when_run_finds_python_template_and_error_sentences():
    sys.path.insert(0, str(ROOT / "scripts"))
    import translate

    found = translate.extracted()
    assert {"Sign in", "Demo accounts", "There is no such user.", "The user name or the password is wrong."} <= found


def test_chinese_when_it_has_facts_names_the_same_ones(catalogue):
    wrong = []
    for message in catalogue:
        if not message.id or not message.string:
            continue
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        translated = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = {place for original in originals for place in PLACES.findall(original)}
        if any(set(PLACES.findall(text)) - allowed for text in translated):
            wrong.append(message.id)
        if len(originals) == 1 and set(PLACES.findall(originals[0])) != set(PLACES.findall(translated[0])):
            wrong.append(message.id)
    assert wrong == []


def test_chinese_when_read_is_chinese(catalogue):
    latin = [
        message.id
        for message in catalogue
        if message.id
        and isinstance(message.string, str)
        and message.string
        and not re.search(r"[\u4e00-\u9fff]", message.string)
    ]
    names_and_signs = re.compile(
        r"^[\W\d]*(%\(\w+\)[\w.]*\w|\{\w+\}|GPX|PDF|CSV|GeoJSON|WGS 84|[A-Z0-9_-]+|[a-z]{1,3}|km|m²|\W)*$"
    )
    assert [text for text in latin if not names_and_signs.match(str(text))] == []
