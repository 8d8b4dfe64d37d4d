"""What the set-up cells of chapter 14 define, as an answer finds it, with a pipeline that draws at once."""


def given() -> dict:
    """Return names and what stands under them."""
    from functools import partial

    import gradio as gr
    from diffusers import DDIMScheduler

    from helpers import app, guidance
    from helpers.app.postcard import to_image
    from helpers.clip import embed_pictures, embed_text, load_clip
    from helpers.postcards import load_postcards
    from helpers.runtime import generator

    taught = ("clip_loss", "colour_loss", "guided_steps", "random_cutouts", "start_noises")
    return {
        "gr": gr, "partial": partial, "DDIMScheduler": DDIMScheduler, "generator": generator, "to_image": to_image,
        "pipeline": load_postcards("tiny", "cpu"), "clip": load_clip("pocket", "cpu"),
        "embed_text": embed_text, "embed_pictures": embed_pictures,
        **{name: getattr(app, name) for name in ("BadWish", "Wish", "read_wish")},
        **{name: getattr(guidance, name) for name in taught},
    }  # fmt: skip
