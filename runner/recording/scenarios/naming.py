"""What the name of a place says: that it is a parameter, one of a row of them, or a learning rate."""

from __future__ import annotations

import re

from runner.subjects.calling.discovery import is_parameter_name
from runner.subjects.naming_habits import BIASES, RATES, WEIGHTS, plain

_KEY = re.compile(r"""\[\s*['"](\w+)['"]\s*\]$""")
WORDS = re.compile(r"[^\W\d][\w.]*")


def names_parameters(word: str) -> bool:
    """Whether parameters, or lists of them, are called like this."""
    return is_parameter_name(word) or plain(word) in (*WEIGHTS, *BIASES)


def last_word(name: str) -> str:
    """The last word of a place: "b1" of `net.b1` and of `params['b1']`, "bs" of `net.bs[0]`."""
    words = WORDS.findall(re.sub(r"\[\d+\]", "", name).replace(".", " "))
    return words[-1] if words else name


def stem(name: str) -> str:
    """A name without its numbers: "W#" of `W1` and `W2`."""
    return re.sub(r"\d+", "#", name)


def is_rate(text: str) -> bool:
    """Whether a text is the name of a learning rate, `current_learning_rate` and `config["lr"]` too."""
    key = _KEY.search(text)
    word = plain(key[1] if key else text.rpartition(".")[2].strip())
    return word in RATES or word.endswith("learningrate")
