"""Train the pocket CLIPs: two small models that tell how well a picture fits a text (Radford et al. 2021).

Commands::

    python -m training.clip train judge            # goes on where the last run stopped; the other is `pocket`
    python -m training.clip train judge --smoke    # under a minute, on stand-in pictures: everything once
    python -m training.clip export judge           # EMA weights -> helpers/weights/pocket_clip_judge
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from accelerate import Accelerator
from diffusers.training_utils import EMAModel
from transformers import CLIPModel

from helpers.cache import save_checkpoint
from training.captions import vocabulary
from training.clip_config import CLIP_CONFIG_FILE, ClipConfig, load_clip_config, tiny_clip
from training.clip_data import ClipPictures, clip_subjects
from training.clip_parts import (
    LARGEST_SCALE,
    build_clip,
    build_clip_processor,
    contrastive_loss,
    export_clip,
    picture_features,
    text_features,
)
from training.clip_tokenizer import build_clip_tokenizer, known_words, tokenize_captions
from training.stand_in import write_stand_in

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = {
    "pocket": ROOT / "helpers" / "weights" / "pocket_clip",
    "judge": ROOT / "helpers" / "weights" / "pocket_clip_judge",
}


def run_folder(name: str) -> Path:
    """Where a run's checkpoint lies."""
    return ROOT / "build" / "training" / f"clip_{name}"


class ClipRun:
    """A training run: model, optimizer, EMA and the number of the next step, all that a checkpoint holds.

    Every random number of step n comes from (seed, process, n), so a run that was killed goes on exactly as if it had
    not been, from whatever step was saved last.
    """

    def __init__(self, config: ClipConfig, data: Path, folder: Path) -> None:
        self.config, self.folder = config, folder
        torch.set_num_threads(config.threads)
        subjects = clip_subjects(config.held_out)
        self.pictures = ClipPictures(
            data, subjects, config.image_size, config.print_share, config.face_share, config.spoil
        )
        self.words = known_words(vocabulary(subjects))
        self.tokenizer = build_clip_tokenizer(self.words)
        self.accelerator = Accelerator(mixed_precision=config.mixed_precision)
        model = build_clip(config, self.tokenizer)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.98), weight_decay=config.weight_decay)
        self.prepared, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.ema = EMAModel(self.model.parameters(), decay=config.ema_decay, use_ema_warmup=True, power=0.75)
        self.step, self.decay_start = 0, config.max_steps - config.decay_steps

    @property
    def model(self) -> CLIPModel:
        """The model as transformers knows it."""
        return self.accelerator.unwrap_model(self.prepared)

    @property
    def last_step(self) -> int:
        """The step after which the learning rate is zero and the run ends."""
        return self.decay_start + self.config.decay_steps

    def learning_rate(self) -> float:
        """Learning rate of the next step: a rise, a plateau, then a straight line to zero."""
        rise = (self.step + 1) / self.config.warmup_steps
        fall = (self.last_step - self.step) / self.config.decay_steps
        return self.config.learning_rate * max(0.0, min(1.0, rise, fall))

    def decay_if_asked(self) -> None:
        """Start the last phase where somebody has put a file `decay` into the run folder: time is up, not the plan."""
        if self.step < self.decay_start and (self.folder / "decay").exists():
            self.decay_start = self.step

    def train_step(self) -> dict[str, float]:
        """One optimizer step; returns the loss and the share of pictures whose own caption comes first."""
        rng = np.random.default_rng([self.config.seed, self.accelerator.process_index, self.step])
        batch = self.pictures.batch(self.config.batch_size, rng)
        tokens = tokenize_captions(self.tokenizer, batch.captions)
        pictures, ids, mask, is_true = (
            value.to(self.accelerator.device)
            for value in (batch.pictures, tokens.input_ids, tokens.attention_mask, batch.is_true)
        )
        with self.accelerator.autocast():
            shown, said = picture_features(self.model, pictures), text_features(self.model, ids, mask)
        shown, said = shown.float(), said.float()
        loss = contrastive_loss(shown, said, self.model.logit_scale.exp(), is_true)
        self._update(loss)
        first = (shown @ said.T).argmax(dim=1)
        right = is_true[torch.arange(len(first)), first].float().mean()
        return {"loss": loss.item(), "right": right.item()}

    def _update(self, loss: torch.Tensor) -> None:
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.step()
        self.optimizer.zero_grad()
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=math.log(LARGEST_SCALE))
        self.ema.step(self.model.parameters())
        self.step += 1

    def save(self) -> None:
        """Write the checkpoint."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "step": self.step,
            "decay_start": self.decay_start,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": self.ema.state_dict(),
            "config": asdict(self.config),
        }
        save_checkpoint(state, self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Take up the last checkpoint of the run folder; False where there is none."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.step, self.decay_start = state["step"], state["decay_start"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema.load_state_dict(state["ema"])
        self.ema.to(self.accelerator.device)
        return True

    def steps(self) -> Iterator[dict[str, float]]:
        """Train to the last step, saving as the configuration says; yields the numbers of each step."""
        while self.step < self.last_step:
            self.decay_if_asked()
            yield self.train_step()
            if self.step % self.config.save_every == 0 or self.step == self.last_step:
                self.save()

    @contextmanager
    def averaged(self) -> Iterator[CLIPModel]:
        """The model with its EMA weights in place."""
        self.ema.store(self.model.parameters())
        self.ema.copy_to(self.model.parameters())
        try:
            yield self.model
        finally:
            self.ema.restore(self.model.parameters())

    def export(self, weights: Path) -> None:
        """Write the EMA weights as a folder that transformers loads."""
        with self.averaged() as model:
            export_clip(model, build_clip_processor(self.tokenizer, self.config.image_size), self.words, weights)


def train(run: ClipRun) -> None:
    """Train to the end with a line of progress every `log_every` steps."""
    config, started, first = run.config, time.monotonic(), run.step
    sums: dict[str, float] = {}
    for numbers in run.steps():
        sums = {name: sums.get(name, 0.0) + value for name, value in numbers.items()}
        if run.step % config.log_every == 0:
            means = "  ".join(f"{name} {value / config.log_every:.3f}" for name, value in sums.items())
            seconds = time.monotonic() - started
            speed = (run.step - first) * config.batch_size / seconds
            rate, scale = run.learning_rate(), run.model.logit_scale.exp().item()
            typer.echo(
                f"step {run.step}/{run.last_step}  {means}  scale {scale:.1f}  rate {rate:.1e}  "
                f"{speed:.0f} img/s  {seconds:.0f} s  {time.process_time():.0f} s of processor"
            )
            sums = {}


def open_run(config: ClipConfig, data: Path, folder: Path) -> ClipRun:
    """Load the pictures, build the model and take up the folder's last checkpoint where there is one."""
    run = ClipRun(config, data, folder)
    if run.resume():
        typer.echo(f"going on at step {run.step}")
    return run


