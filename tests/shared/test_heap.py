"""What a process does with its memory, in a process of its own: the one of the tests has settled long ago."""

import json
import subprocess
import sys

LOOKS = """
import gc, json
from shared import heap
kept = [[] for _ in range(5_000)]
often = gc.get_stats()[0]["collections"]
heap.begin()
frozen, before = gc.get_freeze_count(), gc.get_stats()[0]["collections"]
kept += [[] for _ in range(5_000)]
print(json.dumps([often, frozen, gc.get_stats()[0]["collections"] - before]))
"""


def test_who_begins_looks_no_more_at_what_it_has_and_seldom_at_what_comes() -> None:
    done = subprocess.run([sys.executable, "-c", LOOKS], capture_output=True, text=True, check=True)
    often, frozen, seldom = json.loads(done.stdout)

    assert often >= 5
    assert frozen >= 5_000
    assert seldom == 0
