"""Reads SpeechBrain's ``hyperparams.yaml`` without running anything that it names.

HyperPyYAML builds whatever class the file names and calls whatever function it applies: loading
such a file is running a program. So this module does not use it. The file is composed to plain
YAML nodes, every tag is compared with a short allow-list, the few settings that an ECAPA-TDNN (or
a CAM++) has are checked for type and bounds, and the caller builds the modules from those values.
What the file cannot express this way is refused. The embeddings are the same as those of
SpeechBrain's own ``EncoderClassifier.from_hparams``; a test compares them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.speaker.bundles.manifest import HYPERPARAMS, is_plain_name
from kiosk.speaker.encoders.campplus_layout import CampplusLayout
from kiosk.speaker.encoders.hyperparam_rules import (
    CAMPPLUS,
    CLASSES,
    FBANK,
    NETWORK,
    NORMALIZATION,
    Options,
    Value,
    checked_options,
)

if TYPE_CHECKING:
    from pathlib import Path

MAX_YAML_BYTES = 64 * 1024
_PLAIN = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_PLAIN + kind for kind in ("str", "int", "float", "bool", "null"))
_REFERENCE = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
_FOLDER_KEY = "pretrained_path"
_MAX_HOPS = 8


@dataclass(frozen=True)
class Hyperparams:
    """The settings of one ECAPA-TDNN encoder, as arguments of SpeechBrain's classes.

    Attributes:
        features: arguments of ``Fbank``.
        feature_norm: arguments of the ``InputNormalization`` of the features.
        network: arguments of ``ECAPA_TDNN``.
        embedding_norm: arguments of the ``InputNormalization`` of embeddings; None without one.
        network_file: name of the file with the weights of the network.
        embedding_norm_file: name of the file with its statistics; None without one.
    """

    features: Options
    feature_norm: Options
    network: Options
    embedding_norm: Options | None
    network_file: str
    embedding_norm_file: str | None


def read_hyperparams(path: Path) -> Hyperparams:
    """Read and check the file of an ECAPA-TDNN.

    Raises:
        ModelRefused: it is too large, not YAML, names something that is not permitted, or is not
            the description of an ECAPA-TDNN encoder at 16 kHz.
    """
    return _read(path).hyperparams()


def read_campplus_layout(path: Path) -> CampplusLayout:
    """Read and check the file of a CAM++.

    Raises:
        ModelRefused: it is too large, not YAML, names something that is not permitted, or is not
            the description of a CAM++ encoder at 16 kHz.
    """
    return _read(path).campplus_layout()


def _read(path: Path) -> _Document:
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_YAML_BYTES + 1)
    except OSError as exc:
        raise ModelRefused(f"{HYPERPARAMS} cannot be read.") from exc
    if len(text) > MAX_YAML_BYTES:
        raise ModelRefused(f"{HYPERPARAMS} is too large.")
    return _Document(_compose(text))


def _compose(text: bytes) -> yaml.MappingNode:
    try:
        root = yaml.compose(text.decode("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as exc:
        raise ModelRefused(f"{HYPERPARAMS} is not valid YAML.") from exc
    if not isinstance(root, yaml.MappingNode):
        raise ModelRefused(f"{HYPERPARAMS} does not hold named settings.")
    _check_tags(root)
    return root


def _check_tags(root: yaml.Node) -> None:
    """Refuse every tag that is not permitted, and aliases.

    An alias is the same node met twice. Nothing needs them here, and nested ones make a small
    file expand to any size.
    """
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise ModelRefused(f"{HYPERPARAMS} uses YAML aliases, which are not permitted.")
        seen.add(id(node))
        _check_tag(node)
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) != len(node.value) or len(keys) != len(set(keys)):
                raise ModelRefused(f"{HYPERPARAMS} has a setting twice, or one without a name.")
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _check_tag(node: yaml.Node) -> None:
    tag = node.tag
    if isinstance(node, yaml.ScalarNode):
        allowed = tag in _PLAIN_TAGS or tag in ("!ref", "!copy") or _class_of(tag) in CLASSES
    elif isinstance(node, yaml.MappingNode):
        allowed = tag == _PLAIN + "map" or _class_of(tag) in CLASSES
    else:
        allowed = tag == _PLAIN + "seq"
    if not allowed:
        shown = tag.replace(_PLAIN, "!!")[:120]
        raise ModelRefused(f"{HYPERPARAMS} uses the tag {shown}, which is not permitted.")


def _class_of(tag: str) -> str:
    return tag.removeprefix("!new:") if tag.startswith("!new:") else ""


class _Document:
    """Looks up what the encoder needs in a composed file whose tags have been checked."""

    def __init__(self, root: yaml.MappingNode) -> None:
        self._top = _members(root)

    def hyperparams(self) -> Hyperparams:
        self._check_rate()
        modules = _members(self._mapping("modules"))
        norm = self._top.get("mean_var_norm_emb")
        return Hyperparams(
            features=self._module(modules, "compute_features", FBANK),
            feature_norm=self._module(modules, "mean_var_norm", NORMALIZATION),
            network=self._module(modules, "embedding_model", NETWORK),
            embedding_norm=None if norm is None else self._options(norm, NORMALIZATION),
            network_file=self._weights("embedding_model"),
            embedding_norm_file=None if norm is None else self._weights("mean_var_norm_emb"),
        )

    def campplus_layout(self) -> CampplusLayout:
        self._check_rate()
        options = self._module(self._top, "embedding_model", CAMPPLUS)
        sizes = {name: value for name, value in options.items() if isinstance(value, int)}
        plain = CampplusLayout()
        growth = sizes.get("growth_rate", plain.growth)
        return CampplusLayout(
            bands=sizes.get("feat_dim", plain.bands),
            embedding_size=sizes.get("embedding_size", plain.embedding_size),
            growth=growth,
            bottleneck=growth * sizes.get("bn_size", plain.bottleneck // plain.growth),
            first=sizes.get("init_channels", plain.first),
        )

    def _check_rate(self) -> None:
        rate = self._top.get("sample_rate")
        if rate is not None and self._value(rate) != MODEL_RATE:
            raise ModelRefused(f"The voice model does not work at {MODEL_RATE} Hz.")

    def _mapping(self, name: str) -> yaml.MappingNode:
        node = self._top.get(name)
        if not isinstance(node, yaml.MappingNode):
            raise ModelRefused(f"{HYPERPARAMS} has no section '{name}'.")
        return node

    def _module(self, modules: dict[str, yaml.Node], name: str, kind: str) -> Options:
        node = modules.get(name)
        if node is None:
            raise ModelRefused(f"{HYPERPARAMS} names no module '{name}'.")
        return self._options(node, kind)

    def _options(self, node: yaml.Node, kind: str) -> Options:
        """Return the arguments of a ``!new:`` node of one class, after its bounds are checked."""
        node = self._follow(node)
        found = CLASSES.get(_class_of(node.tag))
        if found != kind:
            raise ModelRefused(f"{HYPERPARAMS} has {found or 'a value'} in the place of {kind}.")
        members = _members(node) if isinstance(node, yaml.MappingNode) else {}
        return checked_options(kind, {key: self._value(value) for key, value in members.items()})

    def _weights(self, name: str) -> str:
        """Return the plain name of the file that SpeechBrain's pretrainer would load."""
        pretrainer = _members(self._mapping("pretrainer"))
        paths = pretrainer.get("paths")
        if isinstance(paths, yaml.MappingNode) and name in _members(paths):
            path = _members(paths)[name]
            prefix = f"<{_FOLDER_KEY}>/"
            if path.tag == "!ref" and str(path.value).startswith(prefix):
                file = str(path.value).removeprefix(prefix)
                if is_plain_name(file) and file.endswith(".ckpt"):
                    return file
            raise ModelRefused(f"{HYPERPARAMS} takes '{name}' from outside the model's folder.")
        return f"{name}.ckpt"  # SpeechBrain's default: the name of what is loaded

    def _follow(self, node: yaml.Node) -> yaml.Node:
        """Return the node that a chain of whole references leads to."""
        for _ in range(_MAX_HOPS):
            if node.tag not in ("!ref", "!copy"):
                return node
            match = _REFERENCE.fullmatch(str(node.value).strip())
            if match is None or match[1] not in self._top:
                raise ModelRefused(
                    f"{HYPERPARAMS} has a reference that is not understood: {node.value[:60]}."
                )
            node = self._top[match[1]]
        raise ModelRefused(f"{HYPERPARAMS} has references in a circle.")

    def _value(self, node: yaml.Node) -> Value:
        """Return the number, text, truth value or list of numbers that a node stands for."""
        node = self._follow(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._number(item) for item in node.value]
        if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN_TAGS:
            return _scalar(node)
        raise ModelRefused(f"{HYPERPARAMS} has a section in the place of a value.")

    def _number(self, node: yaml.Node) -> int:
        value = self._value(node)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ModelRefused(f"{HYPERPARAMS} has something else than a whole number in a list.")


def _members(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {str(key.value): value for key, value in node.value}


def _scalar(node: yaml.ScalarNode) -> int | float | bool | str | None:
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as exc:
        raise ModelRefused(f"{HYPERPARAMS} has a value that cannot be read.") from exc
    assert value is None or isinstance(value, int | float | str)
    return value
