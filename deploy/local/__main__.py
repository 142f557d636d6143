"""`make run`: the whole library on this machine, in one process."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the library runs, Ctrl-C just ends: nothing has to be finished

    from shared import heap

    heap.begin()

    from deploy.local.run import main

    sys.exit(main())
