"""The recipe: every choice that decides what comes out of the training, in one checked file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

if TYPE_CHECKING:
    from pathlib import Path

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(gt=0)]
Range = tuple[float, float]


TEACHER_CHANNELS = 512
"""Of the teacher before its pooling."""


class RecipeError(Exception):
    """The recipe cannot be used; the message says which entry and why."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pieces(_Section):
    """How training utterances are cut; a piece is what one target of the teacher describes."""

    max_seconds: Positive = 6.0
    min_seconds: Positive = 1.5


class Validation(_Section):
    """Which speakers are kept out of training, to choose checkpoints and the threshold by.

    Attributes:
        speakers: how many of each source.
        languages: sources of which everybody who speaks one of these is kept out too.
        same_people: groups of sources in which the same number is the same person.
        min_recordings: how many a held-out speaker must have, after cutting.
        more_recordings: the same for single sources.
        words: sources of single words, which do not help to choose a checkpoint.
        max_recordings: how many of one speaker are used.
        cut_seconds: corpora whose recordings are cut into pieces of this length.
        max_impostors: impostor trials kept in each list.
    """

    speakers: dict[str, Count]
    languages: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    same_people: tuple[tuple[str, ...], ...] = ()
    min_recordings: Count = 2
    more_recordings: dict[str, Count] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    max_recordings: Count = 12
    cut_seconds: dict[str, Positive] = Field(default_factory=dict)
    max_impostors: Count = 20_000


class Teacher(_Section):
    """Where the targets come from.

    Attributes:
        mode: ``stored`` targets of whole pieces at a few speeds, made by ``prepare``; ``live``
            ones of any speed, made while training, which takes a GPU.
        speeds: the speeds of stored targets; between the least and the greatest for live ones.
        natural_share: share of speech that is left at its own speed.
        live_seconds: how much of a piece the live teacher hears.
        bfloat16: compute the teacher in half precision (cosine to single precision 0.998).
    """

    mode: Literal["stored", "live"] = "stored"
    speeds: tuple[Positive, ...] = (1.0,)
    natural_share: Share = 0.4
    live_seconds: Positive = 4.0
    bfloat16: bool = True


class Network(_Section):
    """The student, in the terms of SpeechBrain's ``ECAPA_TDNN``.

    Attributes:
        channels: of the convolutional blocks.
        pooled_channels: of what is pooled; 512, as the teacher's, where frames are distilled.
        attention_channels: of the pooling.
        embedding_size: as the teacher's.
        mel_bands: of the features.
    """

    channels: Count = 256
    pooled_channels: Count = 512
    attention_channels: Count = 128
    embedding_size: Count = 192
    mel_bands: Count = 80


class Batches(_Section):
    """What the student hears in one step.

    Attributes:
        speakers: speakers in a batch, drawn with the square root of their speech as weight.
        shares: how often a corpus is drawn, share of all draws in (0, 1]; those not named
            share the rest by their speech.
        most_seconds: speech in a batch at most, so that batches of long crops hold fewer speakers
            and every step takes about as long; None for no bound.
        pieces_per_speaker: pieces of each.
        seconds: shortest and longest crop; one length a batch, in quarters of a second.
        loaders: processes that make batches.
        ahead: batches that each keeps ready.
    """

    speakers: Count = 16
    most_seconds: Positive | None = None
    shares: dict[str, Positive] = Field(default_factory=dict)
    pieces_per_speaker: Count = 2
    seconds: Range = (1.5, 3.0)
    loaders: Count = 1
    ahead: Count = 4


