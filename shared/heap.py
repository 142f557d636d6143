"""What a process does with its memory once it has started."""

import gc


def settle() -> None:
    """Leave all that is there now out of the garbage collector's rounds: it stays as long as the process does.

    The modules of a service are some hundred thousand objects, which each full round would look at for nothing.
    """
    gc.collect()
    gc.freeze()
