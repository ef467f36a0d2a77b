"""The language server: the protocol, and nothing about JavaScript.

``main`` serves, ``server`` holds the state and says what is done with each message, ``features/`` answers requests from a
``Snapshot``.
"""
