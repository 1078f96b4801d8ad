#!/bin/sh
# Makes the virtual environment; Debian splits venv from python3, so fetch it there where we may.
set -eu
python=$1 venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "gongshi needs Python 3.11 or newer; $python is $("$python" --version)." >&2
    echo "gongshi 需要 Python 3.11 以上，请用 make PYTHON=/path/to/python3.11 指定。" >&2
    exit 1
}
[ -x "$venv/bin/pip" ] && exit 0
"$python" -m venv "$venv" 2>/dev/null || {
    "$(dirname "$0")/apt.sh" python3-venv
    "$python" -m venv --clear "$venv"
}
