"""Notes each operation of rewritten code on a tape, and hands their values through unchanged.

What the methods return is what the original expression gives. Numbers may be new objects of the same value, since a
number is known by its identity and two names must not be taken for one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runner.recording.rewriting.operators import OUT_OF_PLACE
from runner.recording.rewriting.sites import Site
from runner.recording.taping.arguments import Arguments
from runner.recording.taping.calls import called
from runner.recording.taping.elements import iterated, unpacked
from runner.recording.taping.functions import Store, last_of
from runner.recording.taping.memory import written
from runner.recording.taping.notes import Notes
from runner.recording.taping.values import Packing, anew, followed

_BY_ELEMENT = frozenset({"add", "sub", "mul", "truediv", "pow", "neg"})


class Recorder(Notes):
    """Carries out and notes what rewritten code reports."""

    # -- statements

    def at(self, site: Site) -> None:
        """A statement begins."""
        self.frames.at(site)

    def turn(self, site: Site) -> None:
        """A turn of a loop begins."""
        self.frames.turn(site)

    # -- expressions

    def operator(self, site: Site, operands: tuple[Any, ...]) -> Any:
        """`a + b`, `-a`, `a > b`."""
        assert site.function is not None
        if site.op in _BY_ELEMENT and any(type(each) is np.ndarray and each.dtype.kind == "O" for each in operands):
            return self._by_element(site, operands)
        result = site.function(*operands)
        if type(result) is list:
            return [each * 1.0 if type(each) is float else each for each in result]
        if not followed(result) or not any(followed(each) or type(each) is list for each in operands):
            return result
        packing = Packing(self)
        arguments = Arguments(
            tuple(
                each
                if position in site.literals
                else packing.of(each, site.parts[position] if position < len(site.parts) else None)
                for position, each in enumerate(operands)
            )
        )
        return self.emit(site, site.op, result, packing, site.function, arguments)

    def _by_element(self, site: Site, operands: tuple[Any, ...]) -> Any:
        """The same for arrays of objects, which may be arrays: element by element, as NumPy does it."""
        assert site.function is not None
        shapes = [each.shape if isinstance(each, np.ndarray) else () for each in operands]
        if any(isinstance(each, np.ndarray) and each.dtype.kind != "O" and each.ndim for each in operands) or any(
            isinstance(each, list | tuple) for each in operands
        ):
            return site.function(*operands)
        result = np.empty(np.broadcast_shapes(*shapes), dtype=object)
        laid_over = [np.broadcast_to(each, result.shape) if isinstance(each, np.ndarray) else each for each in operands]
        for index in np.ndindex(result.shape):
            result[index] = self.operator(
                site, tuple(each[index] if isinstance(each, np.ndarray) else each for each in laid_over)
            )
        return result if result.ndim else result[()]

    def getitem(self, site: Site, container: Any, index: Any) -> Any:
        """`container[index]`."""
        result = container[index]
        array = container.base if isinstance(container, np.flatiter) else container
        if isinstance(array, np.ndarray) and followed(array) and followed(result):
            return self.chosen(site, site.parts, array, result, index, isinstance(container, np.flatiter))
        if followed(result) and array is container and type(container).__module__ == np.c_.__module__:
            packing = Packing(self)  # np.c_[a, b]
            arguments = Arguments((packing.of(index, (*site.parts, None, None)[1]),))
            return self.emit(site, "getitem", result, packing, container.__getitem__, arguments)
        return result

    def setitem(self, site: Site, value: Any, container: Any, index: Any) -> None:
        """`container[index] = value`."""
        flat = isinstance(container, np.flatiter)
        array = container.base if flat else container
        if not (isinstance(array, np.ndarray) and followed(array)):
            container[index] = value
            return
        if self.memory.block(array) is None:
            self.node(array)
        packing = Packing(self)
        argument = packing.of(value, site.parts[0] if site.parts else None)
        container[index] = value
        block = self.memory.block(array)
        assert block is not None
        region, new = written(block, array, index, flat)
        if isinstance(value, np.ndarray) and self.memory.block(value) is block and block.region_of(value) == region:
            return  # the end of x[i] += v, whose effect is on the tape
        self.wrote(
            site,
            "setitem",
            block,
            region,
            new,
            packing,
            Store(new.shape, last_of(region.positions)),
            Arguments((argument,)),
        )

    def attribute(self, site: Site, owner: Any, value: Any) -> Any:
        """`owner.T` and the like."""
        if not (isinstance(owner, np.ndarray) and followed(owner) and isinstance(value, np.ndarray)):
            return value
        whole = self.node(owner)
        if self.memory.block(value) is not None:
            self.node(value, site.place, site.name, site)
            return value
        packing = Packing(self)
        slot = packing.slot(whole, site.parts[0])
        name = site.name
        return self.emit(site, name, value, packing, lambda each: getattr(each, name), Arguments((slot,)))

    def keep(self, site: Site, value: Any) -> Any:
        """A value passed on under another name."""
        if not followed(value):
            return value
        node = self.node(value, site.place)
        if node.place is site.place or (node.place is not None and node.place.span == site.place.span):
            return value
        packing = Packing(self)
        packing.slot(node, site.place)
        if not isinstance(value, np.ndarray):
            return self.emit(site, "same", anew(value), packing, None, None, "same")
        new = self.tape.add("same", "same", node.value, site.place, self.frames.execution(site), (node,))
        block = self.memory.block(value)
        assert block is not None
        new.parts, new.region, new.block = (site.place,), block.region_of(value), block.number
        block.renamed(new.region, new)
        return value

    def inplace(self, site: Site, target: Any, value: Any) -> Any:
        """`target += value`."""
        assert site.function is not None
        if type(target) is list and isinstance(value, np.ndarray):
            value = iterated(self, site, value)
        if not followed(target):
            result = site.function(target, value)
            if not followed(result):
                return result
            return self.operator_result(site, (target, value), result)
        packing = Packing(self)
        literal = 1 in site.literals
        arguments = Arguments(
            (packing.of(target, site.parts[0]), value if literal else packing.of(value, site.parts[1]))
        )
        result = site.function(target, value)
        function = OUT_OF_PLACE[site.op]
        if result is not target or not isinstance(result, np.ndarray):
            return self.emit(site, site.op, result, packing, function, arguments) if followed(result) else result
        block = self.memory.block(result)
        assert block is not None
        self.wrote(site, site.op, block, block.region_of(result), np.asarray(result), packing, function, arguments)
        return result

    def operator_result(self, site: Site, operands: tuple[Any, ...], result: Any) -> Any:
        """A node for the result of an operator on operands that are not followed themselves."""
        packing = Packing(self)
        arguments = Arguments(tuple(packing.of(each, None) for each in operands))
        return self.emit(site, site.op, result, packing, OUT_OF_PLACE[site.op], arguments)

    def call(self, site: Site, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """`function(*args, **keywords)`."""
        return called(self, site, function, args, keywords)

    def iterate(self, site: Site, values: Any) -> Any:
        """What a loop goes through."""
        return iterated(self, site, values)

    def unpack(self, site: Site, value: Any) -> Any:
        """What is assigned to several names."""
        return unpacked(self, site, value, site.shape)
