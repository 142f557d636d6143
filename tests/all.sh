#!/bin/sh
# `make check` and every test, in the parts of tests/parts.txt, of which some run side by side, for each spends much of its
# time waiting for servers: whichever is done takes the next, and the outer ring begins while the last of the merge ring
# still run. Each tells at its end what it found, the last of a ring how long the ring took, and the last lines which parts
# failed. RING=inner or RING=merge runs no more than that one; with arguments for pytest: the check, and then what they say,
# in one process. AT_ONCE=1 runs one part after another; unless it says otherwise, there are three for each processor.
set -u
cd "$(dirname "$0")/.."
if [ $# != 0 ]; then
    make --no-print-directory check || exit
    exec .venv/bin/python -m pytest "$@"
fi

parts_of() {
    case $1 in
        inner) sed -n 's/^inner //p' tests/parts.txt ;;
        merge) echo check && sed -nE 's/^(merge|inner) //p' tests/parts.txt ;; # what stands first takes longest
        outer) sed -n 's/^outer //p' tests/parts.txt ;;
        *) echo "There is no ring $1; there are inner, merge and outer." >&2 && exit 2 ;;
    esac
}

unset PYTHONDONTWRITEBYTECODE # else each part, and each process that it starts, compiles everything anew
at_once=${AT_ONCE:-$((3 * $(nproc)))}
told=$(mktemp -d)
trap 'rm -rf "$told"' EXIT
trap 'exit 1' HUP INT TERM
export told
echo "$at_once parts side by side; what each finds is told when it is done."
began=$(date +%s)
export began
for ring in ${RING:-merge outer}; do
    parts_of "$ring" >"$told/parts of $ring" || exit
    : >"$told/ended of $ring"
    sed "s/^/$ring /" "$told/parts of $ring" >>"$told/parts"
done
ended=0
.venv/bin/python -m tests.fork_server -- xargs -P "$at_once" -I '{}' sh -c '
    ring=${1%% *} part=${1#* }
    echo "begun: $part"
    found=$(mktemp -p "$told")
    # shellcheck disable=SC2086  # a list of arguments
    case $part in
        check) make --no-print-directory check ;;
        *) .venv/bin/python -IS tests/forked_command.py pytest $part ;;
    esac >"$found" 2>&1
    code=$?
    [ $code = 0 ] || echo "failed: $part" >>"$told/failed"
    echo "$part" >>"$told/ended of $ring"
    { # at once, or another part would tell in between
        echo "ended: $part"
        if [ "$(wc -l <"$told/ended of $ring")" = "$(wc -l <"$told/parts of $ring")" ] && mkdir "$told/$ring" 2>/dev/null; then
            echo "ring $ring: done after $(($(date +%s) - began)) s" # once, though two may end together
        fi
        cat "$found"
    }
    exit $code
' sh '{}' <"$told/parts" || ended=$?
[ ! -e "$told/failed" ] || cat "$told/failed"
exit $ended
