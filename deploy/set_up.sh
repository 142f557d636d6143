#!/bin/sh
# Makes .venv from the locked requirements: `set_up.sh run` to run the library, `set_up.sh dev` to work on it as well.
# A second call finds its own stamp and returns at once. PYTHON=/path/to/python chooses the interpreter of .venv, which is
# made anew if it has another.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "$1" >&2
    exit 1
}

# The version of the image first, then whatever python3 is; one that cannot make environments only where all are so.
find_python() {
    for needed in 'import ensurepip, venv' ''; do
        for python in ${PYTHON:-python3.13 python3 python3.14 python3.12 python3.11 python}; do
            if "$python" -c "import sys; $needed
sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then
                command -v "$python"
                return
            fi
        done
    done
    fail "Python 3.11 or newer is needed, and none was found${PYTHON:+ at PYTHON=$PYTHON}."
}

# Debian keeps the parts of Python that make environments in a package of their own.
ensure_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "$python cannot make virtual environments: install the package $package (or python3-venv)."
    fi
    echo "Installing the Debian package $package ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
}

# What the stamps hold: a new lock file, interpreter or place of the checkout means a new look.
fingerprint() {
    .venv/bin/python -V && pwd && cksum requirements.txt requirements-dev.txt
}

ready() {
    [ -f "$1" ] && [ -x .venv/bin/python ] && [ "$(cat "$1")" = "$(fingerprint 2>/dev/null)" ]
}

# Without PYTHON whatever .venv has is right.
is_chosen() {
    [ -z "${PYTHON:-}" ] && return
    about='import sys; print(sys.version, getattr(sys, "base_prefix", ""))'
    wanted=$("$PYTHON" -c "$about" 2>/dev/null) || fail "PYTHON=$PYTHON cannot be run."
    [ "$wanted" = "$(.venv/bin/python -c "$about" 2>/dev/null)" ]
}

is_chosen || rm -rf .venv

case ${1:-} in
run) ready .venv/ready-dev || ready .venv/ready-run && exit ;; # the dev requirements contain the others
dev) ready .venv/ready-dev && exit ;;
*) fail "usage: $0 run|dev" ;;
esac

# Whatever cannot run any more, is too old, or was moved here with its checkout, is made anew.
if ! { .venv/bin/pip --version && [ "$(.venv/bin/python -c 'import sys; print(sys.prefix)')" = "$PWD/.venv" ] &&
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; } >/dev/null 2>&1; then
    python=$(find_python)
    ensure_venv_module
    echo "Making .venv with $("$python" -V) ..."
    "$python" -m venv --clear .venv
fi

requirements="requirements.txt"
if [ "$1" = dev ]; then requirements="requirements-dev.txt"; fi
echo "Installing $requirements into .venv (once; half a minute) ..."
rm -f .venv/ready-run .venv/ready-dev
# What is never imported need not be compiled; what is, Python compiles when it is first asked for it.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$requirements" ||
    fail "The packages of $requirements were not installed. Without a way to a package index, name one of your own in PIP_INDEX_URL, or a folder of wheels in PIP_FIND_LINKS with PIP_NO_INDEX=1; then begin again."

# The project itself: one line that puts the checkout on the path, as an editable install would,
# but with nothing to build and hence nothing to fetch.
pwd >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/library-services.pth"
for service in books members loans; do
    printf '#!%s\nfrom %s_service.__main__ import commands\n\ncommands()\n' "$PWD/.venv/bin/python" "$service" >".venv/bin/library-$service"
    chmod +x ".venv/bin/library-$service"
done
fingerprint >".venv/ready-$1"