def smoke(name: str, folder: Path) -> None:
    """Do everything once on stand-in pictures with a tiny model: train, stop, go on, export, load."""
    config = tiny_clip(load_clip_config(name))
    data = write_stand_in(folder / "data", clip_subjects())
    for max_steps in (config.max_steps // 2, config.max_steps):
        run = open_run(replace(config, max_steps=max_steps), data, folder)
        run.decay_start = max_steps - config.decay_steps
        train(run)
    run.export(folder / "weights")
    model = CLIPModel.from_pretrained(folder / "weights", local_files_only=True)
    typer.echo(f"smoke run finished: {run.step} steps, {sum(p.numel() for p in model.parameters()):,} weights loaded")


app = typer.Typer(help="Train and export the pocket CLIPs.", add_completion=False)

Name = Annotated[str, typer.Argument(help="judge or pocket")]
Data = Annotated[Path, typer.Option(envvar="COURSE_DATA", help="the data folder")]
Folder = Annotated[Path | None, typer.Option(help="where the checkpoint lies; default build/training/clip_<name>")]
Settings = Annotated[Path, typer.Option(help="yaml file with the settings of the runs")]


@app.command("train")
def train_command(
    name: Name,
    data: Data = ROOT.parent / "shared" / "data",
    folder: Folder = None,
    config: Settings = CLIP_CONFIG_FILE,
    smoke_run: Annotated[bool, typer.Option("--smoke", help="everything once, on stand-in pictures")] = False,
) -> None:
    """Train, or go on from the checkpoint in the run folder."""
    if smoke_run:
        with tempfile.TemporaryDirectory() as temporary:
            smoke(name, Path(temporary))
        return
    train(open_run(load_clip_config(name, config), data, folder or run_folder(name)))


@app.command("export")
def export_command(
    name: Name, data: Data = ROOT.parent / "shared" / "data", config: Settings = CLIP_CONFIG_FILE
) -> None:
    """Write the EMA weights of the last checkpoint into the package."""
    run = open_run(load_clip_config(name, config), data, run_folder(name))
    if run.step == 0:
        raise FileNotFoundError(f"No checkpoint in {run.folder}. Train first: python -m training.clip train {name}")
    run.export(WEIGHTS[name])
    typer.echo(f"step {run.step} written to {WEIGHTS[name]}")


if __name__ == "__main__":
    app()
