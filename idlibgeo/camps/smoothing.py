"""Gaussian smoothing of grids, one direction after the other, and the binning of points; compiled with numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from idlibgeo.geo import FloatArray

# Beyond four standard deviations lies 0.03 % of a two-dimensional Gaussian; it is cut off and the rest made to be 1.
REACH = 4.0
_BLOCK = 512


def half_kernel(sigma_cells: float) -> FloatArray:
    """Weights of the middle cell and of those to one side; both sides together sum to one.

    >>> weights = half_kernel(1.0)
    >>> round(float(weights[0] + 2 * weights[1:].sum()), 12), len(weights)
    (1.0, 5)
    """
    reach = max(1, int(np.ceil(REACH * sigma_cells)))
    steps = np.arange(reach + 1) / sigma_cells
    weights = np.exp(-0.5 * steps**2)
    whole: FloatArray = weights / (weights[0] + 2 * weights[1:].sum())
    return whole


@njit(cache=True)
def bin_linear(
    column: FloatArray, row: FloatArray, people: FloatArray, rows: int, columns: int
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Share each point's people among the four cells whose centres surround it (Wand 1994).

    `column` and `row` are counted from the grid's corner, so that 0.5 is the middle of the first cell. Points beyond
    the grid are left out and marked in the second answer; at its rim people go to the cells that are there.
    """
    binned = np.zeros((rows, columns))
    outside = np.zeros(len(column), np.bool_)
    for i in range(len(column)):
        x, y = column[i], row[i]
        if not (0.0 <= x <= columns and 0.0 <= y <= rows):
            outside[i] = True
            continue
        x, y = min(max(x - 0.5, 0.0), columns - 1.0), min(max(y - 0.5, 0.0), rows - 1.0)
        left, top = min(int(x), max(columns - 2, 0)), min(int(y), max(rows - 2, 0))
        right, bottom = min(left + 1, columns - 1), min(top + 1, rows - 1)
        east, south = x - left, y - top
        binned[top, left] += people[i] * (1.0 - east) * (1.0 - south)
        binned[top, right] += people[i] * east * (1.0 - south)
        binned[bottom, left] += people[i] * (1.0 - east) * south
        binned[bottom, right] += people[i] * east * south
    return binned, outside


@njit(cache=True, fastmath=True)
def _along_rows(grid: FloatArray, weights: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Smooth each row that holds anything; also says which rows do."""
    rows, columns = grid.shape
    reach = len(weights) - 1
    smooth = np.zeros((rows, columns))
    used = np.zeros(rows, np.bool_)
    padded = np.zeros(columns + 2 * reach)
    for r in range(rows):
        used[r] = grid[r].any()
        if not used[r]:
            continue
        padded[reach : reach + columns] = grid[r]
        out = smooth[r]
        for c in range(columns):
            out[c] = weights[0] * padded[c + reach]
        # Four steps a pass: half the trips to memory.
        whole = reach - reach % 4
        for k in range(1, whole, 4):
            w1, w2, w3, w4 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            left, right = reach - k, reach + k
            for c in range(columns):
                out[c] += (
                    w1 * (padded[c + left] + padded[c + right])
                    + w2 * (padded[c + left - 1] + padded[c + right + 1])
                    + w3 * (padded[c + left - 2] + padded[c + right + 2])
                    + w4 * (padded[c + left - 3] + padded[c + right + 3])
                )
        for k in range(whole + 1, reach + 1):
            weight = weights[k]
            for c in range(columns):
                out[c] += weight * (padded[c + reach - k] + padded[c + reach + k])
    return smooth, used


@njit(cache=True, fastmath=True)
def _along_columns(grid: FloatArray, used: npt.NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    """Smooth each column, in blocks of columns that stay in the processor's cache."""
    rows, columns = grid.shape
    reach = len(weights) - 1
    smooth = np.zeros((rows, columns))
    for first in range(0, columns, _BLOCK):
        last = min(first + _BLOCK, columns)
        for r in range(rows):
            out = smooth[r, first:last]
            for other in range(max(0, r - reach), min(rows, r + reach + 1)):
                if used[other]:
                    weight = weights[abs(other - r)]
                    row = grid[other, first:last]
                    for c in range(last - first):
                        out[c] += weight * row[c]
    return smooth


@njit(cache=True, fastmath=True)
def _down_at(grid: FloatArray, where: npt.NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    """Smooth along columns at the wanted cells alone; elsewhere 0."""
    rows, columns = grid.shape
    reach = len(weights) - 1
    smooth = np.zeros((rows, columns))
    for r in range(rows):
        if not where[r].any():
            continue
        for other in range(max(0, r - reach), min(rows, r + reach + 1)):
            weight = weights[abs(other - r)]
            for c in range(columns):
                if where[r, c]:
                    smooth[r, c] += weight * grid[other, c]
    return smooth


def smooth(grid: FloatArray, weights: FloatArray) -> FloatArray:
    """A grid smoothed in both directions; what is carried beyond its rim is lost."""
    across, used = _along_rows(grid, weights)
    return _along_columns(across, used, weights)


def kept_share(mask: npt.NDArray[np.bool_], where: npt.NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    """Of a kernel centred on each wanted cell the share that falls on the mask; 0 in cells that are not wanted."""
    if mask.all():
        # On a whole rectangle the share is the product of those of its rows and columns.
        return np.where(where, np.outer(*(_share_of_line(length, weights) for length in mask.shape)), 0.0)
    across, _ = _along_rows(mask.astype(np.float64), weights)
    return _down_at(across, where, weights)


def _share_of_line(length: int, weights: FloatArray) -> FloatArray:
    """Of a kernel centred on each cell of a line the share that stays on it."""
    kernel = np.concatenate([weights[:0:-1], weights])
    share: FloatArray = np.convolve(np.ones(length), kernel, mode="full")[len(weights) - 1 :][:length]
    return share
