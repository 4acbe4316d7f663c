"""Services that listen for other machines are reported; those published only on this machine are not."""

SHOP = """
    name: NAME
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: %s}}
    """


def test_a_service_that_other_machines_reach_is_named(shop, engine):
    shop.describe(SHOP % "0.0.0.0")
    output = shop.up()

    is_exposed = engine == "native"  # containers are published only on 127.0.0.1
    assert ("warning: api listens on every network interface" in output.out) == is_exposed
    assert shop.status()["services"]["api"]["exposed"] == is_exposed
    assert ("warning: api listens" in shop.run("status").out) == is_exposed


def test_one_that_listens_where_it_is_told_to_is_not(shop):
    shop.describe(SHOP % "'${bind}'")

    assert "warning" not in shop.up().out
    assert not shop.status()["services"]["api"]["exposed"]
