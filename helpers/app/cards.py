"""A wish becomes pictures, and each few steps shows how far they are."""

from collections.abc import Callable, Iterator
from functools import cache, partial

import torch
from torch import Tensor

from helpers.app.wish import Wish, read_wish
from helpers.clip import Clip, embed_pictures, embed_text, load_clip
from helpers.guidance import clip_loss, colour_loss, guided_steps, random_cutouts, start_noises
from helpers.runtime import generator
from helpers.sampling.closing import taught_in

SHOW_EVERY = 2  # steps: also how soon a press of Cancel takes hold
CUTOUTS = 4

Progress = tuple[float, Tensor]
MakeCards = Callable[..., Iterator[Progress]]


@taught_in(14)
def card_maker(pipeline, load_text_model: Callable[[], Clip] = load_clip) -> MakeCards:
    """Return the generator function `make_cards(colour, text, colour_scale, text_scale, steps, seed, count)`.

    Taught in chapter 14.

    pipeline         a `diffusers.DDPMPipeline` that draws pictures, as from `load_postcards`
    load_text_model  returns a CLIP; called once, when somebody first asks for a text
    The function takes what a form holds (see `read_wish`) and yields pairs of progress, above 0 to 1, and pictures
    (count, 3, H, W) in [-1, 1] on the CPU: what the model sees in the noise so far, with progress 1 the finished
    pictures. It raises BadWish before the first of them. The same seed gives the same pictures.
    """
    text_model = cache(load_text_model)

    def make_cards(colour, text, colour_scale, text_scale, steps, seed, count) -> Iterator[Progress]:
        wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
        return _pictures(pipeline, wish, _loss(wish, text_model))

    return make_cards


def _pictures(pipeline, wish: Wish, loss: Callable[[Tensor], Tensor] | None) -> Iterator[Progress]:
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler

    unet = pipeline.unet
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    # from_config is typed as if it might return a pair, which it does only where it is asked for one
    scheduler.set_timesteps(wish.steps)  # pyright: ignore[reportAttributeAccessIssue]
    x_T = start_noises(wish.count, wish.seed, unet.config.sample_size).to(unet.device, unet.dtype)
    for step in guided_steps(unet, scheduler, x_T, loss, scale=1.0):
        done = step.place + 1
        if done == wish.steps:
            yield 1.0, _for_the_screen(step.x_prev)
        elif done % SHOW_EVERY == 0:
            yield done / wish.steps, _for_the_screen(step.x_0_pred)


def _for_the_screen(pictures: Tensor) -> Tensor:
    return pictures.detach().float().cpu().clamp(-1, 1)


def _loss(wish: Wish, text_model: Callable[[], Clip]) -> Callable[[Tensor], Tensor] | None:
    """Return what guides the sampler: each loss times its scale, added up; None where nothing is asked for."""
    parts = []
    if wish.colour is not None and wish.colour_scale:
        parts.append((wish.colour_scale, partial(colour_loss, colour=wish.colour)))
    if wish.text and wish.text_scale:
        parts.append((wish.text_scale, _distance_to(wish.text, text_model(), wish.seed)))
    return (lambda x_0: sum((scale * loss(x_0) for scale, loss in parts), start=torch.zeros(()))) if parts else None


def _distance_to(text: str, clip: Clip, seed: int) -> Callable[[Tensor], Tensor]:
    cutouts = random_cutouts(CUTOUTS, generator(seed))  # of the seed, too: the same seed gives the same card
    target, embed = embed_text(clip, text), partial(embed_pictures, clip)
    return lambda x_0: clip_loss(x_0, target, embed, cutouts)
