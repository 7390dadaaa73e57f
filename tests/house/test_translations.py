"""bokmål and nynorsk are complete: no missing, fuzzy or unfilled message, and what is compiled is what was written."""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = [(folder, language) for folder in ("booking", "pages", "site") for language in ("nb", "nn")]
#: Placeholders that a translation must carry over, of all three kinds.
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@dataclass
class Message:
    """One entry of a .po file."""

    id: str = ""
    plural: str = ""
    context: str = ""
    texts: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.id)


def read_po(text: str) -> list[Message]:
    """The messages of a .po file, without its header and without obsolete ones."""
    messages, message, last = [], Message(), ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#,"):
            message.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif found := re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?) (".*")$', line):
            last, number, words = found[1], found[2], ast.literal_eval(found[3])
            _put(message, last, int(number or 0), words)
        elif line.startswith('"'):
            number = re.search(r"\d", last)
            _put(message, last, int(number[0]) if number else 0, ast.literal_eval(line))
        elif not line.strip():
            if message.id:
                messages.append(message)
            message, last = Message(), ""
    return messages


def _put(message: Message, keyword: str, number: int, words: str) -> None:
    if keyword == "msgctxt":
        message.context += words
    elif keyword == "msgid":
        message.id += words
    elif keyword == "msgid_plural":
        message.plural += words
    elif keyword.startswith("msgstr"):
        message.texts[number] = message.texts.get(number, "") + words


def po_path(folder: str, language: str) -> Path:
    return ROOT / folder / "locale" / language / "LC_MESSAGES" / "django.po"


@pytest.fixture(params=CATALOGUES, ids=lambda pair: "-".join(pair))
def catalogue(request):
    return po_path(*request.param)


def test_the_reader_of_po_files_reads_them():
    text = (
        'msgid ""\nmsgstr "Language: nb\\n"\n\n#, fuzzy, python-format\n'
        'msgctxt "door"\nmsgid ""\n"Open %(n)s "\n"times"\n'
        'msgid_plural "x"\nmsgstr[0] "Åpne"\nmsgstr[1] "a "\n"b"\n\n#~ msgid "old"\n#~ msgstr "gammel"\n'
    )
    (message,) = read_po(text)
    assert (message.key, message.plural) == (("door", "Open %(n)s times"), "x")
    assert message.texts == {0: "Åpne", 1: "a b"}
    assert "fuzzy" in message.flags


def test_every_message_is_translated(catalogue):
    messages = read_po(catalogue.read_text())
    assert messages
    wanting = [
        message.id
        for message in messages
        if "fuzzy" in message.flags
        or len(message.texts) < (2 if message.plural else 1)
        or not all(message.texts.values())
    ]
    assert not wanting, "\n".join(wanting)


def test_placeholders_are_carried_over(catalogue):
    wrong = []
    for message in read_po(catalogue.read_text()):
        allowed = set(PLACES.findall(message.id)) | set(PLACES.findall(message.plural))
        needed = set(PLACES.findall(message.plural or message.id))
        for number, text in message.texts.items():
            found = set(PLACES.findall(text))
            # A singular may say "one" in words; the plural, and a plain message, must carry every value.
            short = needed - found if not (message.plural and number == 0) else set()
            if text and (found - allowed or short):
                wrong.append(f"{message.id!r} → {text!r}")
    assert not wrong, "\n".join(wrong)


def test_what_is_compiled_is_what_was_written(catalogue):
    with catalogue.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in read_po(catalogue.read_text()):
        if message.plural:
            text = compiled.ngettext(message.id, message.plural, 1)
        elif message.context:
            text = compiled.pgettext(message.context, message.id)
        else:
            text = compiled.gettext(message.id)
        assert text == message.texts[0], f"run `make messages`: {message.id}"


@pytest.mark.slow
def test_no_text_of_the_sources_is_missing_in_the_catalogues(tmp_path):
    if shutil.which("xgettext") is None:
        if os.environ.get("CI"):
            pytest.fail("gettext is missing: apt-get install gettext")
        pytest.skip("no gettext on this machine (Debian: apt-get install gettext)")
    missing = []
    for folder in ("booking", "pages", "site"):
        copy = tmp_path / folder
        shutil.copytree(ROOT / folder, copy, ignore=shutil.ignore_patterns("__pycache__", "vendor", "*.mo"))
        (copy / "locale").mkdir(exist_ok=True)  # else the settings' own folder would be written to
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "makemessages", "-l", "nb", "-l", "nn", "--no-obsolete"],
            cwd=copy, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for language in ("nb", "nn"):
            fresh = read_po((copy / "locale" / language / "LC_MESSAGES" / "django.po").read_text())
            path = po_path(folder, language)
            known = {message.key for message in read_po(path.read_text())} if path.exists() else set()
            missing += [f"{folder} {language}: {message.id}" for message in fresh if message.key not in known]
    assert not missing, f"{len(missing)} missing; run `make messages`:\n" + "\n".join(missing[:40])
