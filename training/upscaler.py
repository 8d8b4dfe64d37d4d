"""Train stage II: a small diffusion model that draws 256 pixels from 64, in the form of DeepFloyd IF's second stage.

Commands::

    python -m training.upscaler train STAGE_1    # STAGE_1: a checkpoint of stage I, whose text encoder is taken over
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from diffusers import UNet2DConditionModel
from PIL import Image

from training.all_emoji import with_all_emoji
from training.captions import load_subjects, vocabulary
from training.config import ROOT, Config, load_config
from training.crops import FULL, Crops, enlarge, shrunk
from training.losses import variational_bound
from training.parts import TextToImage, build_text_encoder, start_from_identity
from training.photographs import with_photographs
from training.pocket import Run, train
from training.tokenizer import build_tokenizer, tokenize

CONFIG = Path(__file__).with_name("upscaler.yaml")
RUN_FOLDER = ROOT / "build" / "training" / "upscaler"
LARGE_SHARE = 0.25  # of the steps see squares of 128 pixels: group normalisation looks at the whole square
NOISIEST = 150  # level up to which the enlarged picture is noised, so that stage I's own faults are forgiven
EARLY_SHARE, EARLY = 0.7, 650  # of the times lie below: there a picture begins that starts from the enlarged one
START, STEPS, LEVEL = 600, 8, 30  # how samples are drawn while training


def build_upscaler(text_dim: int, unet: dict[str, Any]) -> UNet2DConditionModel:
    """Build a U-Net of convolutions alone, which runs at any size: noisy and enlarged in, noise and variance out.

    The text enters with the time, as in DeepFloyd IF; the level of the enlarged picture's noise is the class label.
    """
    channels = tuple(unet["block_out_channels"])
    model = UNet2DConditionModel(
        sample_size=FULL,
        in_channels=6,
        out_channels=6,
        layers_per_block=unet["layers_per_block"],
        block_out_channels=channels,
        down_block_types=("DownBlock2D",) * len(channels),
        mid_block_type="UNetMidBlock2D",
        up_block_types=("UpBlock2D",) * len(channels),
        cross_attention_dim=text_dim,
        attention_head_dim=unet["attention_heads"],
        norm_num_groups=unet["norm_groups"],
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=unet["attention_heads"],
        class_embed_type="timestep",
    )
    start_from_identity(model)
    return model


def noised(x: torch.Tensor, alpha_bar: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures (B, 3, H, W) noised to alpha_bar (B,), Ho et al. 2020, eq. 4, and the noise."""
    alpha_bar = alpha_bar[:, None, None, None]
    eps = torch.randn(x.shape, generator=generator)
    return alpha_bar.sqrt() * x + (1 - alpha_bar).sqrt() * eps, eps


