"""What else is odd on the way back: a derivative that nothing reads, a loop that goes the wrong way or stops early."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from runner.recording.locating.clues import Clues
from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.uses import PASSED_ON
from runner.recording.taping.node import Node

SHORT = 1.1
_LEFT_OUT = 1.05


class Leftovers(Clues):
    """Votes for the place where a derivative was left out, and for the loop whose turns are in another order."""

    @cached_property
    def _unread(self) -> list[Node]:
        """The derivatives that are given a name and never read."""
        read = {operand.index for node in self.colours.tape.nodes for operand in node.operands}
        return [
            node
            for node in self.colours.tape.nodes
            if node.index not in read
            and node.kind == "call"
            and np.size(node.value) > 1
            and node.statement is not None
            and node.statement.kind == "Assign"
            and not self.true.forward(node)
            and self.colours.of(node).colour in TRUE
        ]

    def _blame_left_out(self, place: int, node: Node) -> None:
        """Something of the same shape that is handed on behind a derivative which nothing reads."""
        for unread in self._unread:
            for one in (node, *node.operands):
                same = unread.invocation is one.invocation and unread.shape == one.shape
                handed = one.kind in (*PASSED_ON, "call") and unread.index < one.index
                if same and handed and unread.statement is not one.statement:
                    self._blame(place, one, _LEFT_OUT, "none")

    def _blame_short(self, place: int, start: Node) -> None:
        """The loop that adds a gradient up out of some of its shares: it leaves turns out."""
        found = self.colours.of(start)
        writes = [o for o in start.operands if o.kind == "write"] or [start]
        if found.colour is not Colour.PART or any(self.colours.of(o).colour not in TRUE for o in writes[-1].operands):
            return
        self._blame_loop(place, writes[-1], SHORT)
