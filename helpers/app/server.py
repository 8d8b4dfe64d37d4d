"""Starting the app."""

from __future__ import annotations

import os

from helpers.app.cards import card_maker
from helpers.app.interface import build_app, load_gradio
from helpers.app.page import CSS


def launch_options() -> dict:
    """Return what `Blocks.launch` needs so that the app looks as it should and asks no other host for anything."""
    load_gradio()
    from gradio.themes import Base

    return {
        # fonts named as plain text: Gradio fetches none for them
        "theme": Base(
            primary_hue="blue", neutral_hue="stone", font=["system-ui", "sans-serif"], font_mono=["monospace"]
        ).set(block_title_text_weight="600"),
        "css": CSS.read_text(encoding="utf-8"),
        "ssr_mode": False,
        "footer_links": [],
        "show_error": True,
    }


def start(port: int = 7860, share: bool = False, pipeline=None, wait: bool = True):
    """Start the app and return (Blocks, address).

    port      of this machine; 0 = any free one
    share     True: a public link for three days, through a server of Gradio's; also on Colab only where asked for
    pipeline  default: the pocket model
    wait      False: return at once and serve in the background
    Raises GradioMissing; OSError where the port is taken.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    if pipeline is None:
        from helpers.postcards import load_postcards

        pipeline = load_postcards("pocket")
    app = build_app(card_maker(pipeline))
    _, address, _ = app.launch(server_port=port or None, share=share, prevent_thread_lock=True, **launch_options())
    if wait:
        app.block_thread()
    return app, address