class UpscalerRun(Run):
    """A run of stage II: as one of stage I, on crops, with the enlarged picture beside the noisy one."""

    def draw_losses(self, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Draw squares, noise and times, and return the losses."""
        config, is_large = self.config, rng.random() < LARGE_SHARE
        side, count = (128, max(1, config.batch_size // 4)) if is_large else (64, config.batch_size)
        x_0, enlarged, captions = self.pictures.batch(count, side, config.p_uncond, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        last = torch.where(torch.rand(count, generator=generator) < EARLY_SHARE, EARLY, len(self.alphas_cumprod))
        t = (torch.rand(count, generator=generator) * last).long()
        level = torch.randint(0, NOISIEST + 1, (count,), generator=generator)
        low, _ = noised(enlarged, self.alphas_cumprod[level], generator)
        x_t, eps = noised(x_0, self.alphas_cumprod[t], generator)
        with self.accelerator.autocast():
            output = self.predict(x_t, low, t, level, captions).float()
        eps_pred, variance = output.chunk(2, dim=1)
        snr = self.alphas_cumprod[t] / (1 - self.alphas_cumprod[t])
        weight = (snr.clamp(1, config.min_snr_gamma) / snr).clamp(max=config.largest_weight)  # Hang et al. 2023
        squared = ((eps_pred - eps) ** 2).mean(dim=(1, 2, 3))
        bound = variational_bound(x_0, x_t, t, eps_pred.detach(), variance, self.alphas_cumprod).mean()
        return {"loss": (weight * squared).mean() + bound, "noise": squared.mean().detach(), "bound": bound.detach()}

    def predict(
        self, x_t: torch.Tensor, low: torch.Tensor, t: torch.Tensor | int, level: torch.Tensor, captions: list[str]
    ) -> torch.Tensor:
        """Return noise and variance (B, 6, H, W) for noisy pictures and enlarged ones (B, 3, H, W)."""
        model = self.accelerator.unwrap_model(self.model)
        tokens = tokenize(self.tokenizer, captions)
        embeds = model.text_encoder(tokens.input_ids, attention_mask=tokens.attention_mask)[0]
        both = torch.cat([x_t, low], dim=1).contiguous(memory_format=torch.channels_last)
        return model.unet(both, t, encoder_hidden_states=embeds, class_labels=level, return_dict=False)[0]

    @torch.no_grad()
    def save_samples(self, count: int = 9) -> None:
        """Write pictures enlarged, drawn and as they are, one above the other, and print how near both come."""
        x_0, captions = self.pictures.whole(count, np.random.default_rng(self.config.seed))
        enlarged = enlarge(shrunk(x_0))
        with self.averaged():
            drawn = torch.cat([self.upscale(e[None], [said]) for e, said in zip(enlarged, captions, strict=True)])
        for name, pictures in (("enlarged", enlarged), ("drawn", drawn)):
            error = (pictures.clamp(-1, 1) - x_0).square().mean(dim=(1, 2, 3))
            typer.echo(f"PSNR {name:9}" + " ".join(f"{value:.1f}" for value in 10 * torch.log10(4 / error)))
        rows = torch.cat([torch.cat(list(row), dim=-1) for row in (enlarged, drawn, x_0)], dim=-2)
        array = ((rows.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(array).save(self.folder / f"samples_{self.step:06d}.png")

    def upscale(self, enlarged: torch.Tensor, captions: list[str]) -> torch.Tensor:
        """Draw 256 px pictures by DDIM (Song et al. 2021, eq. 12), beginning with the enlarged ones noised to START."""
        generator = torch.Generator().manual_seed(0)
        abar, count = self.alphas_cumprod, len(enlarged)
        low, _ = noised(enlarged, abar[torch.full((count,), LEVEL)], generator)
        x_t, _ = noised(enlarged, abar[torch.full((count,), START)], generator)
        times = torch.linspace(START, 0, STEPS + 1).long().tolist()
        for t, t_prev in zip(times[:-1], times[1:], strict=True):
            with self.accelerator.autocast():
                output = self.predict(x_t, low, t, torch.full((count,), LEVEL), captions).float()
            x_0_pred = ((x_t - (1 - abar[t]).sqrt() * output[:, :3]) / abar[t].sqrt()).clamp(-1, 1)
            eps = (x_t - abar[t].sqrt() * x_0_pred) / (1 - abar[t]).sqrt()
            kept = abar[t_prev] if t_prev else torch.ones(())
            x_t = kept.sqrt() * x_0_pred + (1 - kept).sqrt() * eps
        return x_t


def open_run(config: Config, data: Path, folder: Path, stage_1: Path) -> UpscalerRun:
    """Load the pictures, take over the text encoder of a checkpoint of stage I, and go on where this run stopped."""
    subjects = load_subjects(*(ROOT / file for file in config.subject_files))
    subjects = with_photographs(with_all_emoji(subjects, data), data)
    crops = Crops(data, subjects, config.print_share, config.photo_share, config.rare_share)
    torch.manual_seed(config.seed)
    encoder = build_text_encoder(len(build_tokenizer(vocabulary(subjects))), config.text)
    state = torch.load(stage_1, map_location="cpu", weights_only=True)["model"]
    part = "text_encoder."
    encoder.load_state_dict({name.removeprefix(part): state[name] for name in state if name.startswith(part)})
    model = TextToImage(encoder, build_upscaler(config.text["d_model"], config.unet))
    run = UpscalerRun(config, crops, folder, model)
    typer.echo(f"going on at step {run.step}" if run.resume() else "a new run")
    return run


app = typer.Typer(help="Train stage II.", add_completion=False)


@app.command("train")
def train_command(
    stage_1: Annotated[Path, typer.Argument(help="checkpoint of stage I")],
    data: Annotated[Path, typer.Option(envvar="COURSE_DATA", help="the data folder")] = ROOT.parent / "shared" / "data",
    folder: Annotated[Path, typer.Option(help="where checkpoint and samples lie")] = RUN_FOLDER,
    config: Annotated[Path, typer.Option(help="yaml file with the settings of the run")] = CONFIG,
) -> None:
    """Train, or go on from the checkpoint in the run folder."""
    train(open_run(load_config(config), data, folder, stage_1))


@app.callback()
def _with_subcommands() -> None:
    pass


if __name__ == "__main__":
    app()
