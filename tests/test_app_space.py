"""The folder of the Space, and the command that starts the app: the same app, and nothing missing."""

import re
import runpy
import socket

import pytest
import yaml
from small_postcards import small_pipeline
from typer.testing import CliRunner

from course.cli import app as course
from course.paths import ROOT
from helpers.app import build_app, card_maker, launch_options, start

gradio = pytest.importorskip("gradio", reason="Gradio is not installed")
SPACE = ROOT / "space"


def header():
    return yaml.safe_load((SPACE / "README.md").read_text(encoding="utf-8").split("---")[1])


def described(app):
    """Return what an app is made of: each component with its name and label, and each event with what it takes."""
    config = app.get_config_file()
    parts = [(part["type"], part["props"].get("elem_id"), part["props"].get("label")) for part in config["components"]]
    events = [
        (event["api_name"], len(event["inputs"]), len(event["outputs"]), len(event["cancels"]))
        for event in config["dependencies"]
    ]
    return parts, events


def test_the_space_builds_the_same_app_on_the_pocket_model(monkeypatch):
    asked = []
    monkeypatch.setattr("helpers.postcards.load_postcards", lambda name: asked.append(name) or small_pipeline(16))
    found = runpy.run_path(str(SPACE / "app.py"), run_name="space")["demo"]
    assert asked == ["pocket"]
    assert described(found) == described(build_app(card_maker(small_pipeline(16))))


def test_the_header_names_files_that_exist_and_the_gradio_that_is_tested():
    found = header()
    assert found["sdk"] == "gradio" and (SPACE / found["app_file"]).is_file()
    pinned = re.search(r"^gradio==(\S+)$", (SPACE / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert found["sdk_version"] == pinned.group(1) == gradio.__version__
    assert {"title", "emoji", "colorFrom", "colorTo", "license"} <= set(found)
    assert len(found["short_description"]) <= 60


def test_analytics_are_off_and_no_font_is_fetched():
    app = build_app(card_maker(small_pipeline(16)))
    assert app.analytics_enabled is False
    assert "http" not in " ".join(launch_options()["theme"]._stylesheets) + launch_options()["css"]


def test_the_command_passes_its_port_and_shares_only_where_asked_for(monkeypatch):
    started = []
    monkeypatch.setattr("helpers.app.start", lambda port, share: started.append((port, share)))
    for arguments in (["app"], ["app", "--port", "8123"], ["app", "--share"]):
        assert CliRunner().invoke(course, arguments).exit_code == 0
    assert started == [(7860, False), (8123, False), (7860, True)]


def test_a_port_that_is_taken_is_said_in_a_line(monkeypatch):
    monkeypatch.setattr("helpers.postcards.load_postcards", lambda name: small_pipeline(16))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = CliRunner().invoke(course, ["app", "--port", str(taken.getsockname()[1])])
    assert answer.exit_code == 1 and "port" in answer.output


@pytest.mark.parametrize("share", [False, True])
def test_a_public_link_is_opened_only_where_asked_for_also_on_colab(monkeypatch, share):
    """Gradio shares by itself on Colab where `share` is left open."""
    launched = {}
    monkeypatch.setattr(gradio.Blocks, "launch", lambda app, **options: launched.update(options) or (None, "", None))
    start(share=share, pipeline=small_pipeline(16), wait=False)
    assert launched["share"] is share and launched["ssr_mode"] is False
