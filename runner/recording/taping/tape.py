"""A recorded run: its operations, and where their arrays lie."""

from __future__ import annotations

from dataclasses import dataclass, field

from runner.recording.taping.memory import Memory
from runner.recording.taping.node import Execution, Node, NodeList, Snapshot


@dataclass(slots=True)
class Tape(NodeList):
    """A recorded run.

    `nodes` in the order they happened, `executions` likewise, `snapshots` those that were asked for. `memory` knows
    where their arrays lie; ask it by `node_of` and `leaf_of`.
    """

    memory: Memory = field(kw_only=True)
    executions: list[Execution] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def node_of(self, value: object) -> Node | None:
        """The node that an array or number of theirs holds at the end of the recording, None if it is on no tape.

        An array that was built by writes into parts of it gets a new "view" node, appended to the tape.
        """
        return self.memory.find(self, value)

    def leaf_of(self, value: object) -> Node | None:
        """The leaf that a parameter was when it was first read: what it held before anything was written into it.

        Give the object as it was at the start of the recording: a number that was bound anew since is another one.
        An array that is a part of a bigger block (a view into one flat vector) gets a view of the block's leaf.
        """
        return self.memory.first(self, value)
