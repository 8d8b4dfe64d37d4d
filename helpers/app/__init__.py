"""The postcard app of chapter 14: from a colour and a text to a postcard. `course app` starts it.


cards      a wish becomes pictures, step by step
wish       what a visitor may ask for, and what is said otherwise
postcard   a picture becomes a card with border and caption
interface  the page: controls, progress, cards
"""

from helpers.app.cards import card_maker
from helpers.app.interface import build_app
from helpers.app.postcard import postcard
from helpers.app.server import launch_options, start
from helpers.app.wish import BadWish, Wish, read_wish

__all__ = ["BadWish", "Wish", "build_app", "card_maker", "launch_options", "postcard", "read_wish", "start"]
