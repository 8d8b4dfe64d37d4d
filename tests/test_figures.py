"""Figures and panels: what they refuse, and that a panel answers its controls."""

import matplotlib
import pytest
import torch

matplotlib.use("agg")

from helpers import plotting, widgets  # noqa: E402  the backend is chosen first


def test_pixels_are_clipped_and_grey_becomes_colour():
    pixels = plotting.to_pixels(torch.full((1, 1, 4, 5), 3.0))
    assert pixels.shape == (4, 5, 3) and pixels.max() == 1


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (4, 4), (6, 4, 4)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        plotting.to_pixels(torch.zeros(shape))


def test_titles_must_fit_the_pictures():
    with pytest.raises(ValueError, match="one title for each"):
        plotting.show_images([torch.zeros(3, 4, 4)] * 2, titles=["one"])


def test_pictures_are_of_one_size_and_a_note_stands_below_them(monkeypatch):
    monkeypatch.setattr(plotting.plt, "show", lambda: None)
    pictures = [torch.zeros(3, 4, 4)] * 6
    plotting.show_images(pictures, titles=["a", "b", "c", "", "", ""], columns=3, note="Stand-ins.")
    figure = plotting.plt.gcf()
    figure.canvas.draw()
    sizes = [axis.get_window_extent().size for axis in figure.axes]
    assert all(abs(size - sizes[0]).max() < 0.5 for size in sizes)
    assert figure.get_supxlabel() == "Stand-ins."
    plotting.plt.close(figure)


@pytest.fixture
def panel(monkeypatch):
    """Return (panel, calls, shown) for a panel whose generator fails at seed 13."""
    calls, shown = [], []

    class Handle:
        def update(self, picture):
            shown.append(picture)

    def display(thing, display_id=False):
        shown.append(thing)
        return Handle() if display_id else None

    def generate(prompt, steps, seed):
        calls.append((prompt, steps, seed))
        if seed == 13:
            raise ValueError("thirteen")
        return torch.zeros(1, 3, 8, 8)

    monkeypatch.setattr(widgets, "display", display)
    return widgets.prompt_panel(generate, ["a cat", "a dog"]), calls, shown


def test_a_panel_shows_its_first_picture_at_once(panel):
    _, calls, shown = panel
    assert calls == [("a cat", 20, 0)] and shown[-1].size == (256, 256)


def test_a_press_draws_what_the_controls_say(panel):
    box, calls, shown = panel
    prompt, steps, seed, button, message = box.children
    prompt.value, steps.value, seed.value = "a dog", 50, 7
    button.click()
    assert calls[-1] == ("a dog", 50, 7) and len(shown) == 3
    assert message.value == "a dog, 50 steps, seed 7"


def test_a_panel_says_what_went_wrong_and_stays_usable(panel):
    box, _, shown = panel
    _, _, seed, button, message = box.children
    seed.value = 13
    button.click()
    assert message.value == "ValueError: thirteen" and not button.disabled and len(shown) == 2
