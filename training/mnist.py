"""The digit models of chapters 9 to 11, with the losses that the chapters teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from helpers import ddpm
from helpers.data.mnist import Digits, load_mnist, mnist_source
from helpers.networks import mnist as networks
from helpers.networks.shipped import DIGITS
from helpers.weights import SHIPPED
from training.config import Config, load_config
from training.jobs import EpochJob, load_last_epoch

MNIST_JOBS = Path(__file__).with_name("mnist.yaml")


@dataclass(frozen=True, kw_only=True)
class MnistConfig(Config):
    """What mnist.yaml says beside the settings of every run; it tells what each means."""

    network: str
    width: int
    sigma: float | None = None
    beta: list[float] | None = None
    num_ts: int | None = None
    p_uncond: float | None = None


class MnistJob(EpochJob):
    """A U-Net for digits; which loss it goes down follows from the job's name."""

    settings, tiny, weights = MnistConfig, {"width": 8, "batch_size": 64}, SHIPPED / DIGITS

    def __init__(self, config: MnistConfig, digits: Digits) -> None:
        torch.manual_seed(config.seed)
        super().__init__(config, getattr(networks, config.network)(1, config.width), digits)
        self.schedule = ddpm.ddpm_schedule(*config.beta, config.num_ts) if config.beta else None

    @classmethod
    def load(cls, config: MnistConfig, data: Path) -> MnistJob:
        """Return the job with the digits to train on."""
        print(mnist_source(), flush=True)
        return cls(config, load_mnist("train"))

    def begin(self) -> str:
        """Take the weights of the job to start from. Raises FileNotFoundError where that one has not ended."""
        if self.config.start_from is None:
            return ""
        before = load_config(MnistConfig, MNIST_JOBS, self.config.start_from)
        self.network.load_state_dict(load_last_epoch(before))
        return f"begun with the weights of {before.name}"

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the loss of the job's chapter."""
        images, labels = batch
        config, schedule = self.config, self.schedule
        match config.name:
            case "one_step":
                loss = ddpm.one_step_loss(network, images, config.sigma, generator)
            case "class":
                loss = ddpm.class_ddpm_forward(network, schedule, images, labels, config.p_uncond, generator)
            case "flow":
                loss = ddpm.flow_forward(network, images, generator)
            case _:
                loss = ddpm.ddpm_forward(network, schedule, images, generator)
        return {"loss": loss}
