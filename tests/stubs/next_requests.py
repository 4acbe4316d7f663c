"""Requests, the next such request of each, and another one that is none."""

FORM = "application/x-www-form-urlencoded"


def _part(name: str, value: str) -> str:
    return f'--XyZ\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--XyZ--\r\n'


def _path(first: str, following: str, other: str) -> tuple[dict[str, object], ...]:
    return tuple({"url": one} for one in (first, following, other))


def _json(first: object, following: object, other: object) -> tuple[dict[str, object], ...]:
    return tuple({"method": "POST", "url": "/in", "json": one} for one in (first, following, other))


def _text(first: str, following: str, other: str, kind: str = "text/plain") -> tuple[dict[str, object], ...]:
    headers = {"Content-Type": kind}
    return tuple(
        {"method": "POST", "url": "/in", "content": one, "headers": headers} for one in (first, following, other)
    )


NEXT = {
    "a ULID in a path": _path("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/01BX5ZZKBKACTAV9WEVGEMMVRZ", "/p/1"),
    "a number with an ending": _path("/invoices/42.pdf", "/invoices/7.pdf", "/invoice/7.pdf"),
    "a number in parentheses": _path("/Orders(42)/Lines", "/Orders(7)/Lines", "/Orders(7)/Line"),
    "a short number behind a word": _path("/orders/ord-42", "/orders/ord-7", "/order/ord-7"),
    "a version of an API": _path("/v2/orders/42", "/v2/orders/7", "/v3/orders/7"),
    "a date with slashes": _path("/r?d=2026/01/02", "/r?d=2027/11/30", "/s?d=2027/11/30"),
    "a date of HTTP": _path(
        "/r?d=Fri%2C%2002%20Jan%202026%2003%3A04%3A05%20GMT", "/r?d=Sat%2C%2003%20Jan%202026%2001%3A02%3A03%20GMT", "/r"
    ),
    "a local date": _path("/r?d=02.01.2026", "/r?d=3.11.2027", "/r"),
    "a time": _path("/r?t=10:15:30", "/r?t=23:59:59", "/s?t=23:59:59"),
    "a list of ids": _path("/r?ids=1&ids=2&sort=a", "/r?ids=3&ids=4&ids=5&sort=a", "/r?ids=3&sort=b"),
    "a list in one value": _path("/r?ids=1,2,3", "/r?ids=9", "/r"),
    "a name with brackets": _path("/r?user[id]=4&id[]=7", "/r?user[id]=5&id[]=8", "/r?user[name]=5&id[]=8"),
    "a nested id": _json({"a": {"b": [{"c": {"id": 1}}]}}, {"a": {"b": [{"c": {"id": 2}}]}}, {"a": {"b": []}}),
    "an array of ids": _json({"ids": [1, 2], "k": 1}, {"ids": [3], "k": 1}, {"ids": [3], "k": 2}),
    "an array of tokens": _json({"a": ["lamp-4711", "sofa-4712"]}, {"a": ["lamp-9999"]}, {"b": []}),
    "ids as keys": _json({"stock": {"sku-471199": 1}}, {"stock": {"sku-18220": 3, "sku-99999": 0}}, {"stok": {}}),
    "a time in seconds": _json({"ts": 1767312000, "k": 1}, {"ts": 1767312001.5, "k": 1}, {"ts": 1, "k": 2}),
    "a day as a number": _json({"day": 20260102}, {"day": 20271130}, {"days": 20271130}),
    "a date in words": _json({"due": "Jan 2, 2026"}, {"due": "Nov 30, 2027"}, {"dew": 1}),
    "JSON in a text of JSON": _json({"raw": '{"id": 7}'}, {"raw": '{"id": 8}'}, {"row": 1}),
    "an upper-case name": _json({"OrderID": "a"}, {"OrderID": "b"}, {"Order": "b"}),
    "a form": _text(
        "grant=refresh&at=2026-01-02T03%3A04%3A05Z&user_id=7", "grant=refresh&at=2026-02-03T01%3A04%3A05Z&user_id=8",
        "grant=code&at=2026-02-03T01%3A04%3A05Z&user_id=8", FORM,
    ),
    "a part of a form": _text(_part("orderId", "7"), _part("orderId", "81 b"), _part("sku", "7"), "text/x"),
    "an element of XML": _text(
        "<o><orderId>7</orderId><sku>lamp</sku></o>", "<o><orderId>81</orderId><sku>lamp</sku></o>",
        "<o><orderId>81</orderId><sku>sofa</sku></o>", "text/xml",
    ),
    "an attribute of XML": _text(
        '<s:o id="7" at="Fri, 02 Jan 2026"/>', '<s:o id="x y" at="Sat, 03 Jan 2026"/>', '<s:p id="7"/>', "text/xml"
    ),
    "a secret in Base64": _text("blob dGVzdA+fo0/bar9xyzABC== end", "blob aZ0+/xyzABCdefGHI123= end", "blub"),
    "lines of JSON": _text('{"id": 1}\n{"id": "b"}\n', '{"id": 3}\n{"id": 4}\n', '{"k": 3}\n{"id": 4}\n', "text/x"),
}  # fmt: skip
