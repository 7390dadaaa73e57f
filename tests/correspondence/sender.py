"""A worker in a process of its own, on the test's database. Argument: work, or tick.

It registers the letters of these tests and then runs the product's own commands.
"""

from __future__ import annotations

import sys


def main() -> None:
    from tests.correspondence import letters_of_tests

    letters_of_tests.register()
    from django.core.management import call_command

    if sys.argv[1] == "work":
        call_command("work", look=0.1, round=0.5)
    else:
        call_command("tick")
