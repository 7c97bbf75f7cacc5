"""The choice of sites: as good as trying every choice, never more than its bound, the same every time."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.siting_bound import best_choice, bound_of, cost_of_forcing_in
from gis.coverage.siting_exact import is_permitted, solve
from gis.coverage.siting_problem import Problem, greedy, in_order_of_gain, merged, problem_of
from gis.coverage.siting_swaps import improved


def permitted_choices(problem: Problem, k: int):
    for size in range(1, k + 1):
        for chosen in combinations(range(len(problem)), size):
            if is_permitted(problem, k, np.array(chosen)):
                yield np.array(chosen)


def best_of_all(problem: Problem, k: int) -> float:
    """The value of the best choice, by trying every one."""
    return max((problem.value(chosen) for chosen in permitted_choices(problem, k)), default=0.0)


@st.composite
def problems(draw, most_need: int = 1, poles: bool = True):
    count, points = draw(st.integers(1, 9)), draw(st.integers(1, 14))
    seed, density = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0.1, 0.3, 0.6]))
    rng = np.random.default_rng(seed)
    sees = rng.random((count, points)) < density
    weight = rng.choice([0.0, 1.0, 1.0, 2.5, 7.0], points)
    need = rng.integers(0, most_need + 1, points)
    pole = rng.integers(0, max(count // 2, 1), count) if poles else np.arange(count)
    per_pole = draw(st.integers(1, 2))
    return problem_of(sees, weight, need=need, pole=pole, per_pole=per_pole)


@given(problems(most_need=3), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_solve_when_every_choice_can_be_tried_finds_the_best_and_proves_it(problem, k):
    best = best_of_all(problem, k)
    found = solve(problem, k, np.empty(0, dtype=np.intp))
    assert found.value == pytest.approx(best, abs=1e-9)
    assert found.bound == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert is_permitted(problem, k, found.chosen)
    assert problem.value(found.chosen) == pytest.approx(found.value)


@given(problems(most_need=3), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_greedy_when_poles_are_limited_keeps_to_them_and_reaches_half(problem, k):
    chosen = greedy(problem, k)
    assert is_permitted(problem, k, chosen)
    assert problem.value(chosen) >= 0.5 * best_of_all(problem, k) - 1e-9


@given(problems(poles=False), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_greedy_when_only_the_number_is_limited_reaches_its_guarantee(problem, k):
    assert problem.value(greedy(problem, k)) >= (1 - 1 / np.e) * best_of_all(problem, k) - 1e-9


@given(problems(most_need=2), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_greedy_when_lazy_chooses_what_asking_everybody_would(problem, k):
    chosen: list[int] = []
    for _ in range(k):
        free = [i for i in range(len(problem)) if is_permitted(problem, k, np.array([*chosen, i])) and i not in chosen]
        before = problem.value(np.array(chosen, dtype=np.intp))
        gains = {i: problem.value(np.array([*chosen, i])) - before for i in free}
        if not gains or max(gains.values()) <= 1e-12:
            break
        chosen.append(max(gains, key=lambda i: (round(gains[i], 9), -i)))
    assert greedy(problem, k).tolist() == chosen


@given(problems(most_need=3), st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_improved_when_done_is_permitted_and_no_swap_is_better(problem, k, seed):
    order = np.random.default_rng(seed).permutation(len(problem))
    start: list[int] = []
    for i in order.tolist():
        if is_permitted(problem, k, np.array([*start, i])):
            start.append(i)
    found = improved(problem, np.array(start, dtype=np.intp))
    value = problem.value(found)
    assert is_permitted(problem, k, found)
    assert len(np.unique(found)) == len(found) == len(start)
    assert value >= problem.value(np.array(start, dtype=np.intp)) - 1e-9
    for place in range(len(found)):
        for other in set(range(len(problem))) - set(found.tolist()):
            swapped = found.copy()
            swapped[place] = other
            assert not is_permitted(problem, k, swapped) or problem.value(swapped) <= value + 1e-7


@given(problems(most_need=3), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_bound_when_any_choice_is_tried_holds_and_settles_no_better_one(problem, k):
    start = greedy(problem, k)
    found = bound_of(problem, k, start, steps=60)
    assert is_permitted(problem, k, found.chosen)
    assert problem.value(found.chosen) == pytest.approx(found.value)
    for chosen in permitted_choices(problem, k):
        value = problem.value(chosen)
        assert value <= found.bound + 1e-9
        needed = chosen[[problem.value(np.delete(chosen, i)) < value - 1e-9 for i in range(len(chosen))]]
        if value > found.value + 1e-9:
            assert found.is_open[needed].all()


@given(problems(most_need=3))
@settings(max_examples=150, deadline=None)
def test_merged_when_points_are_alike_keeps_the_value_of_every_choice(problem):
    small = merged(problem)
    assert small.sees.shape[1] <= problem.sees.shape[1]
    for chosen in permitted_choices(problem, 3):
        assert small.value(chosen) == pytest.approx(problem.value(chosen))
    sets = {(tuple(column), need) for column, need in zip(small.sees.toarray().T.tolist(), small.need, strict=True)}
    assert len(sets) == small.sees.shape[1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 2))
@settings(max_examples=150, deadline=None)
def test_forcing_a_candidate_in_costs_what_trying_every_choice_says(seed, k, per_pole):
    rng = np.random.default_rng(seed)
    gain, pole = rng.integers(0, 9, 7).astype(float), rng.integers(0, 4, 7)
    frame = Problem(np.zeros((7, 1)), np.ones(1), np.ones(1), pole, per_pole)
    totals = {tuple(chosen.tolist()): gain[chosen].sum() for chosen in permitted_choices(frame, k)}
    best = best_choice(gain, pole, per_pole, k)
    assert best.total == max(totals.values())
    cost = cost_of_forcing_in(gain, pole, per_pole, best.chosen, k)
    for i in range(7):
        assert best.total - cost[i] == max(total for chosen, total in totals.items() if i in chosen)


def test_solve_when_poles_would_hold_two_chooses_one_of_each():
    problem = problem_of([[1, 1, 0], [0, 0, 1], [0, 1, 0]], [5.0, 4.0, 3.0], pole=[0, 0, 1])
    found = solve(problem, 2, np.empty(0, dtype=np.intp))
    assert (sorted(found.chosen.tolist()), found.value) == ([0, 2], 9.0)
    both = solve(problem_of(problem.sees, problem.weight, pole=[0, 0, 1], per_pole=2), 2, np.empty(0, dtype=np.intp))
    assert (sorted(both.chosen.tolist()), both.value) == ([0, 1], 12.0)


def test_solve_when_asked_to_stop_returns_what_it_began_with_and_a_bound():
    rng = np.random.default_rng(5)
    problem = merged(problem_of(rng.random((300, 900)) < 0.03, rng.uniform(1, 2, 900)))
    start = greedy(problem, 20)
    heard: list[tuple[float, float]] = []
    found = solve(problem, 20, start, stop=lambda: True, progress=lambda value, bound: heard.append((value, bound)))
    assert found.value >= problem.value(start) - 1e-9
    assert found.bound > found.value


def test_solve_when_no_time_is_left_returns_the_start():
    problem = problem_of([[1, 0], [1, 1]], [1.0, 2.0])
    found = solve(problem, 1, np.array([0]), time_limit_s=0.0)
    assert (found.chosen.tolist(), found.value, found.bound) == ([0], 1.0, 3.0)


def test_in_order_of_gain_when_some_add_nothing_puts_them_last():
    problem = problem_of([[1, 0], [0, 1], [0, 1]], [1.0, 2.0])
    assert in_order_of_gain(problem, np.array([0, 1, 2])).tolist() == [1, 0, 2]


def test_choices_when_asked_again_are_the_same():
    rng = np.random.default_rng(9)
    sees, weight = rng.random((400, 1500)) < 0.02, rng.uniform(1, 3, 1500)
    answers = []
    for _ in range(2):
        problem = merged(problem_of(sees, weight, pole=np.arange(400) // 4))
        bound = bound_of(problem, 15, greedy(problem, 15), steps=300)
        answers.append((bound.chosen.tolist(), bound.value, bound.bound, bound.is_open.tolist()))
    assert answers[0] == answers[1]
