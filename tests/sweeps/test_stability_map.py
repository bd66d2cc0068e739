"""The map of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sweep_folders import converged, crashed, logspace, sweep_folder, went_nan

from runner.sweeps.map_cells import axes_of, cells_of
from runner.sweeps.results import results
from runner.sweeps.stability_map import COLOURS, write_map

LONG = ["experiment/with_a_rather_long_name/planar_fixed", "$a_{b}$ ${oc.env:HOME}"]
GRIDS: dict[str, dict[str, list[Any]]] = {
    "a strip": {"optimizer.lr": logspace(1e-4, 2, 64), "seed": [0, 1]},
    "few cells": {"optimizer.lr": [1e-4, 1e-3, 0.01, 0.1, 1], "init": ["he", "xavier", "uniform"], "seed": [0, 1]},
    "many columns": {"optimizer.lr": logspace(1e-4, 2, 64), "network.hidden": [[4], [8], [8, 8], [16] * 3]},
    "long names": {"experiment": LONG, "optimizer.lr": [0.1, 0.2]},
    "many rows": {"optimizer.lr": logspace(1e-4, 2, 40), "optimizer.weight_decay": logspace(1e-6, 1, 30)},
    "one job": {"optimizer.lr": [0.1, 0.2]},
}


def picture(path: Path) -> NDArray[Any]:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def shown(path: Path, outcome: str) -> int:
    """How many pixels of a picture have the colour of an outcome."""
    colour = [int(COLOURS[outcome][k : k + 2], 16) for k in (1, 3, 5)]
    return int((picture(path) == colour).all(axis=-1).sum())


@pytest.mark.parametrize("name", GRIDS)
def test_maps_of_all_shapes_are_drawn(tmp_path: Path, name: str) -> None:
    """Strips, narrow, wide and tall grids and names of any length and with any sign give a picture of sane size."""
    table = results(sweep_folder(tmp_path / "s", GRIDS[name]))
    assert write_map(table, tmp_path / "map.png")
    height, width, _ = picture(tmp_path / "map.png").shape
    assert 200 < height < 2500
    assert 400 < width < 3000
    assert shown(tmp_path / "map.png", "converged") > 1000
    assert not list(tmp_path.glob("*.partial"))


def test_mixed_cells_are_divided(tmp_path: Path) -> None:
    """A cell has the colours of all outcomes of its runs in the shares that they have."""
    answers = [converged(0.1), converged(0.2), converged(0.3), went_nan()]
    factors = {"optimizer.lr": [0.1], "init": ["he", "xavier"], "seed": [0, 1, 2, 3]}
    table = results(sweep_folder(tmp_path / "s", factors, lambda swept: answers[swept["seed"]]))
    assert write_map(table, tmp_path / "map.png")
    good, bad = (shown(tmp_path / "map.png", outcome) for outcome in ("converged", "nan"))
    assert 2.5 < good / bad < 3.5


def test_cells_count_and_average_what_came_through(tmp_path: Path) -> None:
    """Shares, numbers of runs and means stand at the values of the factors, numbers by size, texts as they come."""
    factors = {"optimizer.lr": [1.0, 0.1], "init": ["xavier", "he"], "seed": [0, 1]}

    def outcome(swept: Any) -> Any:
        if swept["init"] == "he" and swept["optimizer.lr"] == 1.0:
            return went_nan() if swept["seed"] else converged(0.5)
        return converged(0.1 * (1 + swept["seed"])) if swept["optimizer.lr"] == 0.1 else None

    table = results(sweep_folder(tmp_path / "s", factors, outcome))
    cells = cells_of(table[table["outcome"].notna()], ["optimizer.lr", "init"], "loss")
    assert cells.across.values == [0.1, 1.0]
    assert sorted(cells.up.values) == ["he", "xavier"]
    he = cells.up.values.index("he")
    assert cells.runs[he].tolist() == [2, 2]
    assert cells.runs[1 - he].tolist() == [2, 0]
    assert cells.mean[he].tolist() == pytest.approx([0.15, 0.5])
    assert np.isnan(cells.mean[1 - he, 1])
    assert dict(zip(COLOURS, cells.shares[:, he, 1], strict=True))["nan"] == 0.5


def test_values_are_printed_short_and_apart(tmp_path: Path) -> None:
    """Small numbers read 1e-3; neighbours get as many digits as distinguish them."""
    table = results(sweep_folder(tmp_path / "s", {"optimizer.lr": [1e-4, 1e-3, 0.01, 0.5, 0.501, 20000.0]}))
    axis = cells_of(table, ["optimizer.lr"], "loss").across
    assert axis.texts == ["1e-4", "1e-3", "0.01", "0.5", "0.501", "2e4"]


def test_two_factors_that_matter_most_are_shown(tmp_path: Path) -> None:
    """Of three factors those with the largest share are the axes, the one with more values across."""
    factors = {
        "dtype": ["float32", "float64"],
        "init": ["he", "xavier"],
        "optimizer.lr": [0.01, 0.1, 1.0],
        "seed": [0, 1],
    }

    def outcome(swept: Any) -> Any:
        return converged(swept["optimizer.lr"] * (3 if swept["init"] == "he" else 1) + 1e-4 * swept["seed"])

    table = results(sweep_folder(tmp_path / "s", factors, outcome))
    assert axes_of(table) == ["optimizer.lr", "init"]
    assert write_map(table, tmp_path / "map.png")


def test_nothing_to_show_is_no_map(tmp_path: Path) -> None:
    """Without a factor, or before any run has ended, nothing is written."""
    seeds = results(sweep_folder(tmp_path / "a", {"seed": [0, 1]}))
    waiting = results(sweep_folder(tmp_path / "b", {"optimizer.lr": [0.1, 0.2]}, lambda _: None))
    for table in (seeds, waiting):
        assert not write_map(table, tmp_path / "map.png")
    assert not (tmp_path / "map.png").exists()


@pytest.mark.parametrize("factors", [{"optimizer.lr": [1, 2]}, {"optimizer.lr": [1, 2], "init": ["he", "xavier"]}])
def test_a_sweep_that_failed_as_a_whole_has_a_map(tmp_path: Path, factors: dict[str, list[Any]]) -> None:
    """Where no run succeeded there is no metric to show, and the outcomes are shown all the same."""
    table = results(sweep_folder(tmp_path / "s", factors, lambda _: crashed()))
    assert write_map(table, tmp_path / "map.png")
    assert shown(tmp_path / "map.png", "failed") > 1000


def test_the_state_of_pyplot_is_left_alone(tmp_path: Path) -> None:
    """Drawing opens no figure of pyplot, whose state belongs to the notebook."""
    import matplotlib.pyplot as plt

    plt.close("all")  # another test may have opened some
    table = results(sweep_folder(tmp_path / "s", GRIDS["few cells"]))
    write_map(table, tmp_path / "map.png")
    assert plt.get_fignums() == []
