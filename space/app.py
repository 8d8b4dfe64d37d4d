"""The postcard app as a Space: the same as `course app`."""

from helpers.app import build_app, card_maker, launch_options
from helpers.postcards import load_postcards

demo = build_app(card_maker(load_postcards("pocket")))

if __name__ == "__main__":
    demo.launch(**launch_options())
