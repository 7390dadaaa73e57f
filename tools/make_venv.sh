#!/bin/sh
# Makes the virtual environment and installs what is pinned. Says what to install when the machine lacks something.
set -eu
venv=$1
say() { printf '%s\n' "$*" >&2; }

if [ ! -x "$venv/bin/python" ]; then
    found=
    for python in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
        command -v "$python" >/dev/null 2>&1 || continue
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            found=$python
            break
        fi
    done
    if [ -z "$found" ]; then
        say "Samskap needs Python 3.11 or newer, and none was found."
        say "On Debian or Ubuntu:  sudo apt-get install python3 python3-venv"
        exit 1
    fi
    if ! "$found" -c 'import venv, ensurepip' 2>/dev/null; then
        version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$found (Python $version) can't make virtual environments: its venv module is a package of its own."
        say "On Debian or Ubuntu:  sudo apt-get install python3-venv    (or python$version-venv)"
        exit 1
    fi
    echo "Making $venv with $found ..."
    "$found" -m venv "$venv"
fi

echo "Installing what requirements-dev.txt pins (a minute or two the first time) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes -r requirements-dev.txt
