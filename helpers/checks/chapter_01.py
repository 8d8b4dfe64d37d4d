"""Check of chapter 01: a picture made from a prompt, a number of steps and a seed."""

from collections.abc import Sequence

import torch

from helpers.checks.diagnosis import apart
from helpers.checks.pictures import same_rows
from helpers.checks.registry import check
from helpers.checks.report import Mistake, passed
from helpers.checks.student_function import StudentFunction
from helpers.denoisers.embeddings import embed_prompts
from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import answering
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

_READ = "section 'One call' of this chapter"
SEED_IGNORED = Mistake("seed_ignored", "the seed does not reach the pipeline: pass generator=generator(seed)", _READ)
SEED_LEFT = Mistake(
    "generator_not_renewed", "one random source goes on from call to call: start a new one at seed in each call", _READ
)
STEPS_FIXED = Mistake("steps_ignored", "num_inference_steps does not reach the pipeline", _READ)
PROMPT_FIXED = Mistake(
    "prompt_ignored", "the same prompt is drawn each time: look up prompt_embeds_dict[prompt]", _READ
)
NULL_MISSING = Mistake("null_prompt_missing", "negative_prompt_embeds is not that of the empty prompt", _READ)
SWAPPED = Mistake("prompts_swapped", "prompt_embeds and negative_prompt_embeds are swapped", _READ)


@check("generate")
def check_generate(generate, stage_1, prompts: Sequence[str], seed: int = 0) -> None:
    """Check `generate(prompt, num_inference_steps, seed)` through a spy behind the pipeline's U-Net.

    stage_1  the notebook's pipeline
    prompts  two or more prompts of the notebook's prompt_embeds_dict

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("generate", generate)
    size = stage_1.unet.config.sample_size
    embeds = embed_prompts(stage_1, ["", *prompts])
    picks = torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))[:2].tolist()
    first = None
    for prompt, steps in zip((prompts[pick] for pick in picks), (5 + seed % 3, 9), strict=True):
        pipeline = _SpiedPipeline(student, stage_1, size)
        picture = pipeline.draw(prompt, steps, 11 + seed)
        _require_steps(student, pipeline, steps)
        _require_prompt(student, pipeline, embeds, prompt)
        first = first or (pipeline, picture, prompt, steps)
    _require_seeds(student, stage_1, size, *first, seed=11 + seed)
    passed("generate", "prompt, steps and seed reach the pipeline, and the same seed draws the same picture")


class _SpiedPipeline:
    """The pipeline with a spy behind its U-Net, for one picture: it remembers x_T and every call."""

    def __init__(self, student: StudentFunction, stage_1, size: int):
        self._student, self._stage_1, self._shape = student, stage_1, (1, 3, size, size)
        alphas_cumprod = alphas_cumprod_of(squaredcos_betas().double())
        self._spy = Spy(x_0_script(lambda *_: torch.zeros(3, size, size), alphas_cumprod, 0.5))

    def draw(self, prompt: str, steps: int, seed: int, surroundings: int = 0) -> torch.Tensor:
        """Call the student's function; `surroundings` seeds the random sources that it should not depend on."""
        with answering(self._stage_1, self._spy):
            picture = self._student.picture(prompt, steps, seed, shape=self._shape, seed=surroundings).value
        if not self._spy.calls:
            self._student.fail("stage_1 was never called", expected="one call of stage_1")
        return picture

    @property
    def calls(self):
        """Return the calls of the U-Net, each with the unconditional picture first, the conditional one second."""
        return self._spy.calls


def _require_steps(student: StudentFunction, pipeline: _SpiedPipeline, steps: int) -> None:
    if len(pipeline.calls) != steps:
        student.fail(
            "the pipeline took another number of steps",
            expected=f"{steps}",
            got=f"{len(pipeline.calls)}",
            mistake=STEPS_FIXED,
        )


def _require_prompt(
    student: StudentFunction, pipeline: _SpiedPipeline, embeds: dict[str, torch.Tensor], prompt: str
) -> None:
    given = pipeline.calls[0].prompt_embeds
    if len(given) != 2:
        student.fail(
            "the pipeline drew without guidance", expected="guidance_scale as it comes, 7", got="one row of embeddings"
        )
    (null, conditional), own = given.split(1), embeds[prompt].cpu()
    if same_rows(conditional, own) and same_rows(null, embeds[""].cpu()):
        return
    mistake = PROMPT_FIXED
    if same_rows(null, own):
        mistake = SWAPPED
    elif same_rows(conditional, own):
        mistake = NULL_MISSING
    student.fail(f"the pipeline was given other embeddings than those of {prompt!r} and ''", mistake=mistake)


def _require_seeds(
    student: StudentFunction, stage_1, size: int, pipeline: _SpiedPipeline, picture, prompt: str, steps: int, seed: int
) -> None:
    """Require that the seed decides the noise: equal seeds draw equal pictures whatever ran before, others do not."""
    again, other = _SpiedPipeline(student, stage_1, size), _SpiedPipeline(student, stage_1, size)
    repeated = again.draw(prompt, steps, seed, surroundings=1)
    if apart(pipeline.calls[0].x_t, again.calls[0].x_t) > 1e-3 or apart(picture, repeated) > 1e-3:
        other.draw(prompt, steps, seed + 1, surroundings=0)
        ignored = apart(pipeline.calls[0].x_t, other.calls[0].x_t) < 1e-3
        student.fail(
            "the same seed draws two different pictures", expected="one picture for one seed",
            mistake=SEED_IGNORED if ignored else SEED_LEFT,
        )  # fmt: skip
    other.draw(prompt, steps, seed + 1)
    if apart(pipeline.calls[0].x_t, other.calls[0].x_t) < 1e-3:
        student.fail(
            "two seeds draw the same picture", expected="another picture for another seed", mistake=SEED_IGNORED
        )
