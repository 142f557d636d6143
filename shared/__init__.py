"""Pipes, not meanings: what all three services need and none of them owns.

Nothing in here knows a word of any service: no message payloads, no tables of a service, no base classes to
inherit. A thing comes in when three services need it, and it comes with a test of its own.
"""
