"""What is known of this machine."""

from __future__ import annotations

from models.machine import Machine


def test_it_is_measured_once() -> None:
    rates = iter([3.0, 5.0])
    machine = Machine(1, lambda: next(rates))
    assert machine.bandwidth is None
    assert [machine.measured_bandwidth(), machine.measured_bandwidth()] == [3.0, 3.0]


def test_the_better_of_two_measurements_counts() -> None:
    rates = iter([3.0, 5.0, 4.0])
    machine = Machine(1, lambda: next(rates))
    assert [machine.measured_bandwidth(), machine.measure_again(), machine.measure_again()] == [3.0, 5.0, 5.0]
    assert machine.bandwidth == 5.0
