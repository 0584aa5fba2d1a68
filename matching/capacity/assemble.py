"""From a scenario to the linear programs of `program`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.capacity import supply
from matching.capacity.facts import Case, Contract, Line, Scenario
from matching.capacity.plant import Plant, kinds_of, limits_of
from matching.capacity.program import Model
from matching.capacity.ramp import Output, outputs
from matching.capacity.rows import Part
from matching.capacity.triggers import opening_under, openings
from matching.capacity.units import measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def build(
    scenario: Scenario, case: Case, contracts: Sequence[Contract] = (), every: int = 1
) -> Model:
    """Compile a scenario, with contracts that could be signed; raises UnitsDiffer, UnknownUnit.

    With `every` above 1 periods end with such months alone (and with dates of needs): inputs are
    then balanced at these ends only, which lets one be used a little before it comes.
    """
    measures = supply.measures(scenario)
    lines = tuple(sorted(scenario.lines, key=lambda line: line.key))
    at = dict(zip((line.key for line in scenario.lines), openings(scenario), strict=True))
    output = _in_base_units(
        lines, outputs(lines, [at[line.key] for line in lines], case, scenario.months)
    )
    ordered = tuple(sorted(contracts, key=lambda contract: contract.key))
    row_of = {line.key: row for row, line in enumerate(lines)}
    under = [lines[row_of[contract.line]] for contract in ordered]
    opened = [
        opening_under(line, contract).joined(at[line.key])
        for line, contract in zip(under, ordered, strict=True)
    ]
    signed = _in_base_units(under, outputs(under, opened, case, scenario.months)).net
    before = output.net[[row_of[line.key] for line in under]].reshape(signed.shape)
    kinds, kind_of = kinds_of(scenario, lines, supply.unbounded(scenario, case))
    plant = Plant(
        scenario,
        case,
        kinds,
        _summed(output.net, kind_of, len(kinds)),
        np.maximum(signed - before, 0.0),
        kind_of[[row_of[line.key] for line in under]] if under else np.zeros(0, dtype=np.int64),
        limits_of(scenario, lines, output.committed, case),
        supply.arrivals(scenario, case),
        supply.stocks(scenario),
        every,
    )
    return Model(
        scenario, case, lines, ordered, output.net, plant.added, kinds, kind_of,
        tuple(Part(plant, *part).block() for part in plant.parts()),
        measures,
    )  # fmt: skip


def _in_base_units(lines: Sequence[Line], output: Output) -> Output:
    per_unit = np.array([measure(line.unit).factor for line in lines]).reshape(-1, 1)
    return Output(output.gross * per_unit, output.committed * per_unit)


def _summed(net: Floats, kind_of: Ints, kinds: int) -> Floats:
    """Net output of each kind of line, (kinds, months)."""
    rows = np.flatnonzero(kind_of >= 0)
    shape = (kinds, len(kind_of))
    member = sparse.csr_array((np.ones(len(rows)), (kind_of[rows], rows)), shape=shape)
    return np.asarray(member @ net)
