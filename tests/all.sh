#!/bin/sh
# `make check` and every test, in the parts of tests/parts.txt, of which some run side by side, for each spends much of its
# time waiting for servers: whichever is done takes the next. Each tells at its end what it found, and the last lines which
# of them failed. With arguments for pytest: the check, and then what they say, in one process. AT_ONCE=1 runs one part
# after another; unless it says otherwise, there are three for each processor.
set -u
cd "$(dirname "$0")/.."
if [ $# != 0 ]; then
    make --no-print-directory check || exit
    exec .venv/bin/python -m pytest "$@"
fi

unset PYTHONDONTWRITEBYTECODE # else each part, and each process that it starts, compiles everything anew
at_once=${AT_ONCE:-$((3 * $(nproc)))}
told=$(mktemp -d)
trap 'rm -rf "$told"' EXIT
trap 'exit 1' HUP INT TERM
export told
echo "$at_once parts side by side; what each finds is told when it is done."
{ echo check && grep -v '^#' tests/parts.txt; } | xargs -P "$at_once" -I '{}' sh -c '
    echo "begun: {}"
    found=$(mktemp -p "$told")
    # shellcheck disable=SC2086,SC2194  # a list of arguments; xargs puts another word there each time
    case "{}" in
        check) make --no-print-directory check ;;
        *) .venv/bin/python -m pytest {} ;;
    esac >"$found" 2>&1
    ended=$?
    { echo "ended: {}"; cat "$found"; } # at once, or another part would tell in between
    [ $ended = 0 ] || echo "failed: {}" >>"$told/failed"
    exit $ended
'
ended=$?
[ ! -e "$told/failed" ] || cat "$told/failed"
exit $ended
