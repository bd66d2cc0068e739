"""What is asked of a process about somebody's network: made from the settings outside, read again inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.settings.diagnosis import SubjectSettings
from runner.subjects.loading import NOTHING_GIVEN, Given, place_of
from runner.subjects.process.frames import Message
from runner.subjects.samples import Samples

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """What YAML says of a subject: FILE, NAME, how it is built, other names, hidden sizes.

    `data` are X (n, features) and Y (n, outputs), taken where the file has none, or before those of the file. With
    `lossless` it needs no loss.
    """

    file: Path
    name: str
    call: str | None
    names: Mapping[str, str | None]
    sizes: Sequence[int]
    data: tuple[Array, Array] | None
    data_first: bool
    given: Given = NOTHING_GIVEN
    lossless: bool = False

    @classmethod
    def of(
        cls,
        settings: SubjectSettings,
        samples: Samples | None,
        sizes: Sequence[int],
        seed: int | None = None,
        rate: float = NOTHING_GIVEN.rate,
    ) -> Asked:
        """From the settings; `samples` are taken where its file has none, `sizes` are those of hidden layers.

        `seed` and `rate` are given to its constructor where that takes them.
        """
        file, name = place_of(settings.path or "")
        return cls(
            file=file,
            name=name,
            call=settings.call,
            names=settings.names.model_dump(),
            sizes=list(sizes),
            data=None if samples is None else (samples.X, samples.Y),
            data_first=samples is not None and samples.first,
            given=Given(dict(settings.args), seed, rate),
        )

    def message(self, do: str, **more: bool) -> Message:
        """The message that asks a process to `do` something with this subject."""
        header = {
            **more,
            "do": do,
            "file": str(self.file),
            "name": self.name,
            "call": self.call,
            "names": dict(self.names),
            "sizes": list(self.sizes),
            "data_first": self.data_first,
            "given": asdict(self.given),
        }
        return Message(header, list(self.data or ()))

    @classmethod
    def read(cls, message: Message) -> Asked:
        """What such a message asks."""
        header = message.header
        return cls(
            file=Path(header["file"]),
            name=header["name"],
            call=header["call"],
            names=header["names"],
            sizes=header["sizes"],
            data=(message.arrays[0], message.arrays[1]) if message.arrays else None,
            data_first=header["data_first"],
            given=Given(**header["given"]),
        )
