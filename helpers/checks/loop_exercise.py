"""What a denoising loop is asked to do, and what is known of how it goes wrong."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from helpers.checks.diagnosis import Outcome
from helpers.checks.report import Mistake
from helpers.checks.steps import EQ_STEP, Step, StepRule

Ask = Callable[[torch.Tensor, str], tuple[torch.Tensor, torch.Tensor]]
Predict = Callable[[Ask, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
View = Callable[[torch.Tensor], torch.Tensor]

AS_IT_IS: dict[str, tuple[View, View]] = {"as it is": (lambda x: x, lambda x: x)}


class Exercise(NamedTuple):
    """What a loop is asked to do, and what is known of how it goes wrong.

    prompts    names of the embeddings that the loop gets
    arguments  (im_noisy, name -> embeddings, i_start, timesteps) -> what the student's function is called with
    predict    (ask, x_t) -> noise and variance of a step; ask(x, name) -> noise and variance of one call at its time
    wrong      mistakes of the prediction: a predict each
    steps      mistakes of the step: from a Step to an Outcome each; those of chapter 3 are known without being named
    unasked    (prompt, view) -> the mistake that a loop makes which never asks for it
    views      name -> (view, inverse_view) under which the U-Net may see the picture
    after      (Step, Outcome of the reverse step) -> Outcome, where something is done to the picture after each step
    options    keyword arguments of the call, beside display=False
    """

    prompts: Sequence[str]
    arguments: Callable[..., tuple]
    predict: Predict
    wrong: Mapping[Mistake, Predict] = {}
    steps: Mapping[Mistake, StepRule] = {}
    unasked: Mapping[tuple[str, str], Mistake] = {}
    views: Mapping[str, tuple[View, View]] = AS_IT_IS
    after: Callable[[Step, Outcome], Outcome] = lambda step, outcome: outcome
    options: Mapping = {}
    read: str = EQ_STEP
