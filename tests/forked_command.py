"""Has a fork server run `python -m` with the words of the command line, and ends as that ends.

It is a script and imports next to nothing, for a shell starts it in the place of each command. Whoever interrupts
or ends it means what was forked.
"""

import json
import os
import signal
import socket
import sys

told, tells = os.pipe()
folder = os.getcwd()  # noqa: PTH109 - pathlib is slow to import
request = json.dumps({"words": sys.argv[1:], "environment": dict(os.environ), "folder": folder})
with socket.socket(fileno=int(os.environ["FORK_SERVER"])) as server:
    socket.send_fds(server, [request.encode()], [0, 1, 2, tells])
os.close(tells)
with os.fdopen(told) as status:
    number = int(status.readline())
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda which, _: os.kill(number, which))
    sys.exit(os.waitstatus_to_exitcode(int(status.readline())))
