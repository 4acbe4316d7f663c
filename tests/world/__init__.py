"""Shared setup of tests: repositories, commands, environments, and checks for leftovers.

A test gets a `World` from a fixture (`world`, in most folders), writes files into it, runs commands in it like a user,
waits for conditions with `until`, and checks what is `left` afterwards.
"""
