"""Train the pocket model: a small text-to-image diffusion model in pixel space, in the form of DeepFloyd IF stage I.

Commands::

    python -m training.pocket train            # goes on where the last run stopped
    python -m training.pocket train --smoke    # under a minute, on stand-in pictures: everything once
    python -m training.pocket export           # EMA weights -> helpers/weights/pocket
"""

from __future__ import annotations

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

from helpers.cache import save_checkpoint
from helpers.denoisers.pocket import POCKET_FOLDER, load_pocket
from training.all_emoji import with_all_emoji
from training.captions import load_subjects, vocabulary
from training.config import CONFIG_FILE, ROOT, Config, load_config, tiny
from training.crops import Crops
from training.export import export_pipeline
from training.losses import hybrid_loss
from training.measuring.drawing import draw
from training.parts import TextToImage, build_pipeline, build_scheduler, build_text_encoder, build_unet
from training.photographs import with_photographs
from training.pictures import Pictures
from training.samples import sample_grid
from training.stand_in import write_stand_in
from training.text import take_over_words, teach_text_encoder
from training.tokenizer import build_tokenizer, tokenize

RUN_FOLDER = ROOT / "build" / "training" / "pocket"


def build_model(config: Config, vocabulary_size: int) -> TextToImage:
    """Build text encoder and U-Net with weights drawn from the configuration's seed."""
    torch.manual_seed(config.seed)
    return TextToImage(
        build_text_encoder(vocabulary_size, config.text),
        build_unet(config.image_size, config.text["d_model"], config.unet),
    )


