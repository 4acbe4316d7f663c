"""`--timeout` is the limit of a whole start, and not of each service."""

import re

LATE = 'build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", MODE: late}'


def test_services_that_are_slow_one_after_another_share_the_time_limit(shop):
    shop.describe(f"""
        name: shop
        services:
          one: {{{LATE}}}
          two: {{{LATE}, depends_on: {{one: {{condition: service_healthy}}}}}}
          three: {{{LATE}, depends_on: {{two: {{condition: service_healthy}}}}}}
    """)

    output = shop.up("--timeout", "4", code=5).err

    assert re.search(r"error: (two|three) is not ready (after \d s, )?at the time limit of 4 s for all: GET / ", output)
    assert not shop.left()


def test_a_job_takes_the_time_that_it_takes(shop):
    shop.describe(f"""
        name: shop
        services:
          api: {{{LATE.replace("late", "serve")}}}
          tool: {{build: ../app, command: python app.py, environment: {{MODE: wait}}}}
        jobs:
          slow: {{command: "sleep 9", service: tool}}
    """)

    assert shop.up("--timeout", "8").code == 0
