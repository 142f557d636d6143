#!/bin/sh
# Every test, in parts of which two run side by side, for each spends much of its time waiting for servers: whichever is
# done takes the next. Each tells at its end what it found. With arguments for pytest: what they say, in one process.
set -u
cd "$(dirname "$0")/.."
if [ $# != 0 ]; then exec .venv/bin/python -m pytest "$@"; fi

# The longest first, so that both end at about the same time; the last is whatever is in none of the others.
services="tests/books tests/loans tests/members"
running="tests/end_to_end tests/faults"
others=
for folder in $services $running tests/deploy; do others="$others --ignore=$folder"; done
echo "Two parts side by side; what each finds is told when it is done."
printf '%s\n' "$running" "$services" "tests/deploy" "tests$others" | xargs -P 2 -I '{}' sh -c '
    told=$(mktemp)
    trap "rm -f $told" EXIT
    echo "begun: {}"
    .venv/bin/python -m pytest {} >"$told" 2>&1
    ended=$?
    echo "ended: {}"
    cat "$told"
    exit $ended
'
