"""Runs a module of the library, and lets it tell of each collection of garbage."""

import gc
import runpy
import sys

if __name__ == "__main__":
    gc.set_debug(gc.DEBUG_STATS)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
