"""Judge losses of pictures, one number a picture: to a colour, to a direction, to a text. Closed forms throughout."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers.checks.diagnosis import diagnose, off
from helpers.checks.report import Mistake, mistakes
from helpers.checks.student_function import StudentFunction

EQ_COLOUR = "the equation of the colour loss in this chapter"
EQ_CIRCLE = "the equation of the great circle in this chapter; Crowson 2021"
EQ_CLIP = "the equation of the text loss in this chapter"


class Case(NamedTuple):
    """A question to a loss.

    arguments  what it is called with; the first is differentiated
    right      its answer, (B,)
    wrong      answers of the known mistakes, of any shape
    gradient   of the sum of the right answers in the first argument
    """

    arguments: tuple
    right: Tensor
    wrong: Mapping[Mistake, Tensor]
    gradient: Tensor


ONE_NUMBER = Mistake("one_number", "the mean is taken over all pictures: each is to have a number of its own")
NO_GRADIENT = Mistake(
    "not_differentiable", "the way from the picture to the loss is cut: no .item(), .detach(), no_grad"
)


def require_loss(student: StudentFunction, function: Callable, case: Case, read: str) -> None:
    """Require the values of a loss and its gradient; where it differs, name the mistake that fits."""
    kept = {}

    def watched(first, *others):
        kept["x"] = first.clone().requires_grad_()
        kept["answer"] = function(kept["x"], *others)
        return kept["answer"]

    got = StudentFunction(student.exercise, watched).unchecked(*case.arguments).value
    if got.shape != case.right.shape:
        if got.numel() == 1 and torch.allclose(got.reshape(()), case.right.double().mean(), rtol=1e-3):
            student.fail("one number for all pictures", expected=f"{len(case.right)} numbers", mistake=ONE_NUMBER)
        _fail(student, got, case, read)
    if _off(got, case.right) > 1:
        _fail(student, got, case, read)
    answer = kept["answer"]
    if not (isinstance(answer, Tensor) and answer.requires_grad):
        student.fail("the loss cannot be differentiated", expected="a tensor with a gradient", mistake=NO_GRADIENT)
    (gradient,) = torch.autograd.grad(answer.sum(), kept["x"], allow_unused=True)
    if gradient is None or not torch.allclose(gradient, case.gradient, rtol=1e-2, atol=1e-5):
        student.fail("the values are right, their gradient is not", mistake=NO_GRADIENT, read=read)


def _off(got: Tensor, wanted: Tensor) -> float:
    return off(got, wanted.double(), 2e-3, smallest=5e-4)


def _fail(student: StudentFunction, got: Tensor, case: Case, read: str) -> None:
    fits = {mistake: [min(_off(got, value), _off(got, value.mean()))] for mistake, value in case.wrong.items()}
    student.fail(
        "the values are wrong" if got.shape == case.right.shape else "the answer has another shape",
        expected=f"shape {tuple(case.right.shape)}, the first {case.right[0]:.4f}",
        got=f"shape {tuple(got.shape)}, the first {got.reshape(-1)[0]:.4f}",
        mistake=diagnose(fits),
        read=read,
    )


def _case(arguments: tuple, right: Callable, wrong: Mapping[Mistake, Callable]) -> Case:
    x = arguments[0].clone().requires_grad_()
    values = right(x)
    (gradient,) = torch.autograd.grad(values.sum(), x)
    with torch.no_grad():
        return Case(arguments, values.detach(), {name: rule(arguments[0]) for name, rule in wrong.items()}, gradient)


_PIXELS = (1, 2, 3)


def colour_case(x_0: Tensor, colour: tuple[float, float, float]) -> Case:
    """Return the case of one colour for pictures in [-1, 1]."""
    c = torch.tensor(colour).reshape(1, 3, 1, 1)

    def error(x):
        return (x + 1) / 2 - c

    wrong = mistakes(EQ_COLOUR, {
        ("picture_not_scaled", "the picture lies in [-1, 1] and the colour in [0, 1]: bring it there"):
            lambda x: (x - c).abs().mean(_PIXELS),
        ("scaled_twice", "the picture is scaled by 2 x - 1: it lies in [-1, 1] and is to come to [0, 1]"):
            lambda x: (2 * x - 1 - c).abs().mean(_PIXELS),
        ("colour_scaled", "both are brought to [-1, 1], where distances are twice as large: to [0, 1]"):
            lambda x: (x - (2 * c - 1)).abs().mean(_PIXELS),
        ("both_scaled", "the picture is brought to [0, 1], but the colour to [-1, 1]"):
            lambda x: ((x + 1) / 2 - (2 * c - 1)).abs().mean(_PIXELS),
        ("squared", "this is the mean square (L2): the mean absolute value is asked for"):
            lambda x: error(x).square().mean(_PIXELS),
        ("root_of_squares", "this is a root mean square: the mean absolute value is asked for"):
            lambda x: error(x).square().mean(_PIXELS).sqrt(),
        ("summed", "the distances are added up: take their mean"): lambda x: error(x).abs().sum(_PIXELS),
        ("channels_summed", "the channels are added up: take the mean over them, too"):
            lambda x: error(x).abs().sum(1).mean((1, 2)),
        ("signed", "the differences keep their sign and cancel: take absolute values"):
            lambda x: error(x).mean(_PIXELS),
        ("mean_colour", "the pixels are averaged before the distance: take the distance of each pixel"):
            lambda x: error(x).mean((2, 3)).abs().mean(1),
    })  # fmt: skip
    if x_0.shape[-1] == 3:
        cause = "the colour runs along the width: reshape it to (3, 1, 1)"
        wrong[Mistake("colour_along_width", cause, EQ_COLOUR)] = lambda x: (
            ((x + 1) / 2 - c.reshape(3)).abs().mean(_PIXELS)
        )
    return _case((x_0, colour), lambda x: error(x).abs().mean(_PIXELS), wrong)


def circle(a: Tensor, b: Tensor) -> Tensor:
    """Return half the square of the angle between vectors."""
    return 2 * ((F.normalize(a, dim=-1) - F.normalize(b, dim=-1)).norm(dim=-1) / 2).arcsin().square()


def circle_case(a: Tensor, b: Tensor) -> Case:
    """Return the case of vectors (B, D) and one other (1, D)."""

    def chord(x):
        return (F.normalize(x, dim=-1) - F.normalize(b, dim=-1)).norm(dim=-1)

    wrong = mistakes(EQ_CIRCLE, {
        ("not_normalised", "the vectors keep their length: divide each by it first"):
            lambda x: 2 * ((x - b).norm(dim=-1) / 2).arcsin().square(),
        ("one_not_normalised", "only one of the vectors is divided by its length"):
            lambda x: 2 * ((F.normalize(x, dim=-1) - b).norm(dim=-1) / 2).arcsin().square(),
        ("normalised_along_batch", "the lengths are taken along the batch: dim=-1 is the vector's"):
            lambda x: 2 * ((F.normalize(x, dim=0) - F.normalize(b, dim=0)).norm(dim=-1) / 2).arcsin().square(),
        ("not_squared", "the square of the arcsine is missing"): lambda x: 2 * (chord(x) / 2).arcsin(),
        ("factor_missing", "the factor 2 is missing"): lambda x: (chord(x) / 2).arcsin().square(),
        ("angle_squared", "this is the square of the whole angle, twice the loss"):
            lambda x: 4 * (chord(x) / 2).arcsin().square(),
        ("half_missing", "the arcsine is taken of the whole chord: of half of it"):
            lambda x: 2 * chord(x).arcsin().square(),
        ("cosine", "this is 1 - cosine: near 0 nearly the same, but its gradient fades for opposite vectors"):
            lambda x: chord(x).square() / 2,
        ("chord", "this is the straight distance, not that along the circle"): chord,
        ("similarity", "this is the cosine, which grows as the vectors come together: a loss falls"):
            lambda x: 1 - chord(x).square() / 2,
        ("sine_for_arcsine", "the sine stands where the arcsine belongs"):
            lambda x: 2 * (chord(x) / 2).sin().square(),
    })  # fmt: skip
    return _case((a, b), lambda x: circle(x, b), wrong)


class ToyClip:
    """A differentiable embedding of pictures, not normalised, and two or more fixed cut-outs of each picture."""

    def __init__(self, seed: int, count: int):
        self.mixing = torch.randn((5, 12), generator=torch.Generator().manual_seed(seed))
        self.places = [(place % 3, (2 * place + 1) % 4) for place in range(count)]

    def embed(self, pictures: Tensor) -> Tensor:
        """Return embeddings (N, 5)."""
        return torch.tanh(F.adaptive_avg_pool2d(pictures, 2).flatten(1)) @ self.mixing.T + 0.3

    def cutouts(self, pictures: Tensor) -> Tensor:
        """Return (K * B, 3, 4, 4): the first cut-out of all pictures first."""
        return torch.cat([pictures[..., top : top + 4, left : left + 4] for top, left in self.places])


def text_case(x_0: Tensor, target: Tensor, clip: ToyClip) -> Case:
    """Return the case of one text for pictures in [-1, 1]."""

    def distances(x):
        return circle(clip.embed(clip.cutouts(x)), target).reshape(len(clip.places), -1)

    wrong = mistakes(EQ_CLIP, {
        ("cutouts_summed", "the cut-outs are added up: take their mean"): lambda x: distances(x).sum(0),
        ("first_cutout", "only the first cut-out of each picture counts"): lambda x: distances(x)[0],
        ("nearest_cutout", "only the nearest cut-out counts: take the mean"): lambda x: distances(x).amin(0),
        ("no_cutouts", "the whole picture is embedded: cutouts(x_0) is missing"):
            lambda x: circle(clip.embed(x), target),
        ("pictures_mixed", "first come the first cut-outs of all pictures: reshape(-1, B), mean over 0"):
            lambda x: distances(x).reshape(len(x), -1).mean(1),
        ("embeddings_averaged", "the embeddings are averaged before the distance: average the distances"):
            lambda x: circle(clip.embed(clip.cutouts(x)).reshape(len(clip.places), len(x), -1).mean(0), target),
        ("made_0_to_1", "the pictures are brought to [0, 1]: embed takes [-1, 1]"):
            lambda x: distances((x + 1) / 2).mean(0),
        ("scaled_twice", "the pictures are scaled by 2 x - 1: they lie in [-1, 1] already"):
            lambda x: distances(2 * x - 1).mean(0),
        ("sign", "the sign is wrong: a loss falls as picture and text come together"):
            lambda x: -distances(x).mean(0),
        ("cosine", "this is 1 - cosine: great_circle is asked for"):
            lambda x: (1 - F.cosine_similarity(clip.embed(clip.cutouts(x)), target)).reshape(-1, len(x)).mean(0),
        ("not_averaged", "each cut-out keeps its own number: take the mean over those of a picture"):
            lambda x: distances(x).reshape(-1),
    })  # fmt: skip
    return _case((x_0, target, clip.embed, clip.cutouts), lambda x: distances(x).mean(0), wrong)
