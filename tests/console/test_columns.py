"""Tables use their full width; on a narrow terminal cells lose their middle, then rows are stacked; no broken words."""

from localenv.console.columns import columns

HEADINGS = ("NAME", "URL", "FOLDER", "NOTE")
ROWS = [
    ("api", "http://127.0.0.1:20123", "/home/somebody/repositories/company/orders", ""),
    ("db", "", "/home/somebody/repositories/company/stocks", ""),
]


def test_a_table_that_fits_has_its_columns_and_none_that_is_empty():
    assert columns([("a", "", "b"), ("longer", "", "c")]) == ["a       b", "longer  c"]
    assert "NOTE" not in columns([(*row[:3], "") for row in ROWS], headings=HEADINGS)[0]


def test_what_may_be_shortened_loses_its_middle_until_all_fits():
    lines = columns(ROWS, headings=HEADINGS, within=60, shortened=(2,))

    assert max(map(len, lines)) <= 60
    assert lines[1].startswith("api   http://127.0.0.1:20123  /home/some")
    assert lines[1].endswith("repositories/company/orders"[-16:])
    assert "…" in lines[1]


def test_what_still_does_not_fit_is_a_stack_with_every_word_whole():
    lines = columns(ROWS, headings=HEADINGS, within=30)

    assert lines == [
        "NAME",
        "api",
        "  url     http://127.0.0.1:20123",
        "  folder  /home/somebody/repositories/company/orders",
        "db",
        "  folder  /home/somebody/repositories/company/stocks",
    ]


def test_a_stack_without_headings_fills_its_lines():
    rows = [("api", "http://127.0.0.1:20123", "service", "real"), ("payments", "http://127.0.0.1:20124", "stub", "x")]

    assert columns(rows, within=40) == [
        "api",
        "    http://127.0.0.1:20123  service",
        "    real",
        "payments",
        "    http://127.0.0.1:20124  stub  x",
    ]


def test_columns_are_shortened_in_their_order_so_that_the_words_behind_a_hash_stay():
    rows = [("postgres/1031951a909eb39f1031951a909eb39f", "PostgreSQL 18.6, empty, database shop", "36 MB")]

    (line,) = columns(rows, within=63, shortened=(0, 1))

    assert line.endswith("b39f  PostgreSQL 18.6, empty, database shop  36 MB")
    assert len(line) <= 63


def test_a_stacked_cell_that_is_wider_than_the_terminal_is_folded_at_spaces():
    rows = [("postgres", "a spare copy: PostgreSQL 18.6, empty, user shop, database shop", "36 MB")]

    assert columns(rows, headings=("KIND", "HOLDS", "SIZE"), within=40) == [
        "KIND",
        "postgres",
        "  holds  a spare copy: PostgreSQL 18.6,\n         empty, user shop, database shop",
        "  size   36 MB",
    ]
