"""Runs JavaScript on real engines, reports what was collected, and puts findings to the test.

Linting never comes here. What runs, runs in a worker process with nothing in reach (see ``sandbox``).
"""
