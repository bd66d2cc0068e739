"""Somebody's program as it can be run again and again: a file and the modules beside it, from texts that may differ."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import sys
import types
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

from runner.errors import nearest
from runner.recording.loading.command_line import as_before
from runner.recording.loading.compiling import Compile, code_of, filling, parsed, recordable
from runner.recording.loading.filling import Filler
from runner.recording.loading.source import Source, read_source
from runner.recording.loading.stand_ins import StandIns, guarded_lines, missing_packages, stands_in
from runner.subjects.complaint import Complaint, error_text, line_of, written_for_python_2
from runner.subjects.loading import seed_all

_SUFFIXES = (".py", ".ipynb")


class Program:
    """A file and the modules beside it that it imports.

    `texts` take the place of what is on disk; `sources` hold every file that was loaded. Each is compiled
    by `compiling`, which may rewrite it first. `epilogue` is run in the namespace of the file after it; `constants`
    take the place of numbers that the file assigns to variables; `arguments` are those of its command line; `filler`
    makes up what it can't read. `lacks_data` says whether it failed for want of a file, a package or arguments.
    """

    def __init__(
        self,
        file: Path,
        texts: Mapping[Path, str] | None = None,
        compiling: Compile = recordable,
        name: str = "",
        epilogue: str = "",
        constants: Mapping[str, int] | None = None,
        arguments: Sequence[str] = (),
        filler: Filler | None = None,
    ) -> None:
        self.file, self.epilogue, self.constants = file, epilogue, dict(constants or {})
        self.arguments = tuple(arguments)
        self.name = name or f"subject_{file.stem}"
        self.texts = dict(texts or {})
        self.sources: dict[Path, Source] = {}
        self._compile = compiling
        self._modules: list[str] = []
        self.stand_ins = StandIns(self._asks)
        self.filler, self.lacks_data = filler, False

    def with_texts(self, texts: Mapping[Path, str]) -> Program:
        """The same program with other texts of some files."""
        return self._with(texts={**self.texts, **texts})

    def with_constants(self, constants: Mapping[str, int]) -> Program:
        """The same program with other numbers in the place of some that its file assigns to variables."""
        return self._with(constants=constants)

    def with_made_up(self, filler: Filler) -> Program:
        """The same program with made-up values for what it can't read."""
        return self._with(filler=filler)

    def compiled_by(self, compiling: Compile) -> Program:
        """The same program, compiled in another way."""
        return self._with(compiling=compiling)

    def _with(
        self,
        texts: Mapping[Path, str] | None = None,
        constants: Mapping[str, int] | None = None,
        compiling: Compile | None = None,
        filler: Filler | None = None,
    ) -> Program:
        return Program(
            self.file,
            self.texts if texts is None else texts,
            compiling or self._compile,
            self.name,
            self.epilogue,
            self.constants if constants is None else constants,
            self.arguments,
            filler or self.filler,
        )

    def load(self) -> types.ModuleType:
        """Run the file as a module; a `Complaint` where there is none.

        Whatever it raises while it runs comes through: `failed` makes a `Complaint` of it.
        """
        self.require_file()
        module = types.ModuleType(self.name)
        module.__file__ = str(self.file)
        module.__package__ = self._package()
        code = self.compiled(self.file)
        self._install()
        as_before()
        if self.filler is not None:
            self.filler.install()
        seed_all()
        if self.name != "__main__":
            sys.modules[self.name] = module
            self._modules.append(self.name)
        us = os.getpid()
        try:
            try:
                exec(code, module.__dict__)
            except FileNotFoundError:
                if Path.cwd() == self.file.parent:
                    raise
                os.chdir(self.file.parent)  # what it reads lies beside it
                exec(code, module.__dict__)
            if self.epilogue:
                exec(self.epilogue, module.__dict__)
        finally:
            if os.getpid() != us:  # it has forked: another process would run it again and again, and fork again
                os._exit(0)
        return module

    def failed(self, error: BaseException) -> Complaint:
        """What to say where `load` raised."""
        if isinstance(error, Complaint):
            return error
        self.lacks_data = isinstance(error, OSError | EOFError | SystemExit) or bool(missing_packages())
        if old := written_for_python_2(error):
            line = line_of(error, self.file)
            where = f" ({self.file.name}, line {line})" if line is not None else ""
            return Complaint(f"running {self.file.name} needs Python 2{where}: {old}", "subject.path")
        hint = ""
        if isinstance(error, SystemExit | EOFError) and self.name != "__main__":
            hint = "; put what trains, prints or asks under: if __name__ == '__main__'"
        if missing := sorted(missing_packages()):
            what = f"{missing[0]}, which is" if len(missing) == 1 else f"{' and '.join(missing)}, which are"
            install = f"pip install {' '.join(missing)}"
            line = line_of(error, self.file)
            raised = error_text(error, self.file)
            if stands_in(error):
                raised = f"can't go on without in line {line}" if line is not None else "can't go on without"
            return Complaint(
                f"running {self.file.name} needs {what} not installed: it {raised}; {install}, or put in the numbers "
                "that it gives",
                "subject.path",
            )
        return Complaint(f"running {self.file.name} {error_text(error, self.file)}{hint}", "subject.path")

    def compiled(self, file: Path) -> types.CodeType:
        """The code of one of its files; a `SyntaxError` where it is no Python."""
        source = read_source(file)
        if file in self.texts:
            source = Source(file, self.texts[file], source.cells)
        self.sources[file] = source
        constants = tuple(self.constants.items()) if file == self.file else ()
        compiling = self._compile if self.filler is None else filling
        return code_of(source.text, file, compiling, constants)

    @property
    def trees(self) -> dict[Path, ast.Module]:
        """The syntax tree of every file that was loaded, as it is written."""
        return {file: parsed(source.text, file) for file, source in self.sources.items()}

    def unload(self) -> None:
        """Forget its modules, so that the next program loads its own."""
        for name in self._modules:
            sys.modules.pop(name, None)
        self._modules.clear()

    def require_file(self) -> None:
        """A `Complaint` where there is no such file, or none that is Python."""
        file = self.file
        if not file.is_file():
            folder = file.parent
            beside = [one.name for one in folder.iterdir() if one.suffix in _SUFFIXES] if folder.is_dir() else []
            near = nearest(file.name, beside)
            raise Complaint(f"there is no file {str(file)!r}", "subject.path", nearest=near)
        if file.suffix not in _SUFFIXES:
            raise Complaint(f"{file.name} is no Python file: its name must end in .py or .ipynb", "subject.path")

    def _asks(self, frame: types.FrameType) -> bool:
        file = Path(frame.f_code.co_filename)
        return file in self.sources and frame.f_lineno not in guarded_lines(self.trees[file])

    def _package(self) -> str:
        """A package of the folders above the file, so that `from .layers import Dense` and `from ..x` find them."""
        folders = [self.file.parent, *self.file.parent.parents][:4]
        names = ["_subject" + ".above" * depth for depth in range(len(folders))]
        for name, folder in zip(names, reversed(folders), strict=True):
            package = types.ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
        return names[-1]

    def _install(self) -> None:
        for finder in [one for one in sys.meta_path if isinstance(one, Beside | StandIns)]:
            sys.meta_path.remove(finder)
            if isinstance(finder, Beside):
                finder.program.unload()
        sys.meta_path.insert(0, Beside(self))
        # Before the finders of installed packages, since what draws is not even to be looked for.
        sys.meta_path.insert(0, self.stand_ins)
        folder = str(self.file.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        sys.argv = [str(self.file), *self.arguments]


class Beside(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules beside a program's file, and runs them from its texts."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec where a file of that name lies beside the program's, or in a folder of it."""
        root = self.program.file.parent
        if fullname == root.name:
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(root)]
            return spec
        folders = [root] if path is None else [Path(one) for one in path]
        last = fullname.rpartition(".")[2]
        for folder in folders:
            if root.parent != folder and not folder.is_relative_to(root) and not root.is_relative_to(folder):
                continue
            for file in (folder / f"{last}.py", folder / last / "__init__.py"):
                if file.is_file():
                    spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(file))
                    spec.submodule_search_locations = [str(file.parent)] if file.name == "__init__.py" else None
                    spec.has_location = True
                    return spec
        return None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        """The usual one."""
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run its text."""
        spec = module.__spec__
        assert spec is not None
        assert spec.origin is not None
        program = self.program
        program._modules.append(module.__name__)
        exec(program.compiled(Path(spec.origin)), module.__dict__)
