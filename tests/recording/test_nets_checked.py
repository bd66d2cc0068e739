"""The plain check on networks as strangers write them: right ones pass, faulty ones get their line and its correction.

A part of what `benchmarks/recording.py` measures on all of them.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from nets_all import BLIND_FAULTS, FAULTS, NETS_OF_CORPUS, judged, observed, same_gradients
from nets_judged import edits_of, lines_reported, with_edit
from nets_types import Fault, Net, lines_of

from runner import check

pytestmark = pytest.mark.usefixtures("warm_workers")

QUICK = ("xor_loss_script", "deep_functions", "two_layer_reg")
CORRECTED = (
    ("xor_loss_script", "no_slope_hidden"),
    ("moons_mlp", "slope_at_sum"),
    ("deep_functions", "slope_left_out"),
    ("layer_objects", "mean_for_sum"),
    ("no_loss_script", "slope_left_out"),
    ("nine_scalars", "other_weight"),
    ("lstm_forecast", "new_cell_for_old"),
    ("word_embedding", "slope_left_out"),
    ("affine_caches", "wrong_upstream"),
    ("digits_nielsen", "stops_early"),
    ("two_layer_reg", "batch_forgotten"),
    ("two_layer_reg", "scores_for_probs"),
    ("unit_by_unit", "out_for_delta"),
)


def result_of(net: Net, folder: Path) -> dict[str, Any]:
    """What check.json would hold for a file that is in a folder."""
    with contextlib.redirect_stdout(io.StringIO()):
        return check(f"subject={folder / net.file}").to_dict()


@pytest.mark.parametrize(
    "net",
    [pytest.param(net, id=net.name, marks=() if net.name in QUICK else pytest.mark.slow) for net in NETS_OF_CORPUS],
)
def test_a_right_network_is_not_accused(net: Net, tmp_path: Path) -> None:
    """Its gradients are right, and no line of it is to be changed."""
    net.write(tmp_path)
    result = result_of(net, tmp_path)
    assert result["passed"], result["sentence"]
    assert edits_of(result) == []


@pytest.mark.parametrize(
    ("net", "fault"),
    [
        pytest.param(net, fault, id=f"{net.name}-{fault.name}", marks=() if net.name in QUICK else pytest.mark.slow)
        for net, fault in (*FAULTS, *BLIND_FAULTS)
        if (net.name, fault.name) in CORRECTED
    ],
)
def test_a_fault_gets_its_line_and_a_right_correction(net: Net, fault: Fault, tmp_path: Path) -> None:
    """The line of the fault comes first, and with the best edit the file does what the right one does."""
    net.write(tmp_path, fault)
    result = result_of(net, tmp_path)
    assert not result["passed"]
    assert lines_reported(result)[0] in {(Path(fault.file or net.file).name, line) for line in lines_of(net, fault)}
    (edit, *_) = edits_of(result)
    assert not edit.changes_loss
    assert with_edit(
        edit,
        tmp_path,
        lambda: same_gradients(observed(net, None), judged(net, tmp_path / net.file), net.tolerance),
    )
