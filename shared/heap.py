"""The garbage collector, tuned for a process that imports much and then serves."""

import gc

_YOUNG = 10_000
"""New objects after which the garbage collector runs; its default of 700 is reached several times a request."""


def begin() -> None:
    """Collect rarely from the start: imported modules stay, and each collection of them slows the start down."""
    gc.freeze()
    gc.set_threshold(_YOUNG)


def settle() -> None:
    """Exclude all objects that exist now from garbage collection: they live as long as the process.

    The modules of a service are some hundred thousand objects, which each full collection would visit in vain. Most
    objects of a request are freed with it by reference counting; rare collections suffice for the rest.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
