"""``make messages``: collect texts into the .po files of booking, pages and site, and compile them. Needs gettext.

The compiled .mo files are committed, because a fresh machine need not have gettext and bokmål is the first language.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("nb", "nn")


def main() -> None:
    """makemessages and compilemessages in each of the three."""
    if shutil.which("msgfmt") is None:
        sys.exit("make messages needs gettext:  sudo apt-get install gettext")
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "municipality.settings.dev"}
    wanted = [argument for language in LANGUAGES for argument in ("-l", language)]
    for folder in ("booking", "pages", "site"):
        (ROOT / folder / "locale").mkdir(exist_ok=True)
        base = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run(
            [*base, "makemessages", *wanted, "--no-location", "--no-obsolete", "--no-wrap", "--ignore=vendor/*"],
            cwd=ROOT / folder, env=env, check=True,
        )  # fmt: skip
        subprocess.run([*base, "compilemessages", *wanted], cwd=ROOT / folder, env=env, check=True)


if __name__ == "__main__":
    main()
