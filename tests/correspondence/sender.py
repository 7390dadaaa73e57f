"""A worker in a process of its own, on the test's database: `python sender.py work|tick|send`.

It registers the letters of these tests and then runs the product's own commands.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "site")]


def main() -> None:
    import django

    django.setup()
    from tests.correspondence import letters_of_tests

    letters_of_tests.register()
    from django.core.management import call_command

    if sys.argv[1] == "work":
        call_command("work", look=0.1, round=0.5)
    else:
        call_command("tick")


if __name__ == "__main__":
    main()
