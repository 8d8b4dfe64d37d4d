"""The one training loop: a job goes down its loss, is averaged, saved, and goes on where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device
from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from helpers.cache import save_checkpoint
from training.config import changed_settings
from training.jobs import Job, epoch_file

CHECKPOINT = "checkpoint.pt"
DECAY = "decay"  # a file of this name in the run's folder asks for the end


class Trainer:
    """A training run: network, optimizer, average, losses and the number of the next step, all that is saved.

    Every random number of step n comes from (seed, process, n), so a run that was killed goes on exactly as if it had
    not been, from whatever step was saved last.

    job     what is trained
    folder  of the checkpoint; the run goes on with what lies there, or begins
    Raises ValueError where the checkpoint has other settings than the job.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.config, self.folder = job, job.config, folder
        torch.set_num_threads(self.config.threads)
        self.accelerator = Accelerator(mixed_precision="no")  # bfloat16 is a matter of `_backward`
        if self.config.channels_last:
            job.network.to(memory_format=torch.channels_last)
        if self.config.compile:
            job.network.compile()  # in place: the names of the weights stay
        self.trained = [each for each in job.network.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(
            self.trained, lr=1.0, betas=tuple(self.config.betas), weight_decay=self.config.weight_decay
        )
        self.network, self.optimizer = self.accelerator.prepare(job.network, optimizer)
        max_steps = self.config.max_steps or self.config.epochs * job.steps_in_epoch
        self.step, self.decay_start = 0, max_steps - self.config.decay_steps
        self.losses: list[float] = []
        self._hours_before, self._started = 0.0, time.process_time()
        if (folder / CHECKPOINT).is_file():
            self._take_up(torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True))
        else:
            self._say(job.begin())
            self.ema = self._new_ema()

    def _new_ema(self) -> EMAModel | None:
        decay = self.config.ema_decay
        return EMAModel(self.trained, decay=decay, use_ema_warmup=True, power=0.75) if decay else None

    @property
    def last_step(self) -> int:
        """The step with which the run ends."""
        return self.decay_start + self.config.decay_steps

    @property
    def hours(self) -> float:
        """Processor time of the run so far."""
        return self._hours_before + (time.process_time() - self._started) / 3600

    def learning_rate(self) -> float:
        """Return the learning rate of the next step: a rise, then a plateau and a straight line, or epochs' stairs."""
        config, rise, fall = self.config, 1.0, 1.0
        if config.warmup_steps:
            rise = (self.step + 1) / config.warmup_steps
        if config.decay_steps:
            fall = (self.last_step - self.step) / config.decay_steps
        if config.last_rate is not None:
            begun = self.step - self.step % self.job.steps_in_epoch
            fall = (config.last_rate / config.learning_rate) ** (begun / self.last_step)
        return config.learning_rate * max(0.0, min(1.0, rise, fall))

    def train(self, until: int | None = None) -> None:
        """Go on to the last step, or to step `until`, with lines of progress, samples and checkpoints."""
        self.network.train()
        started, first, saved, recent = time.monotonic(), self.step, time.monotonic(), []
        while self.step < self.last_step and self.step != until:
            if self.step < self.decay_start and (self.folder / DECAY).exists():
                self.decay_start = self.step  # time is up, not the plan
            recent.append(self.train_step())
            if self._is_due(self.config.log_every):
                self._report(recent, (time.monotonic() - started) / (self.step - first))
                recent = []
            if self._is_due(self.config.save_every) or time.monotonic() - saved > 60 * self.config.save_minutes:
                self.save()
                saved = time.monotonic()
            self._show()

    def _is_due(self, every: int) -> bool:
        return self.step == self.last_step or (every > 0 and self.step % every == 0)

    def train_step(self) -> dict[str, float]:
        """Take one step of the optimizer; return the loss and what else the job tells of it."""
        rng = np.random.default_rng([self.config.seed, self.accelerator.process_index, self.step])
        batch = self.job.batch(self.step, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        told = self._backward(send_to_device(batch, self.accelerator.device), generator)
        if self.config.max_grad_norm is not None:
            self.accelerator.clip_grad_norm_(self.trained, self.config.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.ema is not None:
            self.ema.step(self.trained)
        self.step += 1
        self.losses.append(told["loss"])
        return told

    def _backward(self, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, float]:
        """Leave the gradient of a batch, part by part; return the means of what the job tells."""
        count = self.config.accumulate
        told: dict[str, float] = {}
        for part in zip(*(each.chunk(count) for each in batch), strict=True) if count > 1 else [batch]:
            with self.job.precision():
                losses = self.job.loss(self.network, part, generator)
            self.accelerator.backward(losses["loss"] / count)
            told = {name: told.get(name, 0.0) + value.item() / count for name, value in losses.items()}
        return told

    def _report(self, recent: list[dict[str, float]], seconds_a_step: float) -> None:
        means = {name: sum(told[name] for told in recent) / len(recent) for name in recent[0]}
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        speed, left = self.config.batch_size / seconds_a_step, (self.last_step - self.step) * seconds_a_step
        line = f"{self.config.name}: step {self.step}/{self.last_step}  {numbers}  rate {self.learning_rate():.1e}"
        self._say(f"{line}  {speed:.1f} img/s  {left:.0f} s left")

    def _say(self, line: str) -> None:
        if line and self.accelerator.is_main_process:
            print(line, flush=True)

    def _show(self) -> None:
        """Keep the weights of an epoch that is shown, and draw samples where they are due."""
        if not self.accelerator.is_main_process:
            return
        epoch, place = divmod(self.step, self.job.steps_in_epoch)
        if place == 0 and epoch in self.config.shown_epochs:
            with self.averaged() as network:
                save_checkpoint(network.state_dict(), epoch_file(self.folder, epoch))
        if self.config.samples_every and self._is_due(self.config.samples_every):
            with self.averaged():
                self.job.samples().save(self.folder / f"samples_{self.step:06d}.png")

    @contextmanager
    def averaged(self) -> Iterator[nn.Module]:
        """Put the averaged weights, where there are such, into the network, for samples and export."""
        if self.ema is None:
            yield self.job.network
            return
        self.ema.store(self.trained)
        self.ema.copy_to(self.trained)
        try:
            yield self.job.network
        finally:
            self.ema.restore(self.trained)

    def save(self) -> None:
        """Write the checkpoint."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "step": self.step,
            "decay_start": self.decay_start,
            "model": self.job.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": None if self.ema is None else self.ema.state_dict(),
            "config": asdict(self.config),
            "losses": self.losses,
            "hours": self.hours,
        }
        save_checkpoint(state, self.folder / CHECKPOINT)

    def _take_up(self, state: dict[str, Any]) -> None:
        changed = changed_settings(state["config"], self.config)
        if changed:
            raise ValueError(
                f"The checkpoint in {self.folder} has other settings: {', '.join(changed)}. Go on with its own, or "
                "begin anew in an empty folder."
            )
        self.step, before = state["step"], state["config"]
        if state["decay_start"] != before["max_steps"] - before["decay_steps"]:  # its end has been asked for
            self.decay_start = state["decay_start"]
        self.job.network.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema = self._new_ema()
        if self.ema is not None:
            self.ema.load_state_dict(state["ema"])
            self.ema.to(self.accelerator.device)
        # The first runs of the pocket model did not keep these two
        self.losses, self._hours_before = state.get("losses", []), state.get("hours", 0.0)
        self._say(f"{self.config.name}: going on at step {self.step}")
