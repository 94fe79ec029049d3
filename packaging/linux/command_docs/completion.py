"""Completions for bash, zsh and fish: fixed lists, so that no key press starts the program.

Options follow a hyphen; elsewhere the commands of a group are offered, and files behind a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from command_docs.tree import Command

PROGRAMS = ("kiosk", "voice-kiosk-admin")
"""What takes these commands: the program, and the one that runs it for the appliance."""

_BASH = """\
# bash completion for kiosk; made from its commands
_kiosk()
{{
    local current=${{COMP_WORDS[COMP_CWORD]}} at=kiosk words= word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$at $word" in
{steps}
                at="$at $word" ;;
        esac
    done
    case "$at" in
{words}
    esac
    case $current in
        -*) words=${{words#*|}} ;;
        *) words=${{words%%|*}} ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _kiosk {programs}
"""

_ZSH = """\
#compdef {programs}
# zsh completion for kiosk; made from its commands
_kiosk() {{
    local at=kiosk word
    local -a commands options
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$at $word" in
{steps}
                at="$at $word" ;;
        esac
    done
    case "$at" in
{words}
    esac
    if [[ $words[CURRENT] == -* ]]; then
        _describe -o option options
    elif (( $#commands )); then
        _describe command commands
    else
        _files
    fi
}}
_kiosk "$@"
"""

_FISH = """\
# fish completion for kiosk; made from its commands
function __kiosk_at
    set -l at kiosk
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" {steps}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
{words}
"""


def bash(program: Command) -> str:
    """Return the completion for bash."""
    cases = [
        f'        {_single(command.name)}) words="{_commands(command)}|{_options(command)}" ;;'
        for command in program.all()
    ]
    return _BASH.format(
        steps=_patterns(program), words="\n".join(cases), programs=" ".join(PROGRAMS)
    )


def zsh(program: Command) -> str:
    """Return the completion for zsh."""
    cases = []
    for command in program.all():
        commands = [_described(each.path[-1], each.summary) for each in command.commands]
        options = [_described(n, each.help) for each in command.options for n in each.names]
        cases.append(
            f"        {_single(command.name)})\n"
            f"            commands=({' '.join(commands)})\n"
            f"            options=({' '.join(options)}) ;;"
        )
    return _ZSH.format(
        steps=_patterns(program), words="\n".join(cases), programs=" ".join(PROGRAMS)
    )


def fish(program: Command) -> str:
    """Return the completion for fish."""
    lines = []
    for command in program.all():
        where = f"-n {_single(f'__kiosk_at {_double(command.name)}')}"
        for name in PROGRAMS:
            if command.commands:
                lines.append(f"complete -c {name} {where} -f")
            lines += [
                f"complete -c {name} {where} -a {each.path[-1]} -d {_fish(each.summary)}"
                for each in command.commands
            ]
            for option in command.options:
                named = " ".join(
                    f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names
                )
                taking = " -r" if option.value else ""
                lines.append(f"complete -c {name} {where} {named}{taking} -d {_fish(option.help)}")
    steps = " ".join(_single(each.name) for each in program.all() if each is not program)
    return _FISH.format(steps=steps, words="\n".join(lines))


def _patterns(program: Command) -> str:
    names = [_single(each.name) for each in program.all() if each is not program]
    return " | \\\n".join(f"            {name}" for name in names) + ")"


def _commands(command: Command) -> str:
    return " ".join(each.path[-1] for each in command.commands)


def _options(command: Command) -> str:
    return " ".join(name for each in command.options for name in each.names)


def _described(word: str, text: str) -> str:
    # A colon separates the word from its description.
    return _single(word.replace(":", "\\:") + ":" + text)


def _single(text: str) -> str:
    """Return a word for sh, bash and zsh that means only itself."""
    return "'" + text.replace("'", "'\\''") + "'"


def _double(text: str) -> str:
    return f'"{text}"'


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
