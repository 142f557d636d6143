"""Plumbing without meaning: what all three services need and none of them owns.

Nothing in here knows the domain of a service: no message payloads, no tables of a service. A module is added when three
services need it, and comes with tests of its own.
"""
