"""From the words a user typed to typed values, or one message that says what to type instead."""

import re
import shlex
from argparse import SUPPRESS, Action, HelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import yaml
from jsonargparse import ArgumentParser, get_loader, set_loader, set_parsing_settings

from .bare_words import complete
from .config import TrainConfig, settings
from .config_files import config_files, read_config
from .errors import InputError
from .files import expand_home
from .habits import nearest_option, no_option, option_here, options_of, respelled
from .slips import as_meant
from .yaml_file import YamlFile, check_text

# the text under a dataclass field is the option's help
set_parsing_settings(docstring_parse_attribute_docstrings=True)
_build_yaml = get_loader("yaml")


def _load_yaml(text: str) -> Any:  # noqa: ANN401  # YAML is
    check_text(text)  # the library's reader falls for aliases, and deep nesting ends the process
    return _build_yaml(text)


# a word that is not YAML is text, and so is a file's name in another encoding than the terminal's,
# and a number of thousands of digits
set_loader("yaml", _load_yaml, exceptions=(yaml.YAMLError, ValueError))


_SHOWN = 200
"""Characters of a wrong value, which may be as long as its file."""


class Parser(ArgumentParser):
    """Ends with an :class:`InputError` that names the nearest option, not with a page of usage.

    Attributes:
        words: What the user typed.
        files: The configuration files among them.
        bare: The option that words without one are values of.
    """

    words: list[str]
    bare: str | None = None
    files: Sequence[YamlFile] = ()

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Translate what the library found."""
        unknown = _unknown_option(message)
        help_text = f"`{self.prog} --help` lists every option"
        if unknown is None:
            raise self._unreadable(message, help_text)
        habit = re.match(r"-*([\w.-]+)=(.*)", unknown)
        key = habit[1] if habit else unknown.lstrip("-")
        known = self.options()
        near = nearest_option(key, known)
        fix = f"did you mean --{near}? {help_text}" if near else help_text
        if near and (typed := options_of(self.words, known)):
            fix = f"type {typed}" if habit else f"did you mean {typed}? {help_text}"
        why = None if near else no_option(key)
        raise InputError(f"unknown option {key!r}", where=self._place(key), why=why, fix=fix)

    def refuse_sections(self, words: Sequence[str]) -> None:
        """Name an option of the section where somebody gave the section itself.

        Raises:
            InputError: Somebody did.
        """
        known = self.options()
        for word, following in pairwise([*words, "--"]):
            name, _, value = word.removeprefix("--").partition("=")
            inside = [dest for dest in known if dest.startswith(f"{name}.")]
            if word.startswith("--") and inside:
                near = option_here(name, inside)
                value = value or ("" if following.startswith("--") else following)
                example = (
                    f"--{near} {shlex.quote(respelled(near, value))}"
                    if near and value
                    else f"--{near or inside[0]}"
                )
                raise InputError(
                    f"--{name} is a section of options",
                    where=word,
                    fix=f"give one of them, such as {example}",
                )

    def format_help(self, formatter: HelpFormatter | None = None) -> str:
        """As the library writes it, with types as a user would say them."""
        return re.sub(r"<class\s+'Path'>", "Path", super().format_help(formatter))

    def _unreadable(self, message: str, help_text: str) -> InputError:
        found = re.match(r'Parser key "([^"]+)":', message)
        value = re.search(r"(?:Given value|Got value): (.*)", message)
        if found and value:
            expected = _expected(message)
            meant = as_meant(value[1], expected)
            return InputError(
                f"{found[1]} cannot be {value[1][:_SHOWN]!r}",
                where=self._place(found[1]),
                why=f"it must be {' or '.join(expected)}",
                fix=f"did you mean --{found[1]} {shlex.quote(meant)}? {help_text}"
                if meant
                else help_text,
            )
        if "class_path" in message:
            what = "a section of options cannot be the name of a class"
            return InputError(what, where=self.prog, fix=help_text)
        if found and "digits" in message:
            what = f"{found[1]} cannot be a number of so many digits"
            return InputError(what, where=self._place(found[1]), fix=help_text)
        if missing := re.search(r"arguments are required: (?:--)?([\w.]+)", message):
            return self._missing(missing[1], help_text)
        if bare := re.search(r"argument (--[\w.]+): expected one argument", message):
            wanted = "RUN, or auto for the newest" if bare[1] == "--resume" else "VALUE"
            fix = f"{bare[1]} {wanted}; {help_text}"
            return InputError(f"{bare[1]} has no value", where=self.prog, fix=fix)
        what = " ".join(message.split())[: 5 * _SHOWN]
        return InputError(f"the command cannot be read: {what}", where=self.prog, fix=help_text)

    def _missing(self, option: str, help_text: str) -> InputError:
        option = _spelled(option)
        value = option.rpartition(".")[2].upper()
        typed = value if option == self.bare else f"--{option} {value}"
        fix = f"{self.prog} {typed}; {help_text}"
        return InputError(f"--{option} is missing", where=self.prog, fix=fix)

    def _place(self, key: str) -> str:
        """The file and line that hold ``key`` unless it was typed."""
        typed = any(word.split("=")[0] == f"--{key}" for word in self.words)
        holding = [file for file in self.files if key in file.lines and not typed]
        return holding[-1].place(key) if holding else self.prog

    def options(self) -> list[str]:
        """Names of all options that take a value."""
        names = [_spelled(action.dest) for action in self._actions if action.option_strings]
        own = {"help", "print_config"}
        sections = {name.rpartition(".")[0] for name in names}
        return [name for name in names if name not in own | sections]


def build_parser(verb: str, function: Callable[..., None]) -> Parser:
    """Parser of one verb, from its signature and docstring.

    A parameter that ends in ``_`` is an option without it: ``from_`` is ``--from``. One named
    ``config`` is spread out: its sections become ``--section.field``, and
    ``--config FILE`` reads them from a YAML file. One named ``given`` holds the names among them
    that were typed or stand in the file, be it with the values they have if left out. One named
    ``more`` holds the values of the command's bare option after the first.
    """
    parser = Parser(
        prog=f"effunet {verb}",
        usage=f"effunet {verb} [--option VALUE ...]",
        exit_on_error=False,
        allow_abbrev=False,
    )
    if "config" in function.__annotations__:
        parser.add_argument("--config", action="config", help="YAML file with any of these")
        parser.add_class_arguments(TrainConfig)
    parser.add_function_arguments(function, skip={"config", "given", "more"}, sub_configs=False)
    for action in parser._actions:  # a file for one section is of no use to anyone
        if action.dest in TrainConfig.__dataclass_fields__ and action.metavar == "CONFIG":
            action.help = SUPPRESS
        if action.dest != _spelled(action.dest):
            _respell(parser, action)
    return parser


def _spelled(parameter: str) -> str:
    """The option of a parameter; one called like a word of Python has ``_`` behind it."""
    return parameter.removesuffix("_")


def _respell(parser: Parser, action: Action) -> None:
    (option,) = action.option_strings
    action.option_strings = [_spelled(option)]
    action.metavar = _spelled(action.dest).upper()
    parser._option_string_actions[_spelled(option)] = parser._option_string_actions.pop(option)


def parse(
    verb: str, function: Callable[..., None], words: Sequence[str], *, bare: str | None = None
) -> dict[str, Any]:
    """Keyword arguments for ``function``.

    Args:
        verb: Its name on the command line.
        function: What is to be called.
        words: As they were typed after the verb.
        bare: Option that words without one are values of.

    Raises:
        InputError: A word is unknown or a value has the wrong type.
    """
    parser = build_parser(verb, function)
    kinds = function.__annotations__
    parser.bare = bare
    parser.refuse_sections(words)
    completed = complete(
        words,
        verb=verb,
        bare=bare,
        flags={name for name, kind in kinds.items() if kind is bool},
        known=parser.options(),
        several="more" in kinds,
    )
    parser.words = completed.words
    if "config" in kinds:
        parser.files = [read_config(path) for path in config_files(parser.words)]
    values: dict[str, Any] = parser.instantiate(parser.parse_args(parser.words)).as_dict()
    for name, value in values.items():
        if isinstance(value, Path):
            values[name] = expand_home(value)
    if "config" in kinds:
        names = TrainConfig.__dataclass_fields__
        files = values.pop("config") or []
        config = TrainConfig(**{name: values.pop(name) for name in names})
        if files and not config.name:
            config = replace(config, name=Path(str(files[-1])).stem)
        values["config"] = config
    if "more" in kinds:
        values["more"] = tuple(completed.more)
    if "given" in kinds:
        stated = parser.parse_args(parser.words, defaults=False).keys()
        values["given"] = frozenset(stated) & settings(TrainConfig()).keys()
    return values


_KINDS = {
    "<class 'int'>": "a whole number",
    "<class 'float'>": "a number",
    "<class 'bool'>": "true or false",
    "<class 'tuple'>": "numbers such as [256,384]",
    "<class 'dict'>": "names and numbers such as '{dice: 1.0}'",
}


def _expected(message: str) -> list[str]:
    """What the library would have taken, in a user's words."""
    expected = []
    for kind in re.findall(r"Expected (?:a )?(.+?)(?:\. Got|$)", message, flags=re.MULTILINE):
        if kind.startswith("typing.Literal"):
            expected += re.findall(r"'([^']+)'", kind)
        elif numbers := re.match(r"tuple with (\d+) elements", kind):
            expected.append(f"{numbers[1]} numbers")
        elif kind != "<class 'NoneType'>":
            expected.append(_KINDS.get(kind, kind))
    return expected


def _unknown_option(message: str) -> str | None:
    patterns = (
        r"unrecognized arguments: (\S+)",
        r"Option '([^']+)' is not accepted",
    )
    for pattern in patterns:
        if found := re.search(pattern, message):
            return found[1]
    if found := re.search(r"Group '([^']+)' does not accept option '([^']+)'", message):
        return f"{found[1]}.{found[2]}"
    return None
