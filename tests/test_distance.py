"""The viewing distance of chapter 08: a slider for a kernel, a row of buttons for a page without one."""

import re

import pytest
import torch

from helpers.widgets import distance_frames, distance_slider

PICTURE = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)


def test_each_button_has_its_label_and_its_picture():
    page = distance_frames(PICTURE, "A castle", (1, 2, 5)).data
    buttons, labels = re.findall(r'type="radio" name="\S+" id="(\S+?)"', page), re.findall(r'<label for="(\S+?)"', page)
    assert buttons == labels
    assert re.findall(r'alt="(.*?)"', page) == [f"A castle, from {k} times the distance" for k in (1, 2, 5)]
    assert len(re.findall(r":nth-of-type\(\d\):checked", page)) == 3


def test_one_picture_is_shown_from_the_start():
    assert distance_frames(PICTURE, "A castle", (1, 2, 5)).data.count(" checked>") == 1


def test_the_buttons_need_no_script_and_no_other_address():
    page = distance_frames(PICTURE, "A castle").data
    assert "<script" not in page
    assert all(address.startswith("data:image/png;base64,") for address in re.findall(r'src="(.*?)"', page))


def test_two_rows_of_buttons_do_not_answer_to_each_other():
    names = [re.search(r'name="(\S+?)"', distance_frames(PICTURE, "A castle").data)[1] for _ in range(2)]
    assert names[0] != names[1]


def test_a_name_cannot_close_its_attribute():
    assert '"><b>' not in distance_frames(PICTURE, '"><b>', (1, 2)).data


def test_no_distance_is_refused():
    with pytest.raises(ValueError, match="expected whole numbers"):
        distance_frames(PICTURE, "A castle", ())


def test_the_slider_begins_close_by_and_shows_a_picture(capsys):
    assert distance_slider(PICTURE, farthest=6).value == 1
