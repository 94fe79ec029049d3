from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelRefused
from kiosk.resources import resources_dir
from kiosk.speaker.encoders.hyperparams import MAX_YAML_BYTES, Hyperparams, read_hyperparams

if TYPE_CHECKING:
    from pathlib import Path

VOXCELEB = """\
n_mels: 80
pretrained_path: speechbrain/spkrec-ecapa-voxceleb
out_n_neurons: 7205
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: [1024, 1024, 1024, 1024, 3072]
    kernel_sizes: [5, 3, 3, 3, 1]
    dilations: [1, 2, 3, 4, 1]
    attention_channels: 128
    lin_neurons: 192
classifier: !new:speechbrain.lobes.models.ECAPA_TDNN.Classifier
    input_size: 192
    out_neurons: !ref <out_n_neurons>
mean_var_norm_emb: !new:speechbrain.processing.features.InputNormalization
    norm_type: global
    std_norm: False
modules:
    compute_features: !ref <compute_features>
    mean_var_norm: !ref <mean_var_norm>
    embedding_model: !ref <embedding_model>
    mean_var_norm_emb: !ref <mean_var_norm_emb>
    classifier: !ref <classifier>
label_encoder: !new:speechbrain.dataio.encoder.CategoricalEncoder
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    loadables:
        embedding_model: !ref <embedding_model>
        mean_var_norm_emb: !ref <mean_var_norm_emb>
        classifier: !ref <classifier>
        label_encoder: !ref <label_encoder>
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
        mean_var_norm_emb: !ref <pretrained_path>/mean_var_norm_emb.ckpt
        classifier: !ref <pretrained_path>/classifier.ckpt
        label_encoder: !ref <pretrained_path>/label_encoder.txt
"""


def read(folder: Path, text: str | bytes) -> Hyperparams:
    path = folder / "hyperparams.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_hyperparams(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ModelRefused) as caught:
        read(folder, text)
    return caught.value.message


def test_reads_the_voxceleb_layout(tmp_path: Path) -> None:
    assert read(tmp_path, VOXCELEB) == Hyperparams(
        features={"n_mels": 80},
        feature_norm={"norm_type": "sentence", "std_norm": False},
        network={
            "input_size": 80,
            "channels": [1024, 1024, 1024, 1024, 3072],
            "kernel_sizes": [5, 3, 3, 3, 1],
            "dilations": [1, 2, 3, 4, 1],
            "attention_channels": 128,
            "lin_neurons": 192,
        },
        embedding_norm={"norm_type": "global", "std_norm": False},
        network_file="embedding_model.ckpt",
        embedding_norm_file="mean_var_norm_emb.ckpt",
    )


def test_reads_the_built_in_model() -> None:
    found = read_hyperparams(resources_dir() / "models/ecapa-kiosk/hyperparams.yaml")
    assert found.network["channels"] == [384, 384, 384, 384, 512]
    assert found.embedding_norm is None


@pytest.mark.parametrize(
    ("addition", "tag"),
    [
        ("x: !apply:os.system ['touch hacked']", "!apply:os.system"),
        ("x: !name:os.system", "!name:os.system"),
        ("x: !module:os", "!module:os"),
        ("x: !include:other.yaml", "!include:other.yaml"),
        ("x: !new:subprocess.Popen {args: [id]}", "!new:subprocess.Popen"),
        ("x: !new:torch.load [a.pt]", "!new:torch.load"),
        ("x: !new:torch.nn.Identity [1]", "!new:torch.nn.Identity"),
        ("x: !applyref:os.system", "!applyref:os.system"),
        ("x: !!python/object/apply:os.system [id]", "!!python/object/apply:os.system"),
        ("x: !!python/name:os.system ''", "!!python/name:os.system"),
        ("x: [1, {y: [!apply:os.getcwd []]}]", "!apply:os.getcwd"),
        ("x: !!binary aGVsbG8=", "!!binary"),
    ],
)
def test_tags_beyond_the_list_are_refused_by_name(tmp_path: Path, addition: str, tag: str) -> None:
    assert f"tag {tag}, which" in refusal(tmp_path, VOXCELEB + addition + "\n")


def test_tag_in_the_place_of_a_name_is_refused(tmp_path: Path) -> None:
    assert "without a name" in refusal(tmp_path, VOXCELEB + "? !apply:os.getcwd []\n: 1\n")


def test_alias_bomb_is_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [1, 1]\n"
    for level in range(1, 40):
        bomb += f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n"
    assert "aliases" in refusal(tmp_path, VOXCELEB + bomb)


def test_alias_to_itself_is_refused(tmp_path: Path) -> None:
    assert "aliases" in refusal(tmp_path, VOXCELEB + "x: &x [*x]\n")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert "not valid YAML" in refusal(tmp_path, "x: " + "[" * 3_000)


def test_large_file_is_refused(tmp_path: Path) -> None:
    assert "too large" in refusal(tmp_path, VOXCELEB + "#" * MAX_YAML_BYTES)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"a: [", b"- 1\n- 2\n", b"", b"7"])
def test_what_is_not_a_mapping_is_refused(tmp_path: Path, text: bytes) -> None:
    assert "hyperparams.yaml" in refusal(tmp_path, text)


def test_a_setting_twice_is_refused(tmp_path: Path) -> None:
    # Two readers of the file could disagree about which of them counts.
    assert "twice" in refusal(tmp_path, VOXCELEB + "n_mels: 40\n")


@pytest.mark.parametrize(
    "path",
    [
        "!ref <pretrained_path>/../embedding_model.ckpt",
        "!ref <pretrained_path>/sub/embedding_model.ckpt",
        "!ref <elsewhere>/embedding_model.ckpt",
        "/etc/passwd",
        "https://example.org/embedding_model.ckpt",
        "!ref <pretrained_path>/embedding_model.py",
        "!ref <pretrained_path>/.ckpt",
    ],
)
def test_weights_from_elsewhere_are_refused(tmp_path: Path, path: str) -> None:
    text = VOXCELEB.replace("!ref <pretrained_path>/embedding_model.ckpt", path)
    assert "outside the model's folder" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("attention_channels: 128", "attention_channels: 999999999"),
        ("attention_channels: 128", "attention_channels: true"),
        ("attention_channels: 128", "surprise: 128"),
        ("attention_channels: 128", "device: cuda"),
        ("[1024, 1024, 1024, 1024, 3072]", "[1024, 1024, 1024, 1024, 1000000]"),
        ("[1024, 1024, 1024, 1024, 3072]", "[1024, 1024, 1024, 3072]"),
        ("[1024, 1024, 1024, 1024, 3072]", "[a, b, c, d, e]"),
        ("[5, 3, 3, 3, 1]", "5"),
        ("norm_type: sentence", "norm_type: speaker"),
        ("    n_mels: !ref <n_mels>", "    n_mels: !ref <n_mels> * 2"),
        ("    n_mels: !ref <n_mels>", "    n_mels: !ref <missing>"),
        ("n_mels: 80\n", "n_mels: !ref <n_mels>\n"),
        ("n_mels: 80\n", "n_mels: 80\nsample_rate: 8000\n"),
        ("    embedding_model: !ref <embedding_model>\n", ""),
        ("modules:", "parts:"),
        ("ECAPA_TDNN.ECAPA_TDNN", "ECAPA_TDNN.Classifier"),
    ],
)
def test_what_is_no_such_encoder_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert old in VOXCELEB
    assert refusal(tmp_path, VOXCELEB.replace(old, new, 1))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="cannot be read"):
        read_hyperparams(tmp_path / "hyperparams.yaml")