class Distortion(_Section):
    """How often, in [0, 1], and how much a crop is distorted before the student hears it.

    Attributes:
        clean: share of crops that stay as they are but for their level.
        noise: recorded or synthetic noise.
        babble: three to six other training voices at once.
        snr_db: range of both, in dB.
        reverb: a room, in a part of the cases far from the microphone.
        measured_rooms: share of rooms that are a recorded response, where the corpora have any;
            others are synthetic.
        t60_s: range of the reverberation time of synthetic ones.
        band: band limits of cheap microphones.
        codec: a lossy codec.
        phone: a telephone's band and one of its codecs.
        gain_db: range of the level change, always applied.
        clip: overdriven input.
    """

    clean: Share = 0.15
    noise: Share = 0.45
    babble: Share = 0.2
    snr_db: Range = (2.0, 25.0)
    reverb: Share = 0.35
    measured_rooms: Share = 0.6
    t60_s: Range = (0.1, 0.8)
    band: Share = 0.2
    codec: Share = 0.1
    phone: Share = 0.1
    gain_db: Range = (-20.0, 3.0)
    clip: Share = 0.03


class Loss(_Section):
    """Weights of the parts of the loss; see :mod:`voice_training.losses`."""

    frames: Weight = 0.0
    cosine: Weight = 5.0
    relational: Weight = 25.0
    anchors: Weight = 0.0
    anchor_count: Count = 1024
    anchor_temperature: Positive = 0.1
    aam: Weight = 0.0
    aam_margin: Share = 0.2
    aam_scale: Positive = 30.0


class Schedule(_Section):
    """How long and how fast.

    Attributes:
        steps: length of the cosine schedule when no end is given on the command line.
        warmup_steps: linear rise of the learning rate.
        rate: greatest learning rate.
        final_share: least learning rate, as a share of the greatest.
        weight_decay: of AdamW, decoupled.
        clip_norm: bound of the gradient's norm.
        ema: decay of the weight average, reached gradually.
        mask_bands: most mel bands that are silenced at once (SpecAugment); 0 for none.
        bfloat16: compute the student in mixed precision.
        checkpoint_minutes: time between checkpoints.
        validation_minutes: time between validations, each of which may choose a new best.
    """

    steps: Count
    warmup_steps: Count = 100
    rate: Positive = 1e-3
    final_share: Share = 0.005
    weight_decay: Weight = 2e-4
    clip_norm: Positive = 5.0
    ema: Share = 0.995
    mask_bands: Annotated[int, Field(ge=0)] = 8
    bfloat16: bool = False
    checkpoint_minutes: Positive = 4.0
    validation_minutes: Positive = 10.0


class Export(_Section):
    """What the bundle says about itself.

    Attributes:
        model_id: identity; another one for other weights, or voiceprints of both would be mixed.
        title: one line for people.
        licence: of the weights.
        history: for the model card: on what and how long these weights were trained.
        fmr: at which the default threshold is set.
        cohort_speakers: training speakers whose embeddings go into the bundle for AS-norm.
    """

    model_id: str
    title: str
    licence: str = "Apache-2.0"
    history: str = ""
    fmr: Share = 0.01
    cohort_speakers: Count = 400


class Recipe(_Section):
    """The whole recipe.

    Attributes:
        seed: of the split, the trials, the batches and the initial weights.
    """

    seed: int = 1
    pieces: Pieces = Pieces()
    validation: Validation
    teacher: Teacher = Teacher()
    network: Network = Network()
    batches: Batches = Batches()
    distortion: Distortion = Distortion()
    loss: Loss = Loss()
    schedule: Schedule
    export: Export

    @model_validator(mode="after")
    def _ranges_ascend(self) -> Self:
        for name, (low, high) in {
            "batches.seconds": self.batches.seconds,
            "distortion.snr_db": self.distortion.snr_db,
            "distortion.t60_s": self.distortion.t60_s,
            "distortion.gain_db": self.distortion.gain_db,
        }.items():
            if low > high:
                raise ValueError(f"{name} runs from the lower to the higher value")
        return self

    @model_validator(mode="after")
    def _frames_fit(self) -> Self:
        if self.loss.frames and self.network.pooled_channels != TEACHER_CHANNELS:
            raise ValueError(f"loss.frames needs network.pooled_channels = {TEACHER_CHANNELS}")
        return self


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: it cannot be read, or an entry is unknown or out of bounds.
    """
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise RecipeError(f"{path} cannot be read: {exc.strerror}.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise RecipeError(f"{path} is not TOML: {exc}.") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {where}: {first['msg']}.") from exc
