#!/bin/sh
# Every test, in two halves side by side: each spends much of its time waiting for servers. What the second half found is
# told when the first is done. With arguments for pytest: what they say, in one process.
set -u
cd "$(dirname "$0")/.."
tests() { .venv/bin/python -m pytest "$@"; }
if [ $# != 0 ]; then
    tests "$@"
    exit
fi

second=
told=$(mktemp)
trap 'rm -f "$told"' EXIT
trap 'kill $second 2>/dev/null; exit 130' HUP INT TERM
echo "Two halves side by side; what tests/books, loans and members find is told at the end."
tests tests/books tests/loans tests/members >"$told" 2>&1 &
second=$!
tests --ignore=tests/books --ignore=tests/loans --ignore=tests/members
first_failed=$?
wait $second
second_failed=$?
[ $first_failed = 0 ] || echo "The first half failed; why is told above. The second half:"
cat "$told"
[ $first_failed = 0 ] && [ $second_failed = 0 ]
