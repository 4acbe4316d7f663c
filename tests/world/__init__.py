"""How tests set up what they need, once for all: repositories, commands, environments, and what is left of them.

A test gets a `World` from a fixture (`world`, in most folders), writes files into it, runs commands in it as a person
does, waits for conditions with `until`, and looks at what is `left` afterwards.
"""