class Run:
    """A training run: model, optimizer, EMA and the number of the next step, all that a checkpoint holds.

    Every random number of step n comes from (seed, process, n), so a run that was killed goes on exactly
    as if it had not been, from whatever step was saved last.
    """

    def __init__(
        self, config: Config, pictures: Pictures | Crops, folder: Path, model: TextToImage | None = None
    ) -> None:
        """Prepare a run.

        model  whose U-Net is to be trained; default: stage I, new
        """
        self.config, self.pictures, self.folder = config, pictures, folder
        torch.set_num_threads(config.threads)
        self.accelerator = Accelerator(mixed_precision=config.mixed_precision)
        self.tokenizer = build_tokenizer(vocabulary(pictures.subjects))
        model = model or build_model(config, len(self.tokenizer))
        model.text_encoder.requires_grad_(False)  # taught by `begin`, then left as it is: see training/text.py
        if config.channels_last:
            model = model.to(memory_format=torch.channels_last)
        if config.compile:
            model.unet.compile()  # in place: the names of the weights stay
        optimizer = torch.optim.AdamW(model.unet.parameters(), lr=1.0, weight_decay=config.weight_decay)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.ema = self._new_ema()
        self.alphas_cumprod = build_scheduler().alphas_cumprod.to(self.accelerator.device)
        self.step, self.decay_start = 0, config.max_steps - config.decay_steps

    def _new_ema(self) -> EMAModel:
        return EMAModel(self.unet.parameters(), decay=self.config.ema_decay, use_ema_warmup=True, power=0.75)

    @property
    def unet(self) -> torch.nn.Module:
        """The part that trains."""
        return self.accelerator.unwrap_model(self.model).unet

    def begin(self) -> float:
        """Teach the text encoder its words; returns the share of captions understood (see training/text.py).

        With `start_from` in the settings, U-Net and known words are first taken from that model.
        """
        encoder, old = self.accelerator.unwrap_model(self.model).text_encoder, None
        if self.config.start_from is not None:
            pipeline = load_pocket(ROOT / self.config.start_from)
            self.unet.load_state_dict(pipeline.unet.state_dict())
            self.ema = self._new_ema()
            old = (pipeline.text_encoder, pipeline.tokenizer)
            take_over_words(encoder, self.tokenizer, old)
        encoder.requires_grad_(True)
        text, config = self.config.text, self.config
        understood = teach_text_encoder(
            encoder, self.tokenizer, self.pictures.subjects, text["steps"], text["batch_size"], config.seed, old
        )
        encoder.requires_grad_(False)
        return understood

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
        """One optimizer step; returns its losses."""
        rng = np.random.default_rng([self.config.seed, self.accelerator.process_index, self.step])
        losses = self.draw_losses(rng)
        self.accelerator.backward(losses["loss"])
        self.accelerator.clip_grad_norm_(self.unet.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.ema.step(self.unet.parameters())
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    def draw_losses(self, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Draw a batch, its noise and its times, and return the losses: "loss" is to be made smaller."""
        batch = self.pictures.batch(self.config.batch_size, self.config.p_uncond, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        eps = torch.randn(batch.x_0.shape, generator=generator)
        t = torch.randint(0, len(self.alphas_cumprod), (len(eps),), generator=generator)
        return self._losses(batch.x_0, eps, t, batch.captions)

    def _losses(
        self, x_0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor, captions: list[str]
    ) -> dict[str, torch.Tensor]:
        tokens = tokenize(self.tokenizer, captions)
        x_0, eps, t, tokens = (value.to(self.accelerator.device) for value in (x_0, eps, t, tokens))
        alpha_bar_t = self.alphas_cumprod[t][:, None, None, None]
        x_t = alpha_bar_t.sqrt() * x_0 + (1 - alpha_bar_t).sqrt() * eps  # Ho et al. 2020, eq. 4
        with self.accelerator.autocast():
            output = self.model(x_t, t, tokens.input_ids, tokens.attention_mask)
        return hybrid_loss(
            x_0, x_t, t, eps, output, self.alphas_cumprod, self.config.min_snr_gamma, self.config.largest_weight
        )

    def save(self) -> None:
        """Write the checkpoint."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "step": self.step,
            "decay_start": self.decay_start,
            "model": self.accelerator.unwrap_model(self.model).state_dict(),
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
        self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema.load_state_dict(state["ema"])
        self.ema.to(self.accelerator.device)
        return True

    def steps(self) -> Iterator[dict[str, float]]:
        """Train to the last step, saving as the configuration says; yields the losses of each step."""
        while self.step < self.last_step:
            self.decay_if_asked()
            yield self.train_step()
            if self.step % self.config.save_every == 0 or self.step == self.last_step:
                self.save()

    @contextmanager
    def averaged(self) -> Iterator[TextToImage]:
        """The model with its EMA weights in place, for samples and export."""
        self.ema.store(self.unet.parameters())
        self.ema.copy_to(self.unet.parameters())
        try:
            yield self.accelerator.unwrap_model(self.model)
        finally:
            self.ema.restore(self.unet.parameters())

    def save_samples(self) -> None:
        """Write a grid of EMA samples beside the checkpoint."""
        with self.averaged() as model:
            grid = sample_grid(build_pipeline(model, self.tokenizer))
        grid.save(self.folder / f"samples_{self.step:06d}.png")


def train(run: Run) -> None:
    """Train to the end with a line of progress every `log_every` steps and a grid every `samples_every`."""
    config, started, first = run.config, time.monotonic(), run.step
    sums: dict[str, float] = {}
    for losses in run.steps():
        sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
        if run.step % config.log_every == 0:
            means = "  ".join(f"{name} {value / config.log_every:.4f}" for name, value in sums.items())
            seconds = time.monotonic() - started
            speed = (run.step - first) * config.batch_size / seconds
            rate = run.learning_rate()
            typer.echo(f"step {run.step}/{run.last_step}  {means}  rate {rate:.1e}  {speed:.1f} img/s  {seconds:.0f} s")
            sums = {}
        if run.accelerator.is_main_process and (run.step % config.samples_every == 0 or run.step == run.last_step):
            run.save_samples()


def open_run(config: Config, data: Path, folder: Path) -> Run:
    """Load the pictures, build the model and take up the folder's last checkpoint where there is one."""
    subjects = load_subjects(*(ROOT / file for file in config.subject_files))
    if config.rare_share > 0:
        subjects = with_all_emoji(subjects, data)
    if config.photo_share > 0:
        subjects = with_photographs(subjects, data)
    pictures = Pictures(
        data, subjects, config.image_size, config.print_share, config.face_share, config.photo_share, config.rare_share,
        config.emoji_pixels,
    )  # fmt: skip
    run = Run(config, pictures, folder)
    if run.resume():
        typer.echo(f"going on at step {run.step}")
    else:
        typer.echo(f"text encoder taught: it understands {run.begin():.0%} of the captions")
    return run


def export(run: Run, weights: Path) -> None:
    """Write the run's EMA weights as an IFPipeline folder."""
    with run.averaged() as model:
        export_pipeline(build_pipeline(model, run.tokenizer), weights)


def smoke(folder: Path) -> None:
    """Do everything once on stand-in pictures with a tiny model: train, stop, go on, sample, export, load."""
    config = tiny(load_config())
    data = write_stand_in(folder / "data", load_subjects())
    for max_steps in (config.max_steps // 2, config.max_steps):
        run = open_run(replace(config, max_steps=max_steps), data, folder)
        run.decay_start = max_steps - config.decay_steps
        train(run)
    export(run, folder / "weights")
    pictures = draw(load_pocket(folder / "weights"), ["a rocket"], scale=3.0, seed=0)
    typer.echo(f"smoke run finished: {run.step} steps, one sample of shape {tuple(pictures.shape)}")


app = typer.Typer(help="Train and export the pocket model.", add_completion=False)

Data = Annotated[Path, typer.Option(envvar="COURSE_DATA", help="the data folder")]
Folder = Annotated[Path, typer.Option(help="where checkpoint and samples lie")]
Settings = Annotated[Path, typer.Option(help="yaml file with the settings of the run")]


@app.command("train")
def train_command(
    data: Data = ROOT.parent / "shared" / "data",
    folder: Folder = RUN_FOLDER,
    config: Settings = CONFIG_FILE,
    smoke_run: Annotated[bool, typer.Option("--smoke", help="everything once, on stand-in pictures")] = False,
) -> None:
    """Train, or go on from the checkpoint in the run folder."""
    if smoke_run:
        with tempfile.TemporaryDirectory() as temporary:
            smoke(Path(temporary))
        return
    train(open_run(load_config(config), data, folder))


@app.command("export")
def export_command(
    data: Data = ROOT.parent / "shared" / "data",
    folder: Folder = RUN_FOLDER,
    config: Settings = CONFIG_FILE,
    weights: Annotated[Path, typer.Option(help="the folder to write")] = POCKET_FOLDER,
) -> None:
    """Write the EMA weights of the last checkpoint as an IFPipeline folder."""
    run = open_run(load_config(config), data, folder)
    if run.step == 0:
        raise FileNotFoundError(f"No checkpoint in {folder}. Train first: python -m training.pocket train")
    export(run, weights)
    typer.echo(f"step {run.step} written to {weights}")


if __name__ == "__main__":
    app()
