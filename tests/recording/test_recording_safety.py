"""Whatever a file does when it is run, `check subject=FILE` ends with a sentence and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.__main__ import main

NETWORK = """import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(6, 3))
Y = rng.normal(size=(6, 2))
W1 = rng.normal(size=(3, 4))
W2 = rng.normal(size=(4, 2))


def turn():
    global W1, W2
    hidden = np.tanh(X @ W1)
    out = hidden @ W2
    loss = 0.5 * np.sum((out - Y) ** 2)
    d_out = out - Y
    d_hidden = d_out @ W2.T * (1 - hidden ** 2)
    W2 = W2 - 0.01 * hidden.T @ d_out
    W1 = W1 - 0.01 * X.T @ d_hidden
    return loss

"""
LOOP = "for step in range(50):\n    turn()\n"


def check(capfd: pytest.CaptureFixture[str], folder: Path, text: str, *more: str) -> tuple[int, str]:
    """Exit code and all that was printed; a traceback is never right."""
    (folder / "net.py").write_text(text, encoding="utf-8")
    code = main(["check", f"subject={folder / 'net.py'}", f"hydra.run.dir={folder / 'checked'}", *more])
    printed = "\n".join(capfd.readouterr())
    assert "Traceback" not in printed
    assert len(printed) < 10_000
    return code, " ".join(printed.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    [
        NETWORK + LOOP,
        NETWORK + "while True:\n    turn()\n",
        NETWORK + LOOP + "import sys\nsys.exit(0)\n",
        NETWORK + LOOP + "raise RuntimeError('can not save the weights')\n",
        NETWORK + LOOP + "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n",
        NETWORK + LOOP + "again = input('once more? ')\n",
        "rate = float(input('rate? '))\n" + NETWORK + LOOP,
        NETWORK + LOOP + "while True:\n    pass\n",
        NETWORK + "import os\n" + LOOP.replace("turn()", "turn(); os.write(1, b'x' * 100_000)"),
        NETWORK + LOOP.replace("turn()", "print('loss', turn(), flush=True)"),
        NETWORK + "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n" + LOOP,
        NETWORK + "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LOOP + "while True:\n    pass\n",
        NETWORK + "import os\nos.chdir('/')\n" + LOOP,
    ],
    ids=["ends", "never ends", "exits", "raises later", "plots", "asks later", "asks first", "hangs later",
         "floods", "prints", "thread", "ignores SIGTERM", "goes elsewhere"],
)  # fmt: skip
def test_a_right_network_is_right_whatever_surrounds_it(
    script: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a file does beside its training step does not keep that step from being checked."""
    here = Path.cwd()
    code, printed = check(capfd, tmp_path, script)
    assert (code, printed.startswith("The gradients are right")) == (0, True), printed
    assert Path.cwd() == here


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("while True:\n    pass\n", "did not end within"),
        ("import sys\nsys.exit('no data')\n", "sys.exit"),
        ("import os\nos._exit(3)\n", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "net.py"),
        ("open('digits.csv')\n" + NETWORK + LOOP, "digits.csv"),
        ("def f():\n    return f()\nf()\n", "without end"),
        ("import numpy as np\nX = np.ones((10**6, 10**6))\n", "MemoryError"),
        ("import numpy as np\nkept = []\nwhile True:\n    kept.append(np.zeros(10**8))\n", "MemoryError"),
        ("print('hello')\n", "nothing to check is found in net.py"),
        ("", "nothing to check is found in net.py"),
        ("def broken(:\n", "SyntaxError"),
        ("import not_installed\nnot_installed.load(3)[0].shape[0] + 'a'\n", "not_installed"),
    ],
    ids=["never ends", "exits", "ends the process", "crashes", "no file", "recursion", "one big array",
         "grows", "no network", "empty", "no Python", "missing package"],
)  # fmt: skip
def test_what_can_not_be_checked_is_said_in_a_sentence(
    script: str, says: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The command is at fault, not the gradients: exit code 2, and the reason."""
    code, printed = check(capfd, tmp_path, script, "subject.time_limit=2")
    assert code == 2, printed
    assert says in printed


# A file that writes its own process and that of another one, which would live for ever, into `pids`.
_FORKS = "child = os.fork()\nif child == 0:\n    time.sleep(600)\n"
_AWAY = (
    "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        open({file!r} + '.away', 'w').write(str(os.getpid()))\n        time.sleep(600)\n    os._exit(0)\n"
    "while not os.path.exists({file!r} + '.away') or not (child := open({file!r} + '.away').read()):\n"
    "    time.sleep(0.01)\n"
)
_STARTS = (
    "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
    "start_new_session=True).pid\n"
)


def _starting(way: str, pids: Path) -> str:
    names = f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child}}')\n"
    return "import os, time\n" + way.format(file=str(pids)) + names


@pytest.mark.parametrize("way", [_FORKS, _AWAY, _STARTS], ids=["forks", "in a session of its own", "starts"])
@pytest.mark.parametrize("then", [NETWORK + LOOP, "os._exit(3)\n"], ids=["goes on", "exits"])
def test_processes_that_a_file_starts_end_with_the_check(
    way: str, then: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A process that a file starts, and that would live for ever, is gone afterwards, wherever it went."""
    check(capfd, tmp_path, _starting(way, tmp_path / "pids") + then)
    for process in (tmp_path / "pids").read_text().split():
        _wait_for_the_end_of(int(process))


@pytest.mark.parametrize("way", [_FORKS, _AWAY], ids=["forks", "in a session of its own"])
def test_a_file_ends_with_the_command_that_runs_it(way: str, tmp_path: Path) -> None:
    """Where the command is killed and can clean up nothing, what it has started ends all the same."""
    (tmp_path / "net.py").write_text(_starting(way, tmp_path / "pids") + "while True:\n    pass\n")
    command = [sys.executable, "-m", "runner", "check", "subject=net.py", "subject.time_limit=100"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while not (tmp_path / "pids").exists() or len((tmp_path / "pids").read_text().split()) < 2:
            assert running.poll() is None
            time.sleep(0.05)
        running.kill()
    for process in (tmp_path / "pids").read_text().split():
        _wait_for_the_end_of(int(process))


def test_a_file_that_goes_on_in_two_processes_is_checked_in_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a fork that runs the rest of the file as well only one answers."""
    code, printed = check(capfd, tmp_path, "import os\nos.fork()\n" + NETWORK + LOOP)
    assert (code, printed.startswith("The gradients are right")) == (0, True), printed


def test_a_file_is_never_changed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a wrong network too, the file stays as it was, and nothing is put beside it."""
    wrong = NETWORK.replace(" * (1 - hidden ** 2)", "") + LOOP
    code, printed = check(capfd, tmp_path, wrong)
    assert (code, printed.startswith("The gradients are wrong")) == (1, True), printed
    assert (tmp_path / "net.py").read_text() == wrong
    assert sorted(one.name for one in tmp_path.iterdir()) == ["checked", "net.py"]


def _wait_for_the_end_of(process: int) -> None:
    for _ in range(200):
        if not _alive(process):
            return
        time.sleep(0.1)
    os.kill(process, signal.SIGKILL)
    pytest.fail("it is still alive")


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
