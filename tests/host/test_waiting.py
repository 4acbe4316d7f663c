from localenv.host import waiting


def test_what_becomes_true_in_time_is_seen():
    answers = iter([False, False, True])

    assert waiting.until(lambda: next(answers), within=5, pause=0)


def test_what_stays_false_is_given_up():
    assert not waiting.until(lambda: False, within=0, pause=0)
