from localenv.host import waiting


def test_what_becomes_true_in_time_is_seen():
    answers = iter([False, False, True])

    assert waiting.until(lambda: next(answers), within=5, pause=0)


def test_what_stays_false_is_given_up():
    assert not waiting.until(lambda: False, within=0, pause=0)


def test_the_last_look_says_that_it_is_the_last():
    assert list(waiting.looks(times=3, pause=0)) == [False, False, True]
    assert list(waiting.looks(within=0, pause=0)) == [True]


def test_a_pause_doubles_up_to_the_longest(monkeypatch):
    pauses = []
    monkeypatch.setattr(waiting.time, "sleep", pauses.append)

    list(waiting.looks(times=5, pause=0.1, longest_pause=0.3))

    assert pauses == [0.1, 0.2, 0.3, 0.3]


def test_pauses_grow_until_something_happens(monkeypatch):
    slept = []
    monkeypatch.setattr(waiting.time, "sleep", slept.append)
    pauses = waiting.Pauses(shortest=1.0, longest=1.1)

    for number, _ in zip(range(5), pauses.looks(), strict=False):
        if number == 3:
            pauses.happened()

    assert slept == [1.0, 1.05, 1.1, 1.0]
