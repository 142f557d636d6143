#!/bin/sh
# Every test, in parts of which some run side by side, for each spends much of its time waiting for servers: whichever is
# done takes the next. Each tells at its end what it found. With arguments for pytest: what they say, in one process.
# AT_ONCE=1 runs one part after another; unless it says otherwise, there are two for each processor.
set -u
cd "$(dirname "$0")/.."
if [ $# != 0 ]; then exec .venv/bin/python -m pytest "$@"; fi

# The longest first, so that all end at about the same time; the third is whatever is in none of the others.
image=tests/deploy/test_image.py
parts="tests/end_to_end tests/books tests/members tests/loans tests/shared tests/faults"
others=tests
for part in $parts tests/deploy; do others="$others --ignore=$part"; done
at_once=${AT_ONCE:-$((2 * $(nproc)))}
echo "$at_once parts side by side; what each finds is told when it is done."
{ printf '%s\n' "$image" "tests/deploy --ignore=$image" "$others" $parts; } | xargs -P "$at_once" -I '{}' sh -c '
    told=$(mktemp)
    trap "rm -f $told" EXIT
    echo "begun: {}"
    .venv/bin/python -m pytest {} >"$told" 2>&1
    ended=$?
    echo "ended: {}"
    cat "$told"
    exit $ended
'
