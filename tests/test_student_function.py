"""What a check says to an answer that is no answer, whatever the exercise."""

import pytest
import torch

from helpers import checks, sampling
from helpers.checks.report import CheckFailed
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

ABAR = alphas_cumprod_of(squaredcos_betas())


def stub(im, t):
    raise NotImplementedError("write your answer here, then run the check below")


def calls_a_stub(im, t):
    return stub(im, t)


def exits(im, t):
    raise SystemExit


def divides_by_zero(im, t):
    return im / (0 * im)


def changes_its_argument(im, t):
    return im.mul_(2)


def calls_the_finished_function(im, t):
    return sampling.forward(im, t, ABAR)


@pytest.mark.parametrize(
    ("answer", "symptom"),
    [
        (stub, "nothing is written here yet"),
        (calls_a_stub, "it calls `stub`, which is not written yet"),
        (None, "the check was given a NoneType"),
        (lambda im, t: None, "the function returned nothing"),
        (lambda im, t: "noise", "the function returned 'noise'"),
        (lambda im, t: object(), "the function returned a object"),
        (lambda im: im, "the function stopped with TypeError"),
        (lambda im, t: im[:, :1], "the answer has another shape than the picture"),
        (exits, "the function stopped with SystemExit"),
        (divides_by_zero, "the answer holds NaN or infinity"),
        (changes_its_argument, "the function changed its argument in place"),
        (calls_the_finished_function, "helpers.sampling.forward is the finished function"),
    ],
)
def test_what_is_no_answer_gets_its_own_symptom(answer, symptom):
    with pytest.raises(CheckFailed) as failure:
        checks.check_forward(answer)
    assert failure.value.symptom.startswith(symptom)


def test_a_report_names_symptom_numbers_cause_and_source_and_shows_no_traceback():
    def forward(im, t):
        return ABAR[t] * im + (1 - ABAR[t]) * torch.randn_like(im)

    with pytest.raises(CheckFailed) as failure:
        checks.check_forward(forward)
    shown = failure.value._render_traceback_()
    assert shown[0] == "✗ forward: not right yet"
    labels = [line.split("  ")[1] for line in shown[1:]]
    assert labels == ["symptom", "expected", "got", "likely cause", "where to read"]
    assert "helpers/checks" not in "\n".join(shown)


def test_a_check_of_a_loop_says_when_the_network_was_never_asked(stage_1):
    with pytest.raises(CheckFailed, match="no call of stage_1.unet"):
        checks.check_iterative_denoise(lambda im, *_, display: im, stage_1)


def test_a_check_leaves_the_pipeline_as_it_was(stage_1):
    stage_1.scheduler.set_timesteps(timesteps=[600, 300, 0])
    with pytest.raises(CheckFailed):
        checks.check_iterative_denoise(lambda im, *_, display: im, stage_1)
    assert stage_1.scheduler.timesteps.tolist() == [600, 300, 0]
    assert stage_1.unet.world is None
