"""The orders service when all goes well and when others do not: `pytest --localenv-env ci envs/orders/tests`."""

import httpx
import pytest

CARD_DECLINED = "4000000000000002"


@pytest.fixture
def api(localenv_test):
    return localenv_test.client("api")


def place(api: httpx.Client, **more: object) -> httpx.Response:
    return api.post("/orders", json={"sku": "lamp", "quantity": 2} | more)


def test_an_order_that_is_placed_is_paid_for_and_stored(localenv_test, api):
    order = place(api).json()

    assert order["total"] == 9900
    localenv_test.upstream("payments").post("/charges").assert_called(times=1, json={"amount": 9900})
    with localenv_test.need("db").connect() as db:
        row = db.execute("select sku, quantity, total from orders where id = %s", [order["id"]]).fetchone()
    assert row == ("lamp", 2, 9900)


def test_a_declined_card_makes_no_order(localenv_test, api):
    before = api.get("/orders").json()

    assert place(api, card=CARD_DECLINED).status_code == 402
    assert api.get("/orders").json() == before


def test_an_answer_of_payments_is_what_the_order_says(localenv_test, api):
    localenv_test.upstream("payments").post("/charges").reply(201, json={"id": "ch_mine", "status": "succeeded"})

    assert place(api).status_code == 201
    with localenv_test.need("db").connect() as db:
        assert db.execute("select count(*) from orders where charge = 'ch_mine'").fetchone() == (1,)


@pytest.mark.parametrize("fault", ["truncated", "malformed", "garbage", "empty", "reset", 503])
def test_an_upstream_that_breaks_is_said_to_be_the_culprit(localenv_test, api, fault):
    localenv_test.upstream("payments").post("/charges").fails(fault)

    answer = place(api)

    assert (answer.status_code, answer.json()["error"]) == (502, "bad_upstream")


def test_an_upstream_that_is_slow_does_not_make_the_service_slow(localenv_test, api):
    localenv_test.upstream("payments").post("/charges").fails(slow=8)

    answer = place(api)

    assert (answer.status_code, answer.json()["error"]) == (504, "slow_upstream")
    assert answer.elapsed.total_seconds() < 6


def test_a_cache_that_is_down_is_said_to_be_down_and_comes_back(localenv_test, api):
    localenv_test.stop("cache")
    assert api.get("/health").status_code == 503

    localenv_test.start("cache")
    assert api.get("/health").status_code == 200


def test_a_receipt_is_there_only_with_its_flag(localenv_test, api):
    receipt = f"/orders/{place(api).json()['id']}/receipt"
    assert api.get(receipt).status_code == 404

    localenv_test.flags.set(receipts=True)
    assert "99.00 EUR" in api.get(receipt).text


@pytest.mark.flags(receipts=[True, False])
def test_an_order_is_placed_in_each_state_of_the_flags(api):
    assert place(api).status_code == 201


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_begins_with_the_seeded_data(localenv_test, api, time):
    with localenv_test.need("db").connect() as db:
        assert db.execute("select count(*) from orders where charge = 'ch_twice'").fetchone() == (0,)
    localenv_test.upstream("payments").post("/charges").reply(201, json={"id": "ch_twice", "status": "succeeded"})

    assert place(api).status_code == 201  # the charge's id is unique: it can be had once
