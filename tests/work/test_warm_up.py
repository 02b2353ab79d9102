from edgeci.work.warm_up import settled, warm_up


def test_two_windows_alike_are_settled() -> None:
    assert settled([900, 100, 100, 101, 99], window=2, tolerance=0.02)


def test_times_that_still_fall_are_not() -> None:
    assert not settled([900, 400, 300, 200], window=2, tolerance=0.02)


def test_fewer_runs_than_two_windows_say_nothing() -> None:
    assert not settled([100, 100, 100], window=2, tolerance=0.02)


def test_a_model_is_run_until_it_settles_and_twice_in_any_case() -> None:
    runs: list[int] = []
    counted = warm_up(lambda: runs.append(sum(range(20_000))), window=1, tolerance=0.5)
    assert counted == len(runs) >= 2
