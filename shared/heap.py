"""What a process does with its memory once it has started."""

import gc

_YOUNG = 10_000
"""New objects after which the garbage collector looks at them; by itself it does after 700, several times a request."""


def begin() -> None:
    """Look seldom from the start: what a process imports stays, and each round over it takes a part of the start."""
    gc.freeze()
    gc.set_threshold(_YOUNG)


def settle() -> None:
    """Leave all that is there now out of the garbage collector's rounds: it stays as long as the process does.

    The modules of a service are some hundred thousand objects, which each full round would look at for nothing. Most of
    what a request makes is gone with the request, by its counts of references; seldom looks find the rest as well.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
